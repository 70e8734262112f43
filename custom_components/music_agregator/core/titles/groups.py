"""Classify the parts and groups of a title by their words."""

from collections.abc import Iterator, Sequence
import re

from .meanings import EDITION, FILLER, OTHER_WORKS, STRONG, WEAK
from .pieces import QUOTES, ROUND, Dash, DashSpacing, Group, Item, Kind, Piece, Word

type Part = Sequence[Piece]


def split(items: Sequence[Item], least: DashSpacing) -> list[list[Piece]]:
    """Return what stands between the dashes that have so much room."""
    parts: list[list[Piece]] = [[]]
    for item in items:
        if not isinstance(item, Dash):
            parts[-1].append(item)
        elif item.space >= least:
            parts.append([])
    return [part for part in parts if part]


def words_of(part: Part) -> Iterator[Word]:
    """Yield the words of a part, brackets open, without mere signs."""
    for piece in part:
        for word in piece.words:
            if not word.is_sign:
                yield word


def is_technical(part: Part) -> bool:
    """Return whether every word of a part says something about the release."""
    has_words = False
    for word in words_of(part):
        if word.meaning is None:
            return False
        has_words = True
    return has_words


def is_year(piece: Piece) -> bool:
    """Return whether a piece is a year outside brackets."""
    return isinstance(piece, Word) and piece.is_year


def is_edition(part: Part) -> bool:
    """Return whether a part only names an edition: `Deluxe Edition`, `Single`."""
    return all(word.strength in {EDITION, FILLER} for word in words_of(part))


def is_bare_edition(piece: Piece) -> bool:
    """Return whether a piece only names an edition of one and the same work."""
    markers = {word.facts.get("edition") for word in piece.words} - {None}
    # "The Beatles Anthology" is no edition of "The Beatles".
    others = OTHER_WORKS if isinstance(piece, Group) else OTHER_WORKS | {"compilation"}
    return bool(markers) and is_edition([piece]) and markers.isdisjoint(others)


def kind_of(bracket: str, words: Sequence[Word]) -> Kind:
    """Say what a group is about, by the company that its words keep."""
    if not words or bracket in QUOTES:
        return Kind.NAME
    known = [word for word in words if word.meaning]
    if any(w.strength is STRONG or "discs" in w.facts for w in known):
        return Kind.TECHNICAL
    names_edition = any(w.strength is EDITION for w in known)
    others = any(w.strength is WEAK and not w.is_year for w in known)
    if len(known) == len(words):
        return Kind.EDITION if names_edition and not others else Kind.TECHNICAL
    telling = [word.strength for word in words if word.strength is not FILLER]
    if EDITION in {telling[0], telling[-1]} or words[-1].text.lower() in _EDITIONS:
        return Kind.EDITION
    if words[0].is_year or (bracket not in ROUND and "source" in words[0].facts):
        return Kind.TECHNICAL
    is_most = 2 * len(known) >= len(words) or any(w.is_year for w in known)
    if bracket not in ROUND and (names_edition or others) and is_most:
        return Kind.TECHNICAL
    return Kind.NAME


_EDITIONS = frozenset({"edition", "pressing", "press", "boxset"})


# The number that a label gives a record.
CATALOG = re.compile(r"[A-Z]{2,8}[ .]?[\d.]{2,}[A-Z]?|\d{4,}")


def names_a_part(group: Group) -> bool:
    """Return whether a group tells one work from another: `[Vol. 2]`, `[Sessions]`."""
    words = {word.text.lower().strip(".,:'\"") for word in group.words}
    return not words.isdisjoint(PARTS) or any(
        "'s" in w or "\u2019s" in w for w in words
    )


PARTS = frozenset(
    (
        "vol volume part pt book chapter act version sessions session b-sides rarities"
        " outtakes alternate alternates leftovers revisited reimagined"
        " i ii iii iv v vi vii viii ix x one two three four five 1 2 3 4 5"
    ).split()
)


def name_of(text: str, part: Part) -> str:
    """Return pieces as they were written, edges that are mere signs taken off."""
    name = ""
    place = part[0].start if part else 0
    for piece in part:
        gap = text[place : piece.start]
        was_dropped = any(map(str.isalnum, gap))
        name += (" " if was_dropped else gap) + text[piece.start : piece.end]
        place = piece.end
    signs = text[place : place + _MOST_SIGNS].partition(" ")[0]
    if not signs.strip(_HYPHENS):
        name += signs
    bare = name.lstrip(_EMBLEMS).strip(_EDGES)
    return bare if any(map(str.isalnum, bare)) else name.strip()


_MOST_SIGNS = 4
_HYPHENS = "-\u2010\u2011"
_EDGES = " ,;:|~_-\u2010\u2011\u2012\u2013\u2014\u2015"
# Stars, flames and the like, with which uploaders adorn their titles.
_EMBLEMS = (
    "\u2605\u2606\u2728\u2b50\ufe0f\u2764\u266a\u266b\U0001f525\U0001f3b5\U0001f3b6 "
)
