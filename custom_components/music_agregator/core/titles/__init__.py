"""Titles: parse the titles of releases, and compare names.

`parse` is the entrance, `matching` compares a parsed title with the wanted album, `names`
normalizes.
"""

from .bare_title import bare_title
from .parse import ParsedTitle, parse_title, parse_title_for

__all__ = ["ParsedTitle", "bare_title", "parse_title", "parse_title_for"]
