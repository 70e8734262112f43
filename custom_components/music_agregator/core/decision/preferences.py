"""What a household prefers: turns the tables of the rules and the scores."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..quality import QualityPreferences

# Prowlarr's range: 1 comes first, 50 last.
USUAL_PRIORITY = 25
LAST_PRIORITY = 50


class EditionPreference(StrEnum):
    """Which edition of an album is best."""

    ORIGINAL = "original"
    MOST_COMPLETE = "most_complete"
    ANY = "any"


class WordingPreference(StrEnum):
    """Which wording of an album is best, where there are two."""

    EXPLICIT = "explicit"
    CLEAN = "clean"
    ANY = "any"


@dataclass(frozen=True, kw_only=True, slots=True)
class Preferences:
    """What a household prefers; without arguments what most would.

    Guids are blocked by their digests.
    """

    quality: QualityPreferences = field(default_factory=QualityPreferences)
    edition: EditionPreference = EditionPreference.ORIGINAL
    wording: WordingPreference = WordingPreference.ANY
    minimum_seeders: int = 1
    minimum_bytes: int | None = None
    maximum_bytes: int | None = None
    required_words: tuple[str, ...] = ()
    ignored_words: tuple[str, ...] = ()
    allow_packs: bool = False
    indexer_priorities: Mapping[str, int] = field(default_factory=dict)
    blocked_hashes: frozenset[str] = frozenset()
    blocked_guids: frozenset[str] = frozenset()
