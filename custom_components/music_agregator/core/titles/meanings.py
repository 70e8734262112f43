"""What a word can mean: facts, and how surely it speaks of the release."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NamedTuple


class Strength(IntEnum):
    """How surely a word speaks of the release, and not of the music.

    A weak one is a word of names too ("Opus", "Tape", "320") and counts only in
    company; a strong one ("FLAC", "24bit") ends a name wherever it stands.
    """

    FILLER = 0
    EDITION = 1
    WEAK = 2
    STRONG = 3


FILLER, EDITION, WEAK, STRONG = Strength


class Meaning(NamedTuple):
    """What a word says: facts by name."""

    strength: Strength
    facts: Mapping[str, Any]


NOTHING = Meaning(FILLER, {})

# Numbers that name a bitrate or a sample rate where they stand alone.
BITRATES = frozenset({96, 112, 128, 160, 192, 224, 256, 320})
SAMPLE_RATES = {
    44: 44_100,
    48: 48_000,
    88: 88_200,
    96: 96_000,
    176: 176_400,
    192: 192_000,
    352: 352_800,
    384: 384_000,
}
BIT_DEPTHS = frozenset({16, 20, 24, 32})

# Markers that make a release another work than the album whose name it bears.
OTHER_WORKS = frozenset(
    (
        "live single karaoke tribute bootleg remix demo mixtape instrumental acoustic"
    ).split()
)
