"""The lexicon: what the words of a release title mean; the words are in `words.toml`."""

from collections.abc import Mapping
from functools import lru_cache
import re
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
from .words import FILE

# The last year that a title can mean: later ones are names ("Blade Runner 2049").
_LAST_YEAR = 2035


def _codecs(strength: str) -> Mapping[Codec, str]:
    return {Codec(name): words for name, words in FILE[strength]["codec"].items()}


def _rows(
    strength: Strength, fact: str, table: Mapping[Any, str]
) -> dict[str, Meaning]:
    return {
        word: Meaning(strength, {fact: value})
        for value, words in table.items()
        for word in words.split()
    }


_WORDS: dict[str, Meaning] = {
    **dict.fromkeys(FILE["filler"].split(), NOTHING),
    **_rows(STRONG, "codec", _codecs("strong")),
    **_rows(WEAK, "codec", _codecs("weak")),
    **_rows(WEAK, "source", FILE["weak"]["source"]),
    **_rows(STRONG, "source", FILE["strong"]["source"]),
    **_rows(STRONG, "is_m4a", {True: "m4a m4b m4p"}),
    **_rows(FILLER, "is_lossless", {True: "lossless"}),
    **_rows(STRONG, "vbr", {"v0": "v0 apx", "v1": "v1", "v2": "v2 aps"}),
    **_rows(WEAK, "vbr", {"": "vbr"}),
    **_rows(WEAK, "hi_res", {True: "hi-res hires hi-rez hirez"}),
    **_rows(WEAK, "bit_depth", {16: "tr16", 24: "tr24"}),
    **dict.fromkeys(
        ("cdm", "cds"), Meaning(EDITION, {"edition": "single", "source": "cd"})
    ),
    "vls": Meaning(EDITION, {"edition": "single", "source": "vinyl"}),
    "cdep": Meaning(EDITION, {"edition": "ep", "source": "cd"}),
    **dict.fromkeys(("shm-cd", "blu-spec", "hdcd"), Meaning(WEAK, {"source": "cd"})),
    **_rows(EDITION, "edition", FILE["edition"]["edition"]),
}
# What compositions are called.
CLASSICAL = re.compile(
    r"\b(?:symphon\w*|sinfoni\w*|sonat\w*|con[cz]ert[oi]?s?|quartets?|quintets?|trios?"
    r"|nocturnes?|requiem|mass in|messe|suites?|variations?|pr[eé]ludes?|[eé]tudes?"
    r"|serenades?|partitas?|fugues?|cantatas?|lieder|op\.? ?\d+|bwv|k\. ?\d+|kv ?\d+"
    r"|hob\.|(?:major|minor|dur|moll)\b|works for|piano works|chamber (?:works|music)"
    r"|orchestral works|overtures?|oratorio|motets?|madrigals?|mazurkas?|waltzes"
    r"|ballades|impromptus?|bagatelles?|passion|te deum|magnificat|stabat mater"
    r"|симфони\w*|концерт\w*|соната|сонаты|квартет\w*|прелюди\w*|ноктюрн\w*)",
    re.IGNORECASE,
)
# Albums by the dozen.
DISCOGRAPHY = re.compile(
    r"\b(?:(?:the|complete|full|entire|studio|official|полная)\s+)*"
    r"(?:dis[ck]ogra(?:ph|f)(?:y|ie|ia|ía|ja|e|a)|discog|дискография|"
    r"专辑(?:合集|全集)|(?:complete |all )?studio albums|студийные альбомы|(?:coleção|obra) completa|complete works(?! for\b)|all albums)\b(?! ?: )"
)
COLLECTION = re.compile(
    r"\balbums\b|- (?:the |full |complete |entire )*(?:collection|anthology|complete)\b"
)

RANGE = re.compile(r"(?:19|20)\d\d\s?[-\u2010-\u2015]\s?(?:19|20)\d\d")


def is_of_many(text: str) -> bool:
    """Return whether a title speaks of a discography, or of a collection of years."""
    lowered = text.lower()
    if DISCOGRAPHY.search(lowered):
        return True
    return bool(RANGE.search(lowered) and COLLECTION.search(lowered))


_YEAR = re.compile(r"(?:19[2-9]|20[0-3])\d")
_DEPTH_AND_RATE = re.compile(r"(16|24)(44|48|88|96)")
_PARTS = re.compile(r"[-/,;|+&_@.:\\・\u2192>\u00b7\u2022]+")
_EDGES = "@.,;:'\"!*~-/|\u2605\u2b50\ufe0f"


@lru_cache(maxsize=8192)
def meaning(word: str) -> Meaning | None:
    """Return what a word says about a release; None for a word of its name."""
    word = word.lower().replace("ltd.ed.", "ltd.")
    known = _WORDS.get(word) or _WORDS.get(word := word.strip(_EDGES))
    if known is not None or not word or word.isalpha():
        return known
    if word.isdecimal() and len(word) < 5:
        return _number(word)
    for pattern, reading in GLUED:
        if match := pattern.fullmatch(word):
            return reading(match)
    parts = [part for part in _PARTS.split(word) if part]
    return _together(word, parts) if len(parts) > 1 else None


def _number(word: str) -> Meaning | None:
    if _YEAR.fullmatch(word):
        year = int(word)
        return Meaning(WEAK, {"year": year}) if year <= _LAST_YEAR else None
    if match := _DEPTH_AND_RATE.fullmatch(word):
        depth, rate = int(match[1]), SAMPLE_RATES[int(match[2])]
        return Meaning(WEAK, {"bit_depth": depth, "sample_rate_hz": rate})
    number = 0 if word[0] == "0" else int(word)
    if number in BITRATES or number in BIT_DEPTHS or number in SAMPLE_RATES:
        return Meaning(WEAK, {"number": number})
    return None


def _together(word: str, parts: list[str]) -> Meaning | None:
    """Read `WEB/FLAC/Lossless`: every part means something, or one is unmistakable."""
    found = [meaning(part) for part in parts]
    known = [one for one in found if one is not None]
    strength = max((one.strength for one in known), default=FILLER)
    if len(known) < len(found) and strength is not STRONG:
        first = found[0]
        return first if first and "source" in first.facts and "," in word else None
    facts: dict[str, Any] = {}
    for one in known:
        facts |= {name: fact for name, fact in one.facts.items() if not facts.get(name)}
    return Meaning(strength, facts)
