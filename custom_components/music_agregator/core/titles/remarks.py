"""Remarks: whether all that a title says beside the wanted names is a remark."""

from collections.abc import Sequence
import re

from .brackets import takes_group
from .groups import CATALOG, is_technical
from .meanings import BIT_DEPTHS, FILLER, STRONG
from .names import is_latin
from .phrases import is_remark, phrase_at
from .pieces import Dash, Group, Item, Piece, Word
from .reading import ALBUM, ARTIST, MASKS, Reading, bare, is_name, names

_LITTLE = frozenset("the a an by and und et y n & w/ with of".split())
_GUESTS = frozenset("feat ft featuring with w/ vs".split())
_SEPARATORS = frozenset({"/", "|", "~", "//", "\u00b7", ":"})
_COUNTRY = 3
_SOUNDTRACK = re.compile(r"\b(?:soundtrack|score|ost|cast)\b|サウンド", re.IGNORECASE)
_ROMAN = re.compile(r"[IVX]+")
_OWN_COUNTRIES = frozenset({"UK", "US", "USA"})


def are_remarks(items: Sequence[Item], reading: Reading) -> bool:
    """Return whether nothing stands there that may be the rest of a name.

    The names are masked; the reading takes in the facts that the rest tells.
    """
    segments = _segments(items)
    reading.has_artist |= any(_names_artist(p) for part in segments for p in part)
    wanted = reading.wanted
    reading.is_by_nobody = not reading.has_artist
    reading.has_artist |= wanted.is_various
    is_known = wanted.is_soundtrack or _SOUNDTRACK.search(reading.own)
    if not reading.has_artist and not is_known:
        return False
    if not all(_is_harmless(segment, reading) for segment in segments):
        return False
    if reading.is_by_nobody and _is_of_other_year(reading):
        # Films and samplers have namesakes.
        return False
    return reading.has_artist or _is_soundtrack(reading)


def _is_of_other_year(reading: Reading) -> bool:
    year, known = reading.facts.get("year"), reading.wanted.years
    is_later = not reading.facts.edition.isdisjoint({"remaster", "reissue", "deluxe"})
    return bool(year and known) and year not in known and not is_later


def _is_soundtrack(reading: Reading) -> bool:
    """Return whether a title without an artist says that it is a soundtrack."""
    is_said = "soundtrack" in reading.facts.edition
    return is_said or bool(_SOUNDTRACK.search(reading.own))


def _names_artist(piece: Piece) -> bool:
    """Return whether a piece names the artist, alone or among others."""
    if not names(piece, ARTIST):
        return False
    rest = (word.text for word in piece.words if word.text not in MASKS)
    return isinstance(piece, Word) or all(
        not is_latin(text) or text.lower() in _LITTLE | _GUESTS for text in rest
    )


def _is_harmless(segment: Sequence[Piece], reading: Reading) -> bool:
    has_album = any(names(piece, ALBUM) for piece in segment)
    in_front = not reading.has_album and not has_album
    if reading.is_scene and not has_album and _is_catalog(segment, reading):
        reading.has_catalog = True
        return True
    place = 0
    while place < len(segment):
        end = place + 1
        if _is_free(segment, place):
            while end < len(segment) and _belongs(segment, end):
                end += 1
            if not is_remark(phrase_at(segment, place, end, in_front), reading):
                return False
            reading.facts.take(
                [p for p in segment[place:end] if isinstance(p, Word) and p.meaning]
            )
        elif not _takes(segment, place, reading):
            return False
        place = end
    # What ends the name of a scene release is who made it.
    if reading.is_scene and reading.has_album and is_technical(segment):
        reading.is_over = True
    return True


def _takes(segment: Sequence[Piece], place: int, reading: Reading) -> bool:
    """Take in a name, brackets or a word that means something; False if it is of a name."""
    piece = segment[place]
    before = segment[place - 1] if place else None
    reading.has_passed_artist |= names(piece, ARTIST)
    if isinstance(piece, Group):
        return takes_group(piece, before, reading)
    if piece.text in MASKS:
        reading.has_album |= piece.text == ALBUM
    elif _goes_on(piece, before, reading):
        return False
    else:
        reading.facts.take([piece])
        reading.has_year |= reading.has_album and piece.is_year
        if piece.strength is STRONG:
            reading.end_names()
    return True


def _is_free(segment: Sequence[Piece], place: int) -> bool:
    """Return whether a piece is a word that means nothing of a release."""
    piece = segment[place]
    if (
        isinstance(piece, Group)
        or piece.text in MASKS
        or piece.is_sign
        or piece.meaning
    ):
        return False
    text = bare(piece.text)
    if text in _LITTLE:
        # "Greatest Hits A" is none of "Greatest Hits".
        return (
            place > 0
            and is_name(segment[place - 1], ALBUM)
            and (place + 1 == len(segment) or isinstance(segment[place + 1], Group))
        )
    is_year = len(text) == 2 and text.isdecimal() and piece.text[0] in "'\u2019"
    return not is_year


def _belongs(segment: Sequence[Piece], place: int) -> bool:
    """Return whether a piece belongs to the phrase before it."""
    piece = segment[place]
    if isinstance(piece, Group) or piece.text in MASKS:
        return False
    return piece.meaning is None or piece.strength is FILLER


def _goes_on(piece: Word, before: Piece | None, reading: Reading) -> bool:
    """Return whether a word goes on with the name: `Chicago 16`, `Queen Anthology`."""
    ends = (ALBUM, ARTIST) if reading.is_self_titled else (ALBUM,)
    if reading.is_over or not is_name(before, *ends):
        # `Nirvana UK` is another band.
        is_band = is_name(before, ARTIST) and piece.text in _OWN_COUNTRIES
        return is_band and not reading.has_album
    if piece.is_year:
        # `Tubular Bells 2003`: a year that is none of the album's may be of the name.
        known = reading.wanted.years
        return bool(known) and piece.facts["year"] not in known
    if piece.facts.get("edition") == "compilation":
        return "compilation" not in reading.wanted.kinds
    is_range = "is_range" in piece.facts and not reading.wanted.is_live
    return piece.facts.get("number") in BIT_DEPTHS or is_range


def _is_catalog(segment: Sequence[Piece], reading: Reading) -> bool:
    """Return whether a part of a scene name is a label's number, or goes on with one."""
    words = [p.text for p in segment if isinstance(p, Word) and p.text not in MASKS]
    text = " ".join(words)
    if len(words) < len(segment) or not reading.has_album or is_technical(segment):
        return False
    if len(text) <= _COUNTRY and text.isupper() and text.isalpha():
        # A country or a language; "II" is a part of a name.
        return _ROMAN.fullmatch(text) is None
    is_more = reading.has_catalog and text.isdecimal()
    return bool(CATALOG.fullmatch(text)) or is_more


def _segments(items: Sequence[Item]) -> list[list[Piece]]:
    """Return what stands between dashes, slashes and the like."""
    segments: list[list[Piece]] = [[]]
    for item in items:
        if isinstance(item, Dash):
            segments.append([])
        elif isinstance(item, Group):
            segments[-1].append(item)
        elif item.text in _SEPARATORS:
            segments.append([])
        elif item.text[:1] == "~" and len(item.text) > 1:
            segments.append([item._replace(text=item.text[1:])])
        else:
            segments[-1].append(item)
    return [segment for segment in segments if segment]
