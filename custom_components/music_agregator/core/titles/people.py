"""The people beside a composition's name: whether they are its credited performers."""

import re

from .wanted import WantedNames, plain
from .words import GENRES, LABELS

_MEDIA = frozenset("cd cds sacd stereo mono digital disc discs box set lp lps".split())
_AND = re.compile(r"\s*[;,&/|]\s*|\s+(?:and|und|et|con|with)\s+")
# "VPO" and "LACO" may be anybody.
_ABBREVIATED = re.compile(r"\W*[A-Z]{2,5}\W*")


def may_be_people(text: str) -> bool:
    """Return whether a remark may name people: no label, no genre, no number."""
    words = set(plain(text).split())
    is_said = words & (LABELS | _MEDIA) or words <= GENRES
    return bool(words) and not is_said and not any(map(str.isdecimal, words))


def are_others(text: str, wanted: WantedNames) -> bool:
    """Return whether too few of some people are among the credited performers.

    Where the credit names nobody, nobody can tell; who lists more people than the credit
    names most of those.
    """
    if not wanted.performing:
        return False
    parts = (part for part in _AND.split(text) if not _ABBREVIATED.fullmatch(part))
    people = [words for part in parts if (words := set(plain(part).split()))]
    hits = sum(bool(words & wanted.performing) for words in people)
    return bool(people) and 2 * hits <= min(len(people), len(wanted.performers))
