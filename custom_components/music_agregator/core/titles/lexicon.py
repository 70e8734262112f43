"""The lexicon: what the words of a release title mean; the words are in `words.toml`."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
import re
import tomllib
from typing import Any

from ..quality import Codec
from .meanings import (
    BIT_DEPTHS,
    BITRATES,
    EDITION,
    FILLER,
    NOTHING,
    SAMPLE_RATES,
    STRONG,
    WEAK,
    Meaning,
    Strength,
)
from .measures import GLUED

# The last year that a title can mean: later ones are names ("Blade Runner 2049").
_LAST_YEAR = 2035


_FILE = tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))


def _codecs(strength: str) -> Mapping[Codec, str]:
    return {Codec(name): words for name, words in _FILE[strength]["codec"].items()}


def _rows(
    strength: Strength, fact: str, table: Mapping[Any, str]
) -> dict[str, Meaning]:
    return {
        word: Meaning(strength, {fact: value})
        for value, words in table.items()
        for word in words.split()
    }


_WORDS: dict[str, Meaning] = {
    **dict.fromkeys(_FILE["filler"].split(), NOTHING),
    **_rows(STRONG, "codec", _codecs("strong")),
    **_rows(WEAK, "codec", _codecs("weak")),
    **_rows(WEAK, "source", _FILE["weak"]["source"]),
    **_rows(STRONG, "is_m4a", {True: "m4a m4b m4p"}),
    **_rows(FILLER, "is_lossless", {True: "lossless"}),
    **_rows(STRONG, "vbr", {"v0": "v0", "v1": "v1", "v2": "v2"}),
    **_rows(WEAK, "vbr", {"": "vbr"}),
    **_rows(WEAK, "hi_res", {True: "hi-res hires hi-rez hirez"}),
    **_rows(WEAK, "bit_depth", {16: "tr16", 24: "tr24"}),
    **dict.fromkeys(
        ("cdm", "cds"), Meaning(EDITION, {"edition": "single", "source": "cd"})
    ),
    "vls": Meaning(EDITION, {"edition": "single", "source": "vinyl"}),
    "cdep": Meaning(EDITION, {"edition": "ep", "source": "cd"}),
    **dict.fromkeys(("shm-cd", "blu-spec", "hdcd"), Meaning(WEAK, {"source": "cd"})),
    **_rows(EDITION, "edition", _FILE["edition"]["edition"]),
}
# What people call the music in round brackets before the artist.
GENRES = frozenset(_FILE["genres"].split())

# Albums by the dozen.
DISCOGRAPHY = re.compile(
    r"\b(?:(?:the|complete|full|studio|official|полная)\s+)*"
    r"(?:dis[ck]ogra(?:ph|f)(?:y|ie|ia|ía|ja|e|a)|дискография|"
    r"complete works|all albums)\b"
)
COLLECTION = re.compile(r"\b(?:albums|collection|complete|anthology)\b")

RANGE = re.compile(r"(?:19|20)\d\d\s?[-\u2010-\u2015]\s?(?:19|20)\d\d")


_YEAR = re.compile(r"(?:19[2-9]|20[0-3])\d")
_PARTS = re.compile(r"[-/,;|+&_@.:\\・]+")
_EDGES = "@.,;:'\"!*~-/|\u2605\u2b50\ufe0f"


@lru_cache(maxsize=8192)
def meaning(word: str) -> Meaning | None:
    """Return what a word says about a release; None for a word of its name."""
    word = word.lower()
    known = _WORDS.get(word) or _WORDS.get(word := word.strip(_EDGES))
    if known is not None or not word or word.isalpha():
        return known
    if word.isdecimal() and len(word) < 5:
        return _number(word)
    for pattern, reading in GLUED:
        if match := pattern.fullmatch(word):
            return reading(match)
    parts = [part for part in _PARTS.split(word) if part]
    return _together(parts) if len(parts) > 1 else None


def _number(word: str) -> Meaning | None:
    if _YEAR.fullmatch(word):
        year = int(word)
        return Meaning(WEAK, {"year": year}) if year <= _LAST_YEAR else None
    number = 0 if word[0] == "0" else int(word)
    if number in BITRATES or number in BIT_DEPTHS or number in SAMPLE_RATES:
        return Meaning(WEAK, {"number": number})
    return None


def _together(parts: list[str]) -> Meaning | None:
    """Read `WEB/FLAC/Lossless`: every part means something, or one is unmistakable."""
    found = [meaning(part) for part in parts]
    known = [one for one in found if one is not None]
    strength = max((one.strength for one in known), default=FILLER)
    if len(known) < len(found) and strength is not STRONG:
        return None
    facts: dict[str, Any] = {}
    for one in known:
        facts = {**one.facts, **facts}
    return Meaning(strength, facts)
