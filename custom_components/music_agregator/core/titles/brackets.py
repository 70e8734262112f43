"""Brackets: whether what stands in them is a remark, or tells another work apart."""

from collections.abc import Sequence
import re

from .derived import derived_word
from .facts import Facts
from .groups import PARTS, names_a_part
from .meanings import FILLER
from .names import is_latin
from .people import are_others, may_be_people
from .phrases import SEQUEL
from .pieces import QUOTES, ROUND, Group, Kind, Piece
from .reading import ALBUM, ARTIST, MASKS, Reading, bare_words, names
from .wanted import plain
from .words import GENRES

_NUMBER = re.compile(r"\d{1,3}|[ivx]{1,4}", re.IGNORECASE)
_CATALOG_DIGITS = 4
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEARS_ALBUM = re.compile(r"\b((?:19|20)\d\d) album\b")
_COUNTS = frozenset("vol volume part pt book chapter act".split())
_VERSIONS = frozenset({"version", "versions", "ver"})
_OTHER_VERSIONS = frozenset(
    "sessions session b-sides rarities outtakes alternate alternates leftovers revisited"
    " reimagined covers renditions interpretations".split()
)
_SAME_VERSION = re.compile(
    r"\d{1,2}(?:st|nd|rd|th)|new|album|original|single|digital|deluxe|final|full|extended"
    r"|explicit|clean|english|german|french|japanese|korean|spanish|uk|us|eu|japan|cd|lp"
    r"|version|versions|ver|the|special|standard|international|\d{4}|vinyl|web"
)
_SESSIONS = frozenset({"sessions", "session", "outtakes", "demos", "demo"})
_OWNED = frozenset({"version", "mix", "cut", "remix", "songs", "recordings", "tapes"})
_ENSEMBLES = frozenset({"quartet", "quintet", "band", "ensemble", "orchestra"})
# What is said of an album before the word: `(4th Album)`, `(Full Album)`.
_NO_NAMES = frozenset(
    "full new debut first second third fourth fifth latest studio complete entire live"
    " double mini solo".split()
)
_ORDINAL = re.compile(r"\d{1,2}(?:st|nd|rd|th)")


def takes_group(group: Group, before: Piece | None, reading: Reading) -> bool:
    """Take in what a group says; return False if it makes the title another work's."""
    if names(group, ALBUM):
        return _holds_album(group, reading)
    if _is_another_band(group, before, reading):
        return False
    if group.kind is not Kind.NAME:
        _take(group, reading)
        if group.kind is Kind.TECHNICAL:
            reading.end_names()
        return reading.is_over or bare_words(group)[:1] not in ([w] for w in _COUNTS)
    if reading.is_over:
        reading.facts.take([group])
        return True
    if _tells_apart(group, reading):
        return False
    _take(group, reading)
    return True


def _holds_album(group: Group, reading: Reading) -> bool:
    """Return whether nothing beside the album's name in its brackets is of the name."""
    reading.has_album = True
    free = [w for w in group.words if w.meaning is None and w.text not in MASKS]
    reading.facts.take([w for w in group.words if w.meaning is not None])
    words = [plain(word.text) for word in free]
    if _is_another_work(words, reading):
        return False
    return not any(is_latin(word) or _NUMBER.fullmatch(word) for word in words)


def _take(group: Group, reading: Reading) -> None:
    """Take in what a group says, unless it lists genres in front, or is a remark's year."""
    facts: Facts = reading.facts
    parts = {p for w in group.words for p in re.split(r"[/,;|]+", w.text.lower())}
    if not reading.has_album and parts & GENRES and group.bracket in ROUND:
        facts.take_lead(group)
    elif group.kind is Kind.NAME:
        facts.take([word for word in group.words if not word.is_year])
    else:
        facts.take([group])


def _is_another_band(group: Group, before: Piece | None, reading: Reading) -> bool:
    """Return whether a group tells bands apart: `Nirvana (UK)`."""
    if reading.has_album or not names(before, ARTIST) or group.bracket not in ROUND:
        return False
    return bool(group.words) and all(w.strength is FILLER for w in group.words)


def _tells_apart(group: Group, reading: Reading) -> bool:
    """Return whether a remark in brackets says that the release is something else."""
    words = bare_words(group)
    numbers = (word for word in words if not _YEAR.fullmatch(word))
    if any(len(re.sub(r"\D", "", word)) >= _CATALOG_DIGITS for word in numbers):
        # A label and its number.
        return False
    if _is_another_work(words, reading):
        return True
    if not MASKS.isdisjoint(words):
        is_played = reading.has_album and reading.wanted.is_classical
        others = is_played and _are_other_performers(group, reading)
        return others or not _SESSIONS.isdisjoint(words)
    if group.bracket in QUOTES and reading.has_album:
        return True
    if _is_part(words, group) or (reading.has_album and SEQUEL.search("".join(words))):
        return True
    return _names_another_album(words, reading) or (
        reading.has_album and _are_other_performers(group, reading)
    )


def _is_another_work(words: Sequence[str], reading: Reading) -> bool:
    wanted, own = reading.wanted, reading.own
    if wanted.is_classical:
        return False
    is_cast = "cast" in words and not wanted.is_various and "cast" not in own.lower()
    return is_cast or bool(derived_word(" ".join(words), (own,), is_beside=True))


def _is_part(words: Sequence[str], group: Group) -> bool:
    """Return whether words make it another work: `Vol. 2`, `Sessions`, `Taylor's Version`."""
    if not names_a_part(group):
        return False
    if set(words) & _VERSIONS and not set(words) & _OTHER_VERSIONS:
        return not all(map(_SAME_VERSION.fullmatch, words))
    if set(words) & _OTHER_VERSIONS:
        return True
    if any("'s" in word or "\u2019s" in word for word in words):
        return bool(set(words) & _COUNTS) or words[-1] in _OWNED
    return bool(set(words) & _COUNTS) or len(words) <= 2 or not set(words) & PARTS


def _names_another_album(words: Sequence[str], reading: Reading) -> bool:
    """Return whether `(Green Album)` is another than the wanted `Copper Album`."""
    year = _YEARS_ALBUM.search(" ".join(words))
    if year and reading.wanted.years:
        return int(year[1]) not in reading.wanted.years
    said = [word for word in words if word != "the"]
    told = reading.wanted.disambiguation
    if not told or len(said) != 2 or said[1] != "album":
        return False
    if said[0] in _NO_NAMES or _ORDINAL.fullmatch(said[0]):
        return False
    return " ".join(said) not in plain(told)


def _are_other_performers(group: Group, reading: Reading) -> bool:
    said = reading.unmasked(group.words)
    text = (" " if _lists(group) else " , ").join(said)
    if not may_be_people(" ".join(bare_words(group))):
        return False
    if reading.wanted.is_classical:
        return are_others(text, reading.wanted)
    # A quartet that plays a band's songs is no member of it.
    last = bare_words(group)[-1]
    return not _lists(group) and last in _ENSEMBLES


def _lists(group: Group) -> bool:
    """Return whether a group lists several names."""
    return any(word.text[-1:] in ",;" for word in group.words[:-1])
