"""Find wanted names in a title that does not tell where the artist ends."""

from collections.abc import Collection, Iterator
from itertools import islice
import re
from typing import NamedTuple

from .facts import Facts
from .groups import Part, is_technical, names_a_part
from .lexicon import DISCOGRAPHY
from .meanings import STRONG
from .names import VARIOUS_ARTISTS, normalise, squashed
from .pieces import ROUND, Group, Kind, Piece, Word
from .tokens import pieces_of

_CHUNK = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|[÷×=+&%@$∞!]+")
# A name that stands in more places is none: `U - U - U - U`.
_MOST_PLACES = 3
_LITTLE = frozenset({"the", "a", "an", "by", "and"})


class Found(NamedTuple):
    """Two names as the title spells them, and what the rest of it says."""

    artist: str
    album: str
    facts: Facts


class _Span(NamedTuple):
    start: int
    end: int


class _Chunk(NamedTuple):
    """A word, or a sign that may be a name, and its letters in normal form."""

    start: int
    end: int
    letters: str


def find_names(
    text: str, artists: Collection[str], albums: Collection[str]
) -> Found | None:
    """Return where a cleaned title names one of the artists, and one of the albums.

    The one must follow the other, with nothing before, between or behind but facts
    about the release: `Artist Album II` is not `Artist Album`.
    """
    named_so = any(DISCOGRAPHY.search(album.lower()) for album in albums)
    if DISCOGRAPHY.search(text.lower()) and not named_so:
        return None
    is_various = any(normalise(artist) in VARIOUS_ARTISTS for artist in artists)
    nobody = [_Span(0, 0)] if is_various else []
    chunks = [_Chunk(m.start(), m.end(), squashed(m[0])) for m in _CHUNK.finditer(text)]
    found = tuple(islice(_spans(chunks, artists), _MOST_PLACES))
    for album in islice(_spans(chunks, albums), _MOST_PLACES):
        for artist in (*found, *nobody):
            is_apart = artist.end <= album.start or album.end <= artist.start
            facts = _rest(text, artist, album) if is_apart else None
            if facts is not None:
                name = text[slice(*artist)] or "Various Artists"
                return Found(name, text[slice(*album)], facts)
    return None


def _spans(chunks: list[_Chunk], names: Collection[str]) -> Iterator[_Span]:
    """Yield where names stand, at the borders of words, however they are spelt."""
    wanted = {squashed(name) for name in names} - {""}
    everything = "".join(chunk.letters for chunk in chunks)
    if not any(name in everything for name in wanted):
        return
    longest = max(map(len, wanted))
    for first, (start, _, _) in enumerate(chunks):
        so_far = ""
        for _, end, letters in chunks[first:]:
            so_far += letters
            if len(so_far) > longest:
                break
            if so_far in wanted:
                yield _Span(start, end)


def _rest(text: str, artist: _Span, album: _Span) -> Facts | None:
    """Return what the rest says, None if it may be a part of the names."""
    first, second = sorted((artist, album))
    before = pieces_of(text[: first.start])
    between = pieces_of(text[first.end : second.start])
    behind = pieces_of(text[second.end :])
    if not _says_nothing(before) or not _says_nothing(between):
        return None
    if behind and _goes_on(behind[0]):
        return None
    for piece in behind:
        is_alone = artist.start < artist.end and is_technical([piece])
        if is_alone and (isinstance(piece, Group) or piece.strength is STRONG):
            break
        if _may_name(piece):
            return None
    facts = Facts()
    for part in (before, between, behind):
        facts.take(part)
    return facts


def _may_name(piece: Piece) -> bool:
    """Return whether a piece right behind a name may go on with it."""
    if isinstance(piece, Word):
        return not (piece.is_sign or piece.meaning)
    is_name = piece.bracket in ROUND or names_a_part(piece)
    return piece.kind is Kind.NAME and is_name and bool(piece.words)


def _goes_on(piece: Piece) -> bool:
    """Return whether what follows a name is a number of it: `Chicago 16`, `1962-1966`."""
    if isinstance(piece, Group):
        return False
    return "number" in piece.facts or "is_range" in piece.facts


def _says_nothing(part: Part) -> bool:
    """Return whether what stands beside a name is no part of one."""
    return all(
        isinstance(piece, Group)
        or piece.is_sign
        or piece.meaning
        or piece.text.lower() in _LITTLE
        for piece in part
    )
