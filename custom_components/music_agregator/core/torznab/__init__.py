"""Torznab: parse what indexers answer, and mend what no parser takes."""

from .parse import (
    MOST_ITEMS,
    MUSIC_CATEGORIES,
    Caps,
    Page,
    error_of,
    parse_caps,
    parse_page,
    parse_results,
)

__all__ = [
    "MOST_ITEMS",
    "MUSIC_CATEGORIES",
    "Caps",
    "Page",
    "error_of",
    "parse_caps",
    "parse_page",
    "parse_results",
]
