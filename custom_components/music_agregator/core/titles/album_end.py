"""AlbumEnd: where the name of an album ends and the facts about the release begin."""

from itertools import pairwise
import re

from .facts import Facts
from .groups import Part, is_edition, is_technical, is_year, names_a_part, words_of
from .meanings import EDITION, FILLER, STRONG, WEAK
from .names import is_latin
from .pieces import QUOTES, ROUND, Group, Kind, Piece, Word
from .words import GENRES, LABELS

# Editions that are no part of a name even where no bracket says so.
_DROPPED_EDITIONS = frozenset(
    {"deluxe", "remaster", "anniversary", "expanded", "bonus", "limited", "reissue"}
)
_LITTLE_WORDS = frozenset("the a an of on in my and & to for with at from by".split())
# What follows a marker within a name that is no mere word of it.
# The number of an album in a list: `01. 1977 - Album`.
_KINDS = GENRES | LABELS
_ORDER = re.compile(r"\d{1,2}\.")
# A label and its number, as a part of its own.
_LABEL = re.compile(
    r"(?!\w+ (?:19|20)\d\d$)(?:[A-Z][\w.&]* ){1,3}(?:[A-Z]{1,5}[- ]?)?\d[\d -]{2,}\d"
)
_YEAR_LENGTH = 5
_MEASURES = frozenset({"bit_depth", "sample_rate_hz", "bitrate_kbps"})
_AFTER_MARKERS = {"live": {"at", "in", "from", "on"}, "tribute": {"to"}}


class AlbumEnd:
    """Reads the parts behind the artist; the facts take in what is no name."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.is_found = False
        self._is_word = False

    def names(self, parts: list[list[Piece]]) -> list[list[Piece]]:
        """Return the pieces that name the album, part by part."""
        names: list[list[Piece]] = []
        parts = self._without_year_in_front(parts)
        for place, part in enumerate(parts):
            words = [piece.text for piece in part if isinstance(piece, Word)]
            if names and _LABEL.fullmatch(" ".join(words)):
                self._facts.take(part)
                continue
            if place and is_year(part[0]) and len(part[0].words[0].text) > _YEAR_LENGTH:
                self._facts.take(part[:1])
            if not self.is_found and self._is_name(part, parts[place + 1 :], names):
                if kept := self._cut(part, is_first=not names):
                    names.append(kept)
            else:
                self.is_found |= bool(names) and not is_edition(part)
                self._facts.take(part)
        if names:
            names[-1] = self._trimmed(names[-1], is_only=len(names) == 1)
            self._mark_editions([piece for part in names for piece in part])
        return names

    def _without_year_in_front(self, parts: list[list[Piece]]) -> list[list[Piece]]:
        """Drop the year that stands before a name: `1979 The Ledge`, `1990 - Live 1970`."""
        first, *later = parts or [[]]
        is_listed = len(first) > 1 and bool(_ORDER.fullmatch(_text(first[0])))
        first = first[1:] if is_listed else first
        if not first or not isinstance(first[0], Word) or not first[0].is_year:
            return parts
        year, name = first[0], first[1:]
        if len(year.text.strip("'")) > _YEAR_LENGTH:
            # A concert's date is a part of its name.
            self._facts.take([year])
            return parts
        if name:
            is_dated = any(w.is_year for part in later for w in words_of(part))
            is_dated |= any(
                w.is_year for p in name if isinstance(p, Group) for w in p.words
            )
            is_numbered = year.text.endswith(".")
            has_name = isinstance(name[0], Word) and not is_technical(name[:1])
            if not has_name or (is_dated and not is_numbered):
                return parts
        elif not later or not (
            is_listed or _is_dated_name(later[0]) or _is_earlier(later[0], year)
        ):
            return parts
        self._facts.take([year])
        return [name, *later] if name else later

    def _is_name(
        self, part: Part, rest: list[list[Piece]], names: list[list[Piece]]
    ) -> bool:
        """Return whether a part is of the name; the last chance for `1989` or `Opus`."""
        first, *others = part
        if names:
            is_beside = all(
                isinstance(p, Group) or p.meaning or p.is_sign for p in others
            )
            is_date = is_year(first) and is_beside
            is_dated = _is_dated_name(part) and any(
                w.is_year
                for p in (*part, *(p for q in rest for p in q))
                if isinstance(p, Group)
                for w in p.words
            )
            return is_dated or (not is_date and not is_technical(part))
        if isinstance(first, Word) and first.text.endswith(",") and others:
            can_name = False
        elif isinstance(first, Word) and first.strength is STRONG:
            # "MP3" is a name where the quality, or the year, is told as well.
            can_name = any(words_of(others)) or any(map(any, rest))
            can_name &= _MEASURES.isdisjoint(first.facts)
        elif isinstance(first, Word):
            can_name = _MEASURES.isdisjoint(first.facts) and len(first.facts) < 2
        else:
            can_name = not any(words_of([first]))
        is_last_chance = can_name and all(map(is_technical, rest))
        return is_last_chance or not is_technical(part)

    def _cut(self, part: list[Piece], *, is_first: bool) -> list[Piece]:
        """Return the pieces up to the first that is surely about the release."""
        kept: list[Piece] = []
        has_name = not is_first
        is_remarked = False
        for place, piece in enumerate(part):
            if isinstance(piece, Word):
                is_end = has_name and (piece.strength is STRONG or is_remarked)
                is_end |= has_name and piece.text[:1] in "\u00a9\u2117"
                is_end |= has_name and _is_said_again(kept, part[place:])
                self._is_word = is_end
            else:
                is_last = piece.kind is Kind.EDITION and is_technical(part[place + 1 :])
                is_end = has_name and (is_last or piece.kind is Kind.TECHNICAL)
                if not is_end and piece.kind is not Kind.NAME:
                    self._facts.take([piece])
                    is_remarked = bool(kept)
                    continue
            if is_end:
                self.is_found = True
                self._facts.take(part[place:])
                kept = self._without_genres(kept)
                break
            kept.append(piece)
            is_remarked |= (
                isinstance(piece, Group)
                and has_name
                and _precedes_year(part[place + 1 :])
            )
            if isinstance(piece, Group) and piece.words:
                self._facts.take_remark(piece)
            has_name |= isinstance(piece, Word)
        return kept

    def _without_genres(self, kept: list[Piece]) -> list[Piece]:
        """Cut a name at a year that genres or a label follow: `Album 1997 Trip Hop FLAC`."""
        years = [place for place, piece in enumerate(kept) if place and is_year(piece)]
        if not years or not _KINDS.intersection(
            w.text.lower().strip(",") for w in words_of(kept[years[-1] + 1 :])
        ):
            return kept
        self._facts.take(kept[years[-1] :])
        return kept[: years[-1]]

    def _trimmed(self, kept: list[Piece], *, is_only: bool) -> list[Piece]:
        """Drop from a name's end what is no name: a year, discs, `Deluxe Edition`."""
        place = end = len(kept)
        while place > is_only:
            place -= 1
            piece = kept[place]
            if self._is_dropped(piece, kept[:place]):
                end = place
            elif isinstance(piece, Group) or piece.strength is not FILLER:
                break
        if is_only and all(
            w.text.lower() in _LITTLE_WORDS for w in words_of(kept[:end])
        ):
            return kept
        self._facts.take(kept[end:])
        return kept[:end]

    def _is_dropped(self, piece: Piece, before: Part) -> bool:
        if isinstance(piece, Group):
            is_empty = bool(before) and not any(words_of([piece]))
            is_name = piece.bracket in ROUND | QUOTES or names_a_part(piece)
            return is_empty or not is_name
        if piece.is_sign and piece.text in {"/", "|"}:
            return bool(before)
        facts = piece.facts
        if "year" in facts:
            last = before[-1] if before else None
            is_title = isinstance(last, Word) and last.text.lower() in _LITTLE_WORDS
            return bool(before) and not is_title and not self._facts.get("year")
        if "number" in facts:
            return bool(before) and is_year(before[-1])
        if piece.strength is EDITION:
            return facts["edition"] in _DROPPED_EDITIONS
        if "source" in facts and not piece.text.replace("-", "").isalpha():
            # `12"` is a record, "Vinyl" may be a name.
            return bool(before)
        return "discs" in facts or (self._is_word and piece.strength is WEAK)

    def _mark_editions(self, pieces: Part) -> None:
        """Take in markers that are words of the name: `Live at ...`, `... EP`."""
        words = list(words_of(pieces))
        is_live = len(words) == 1 and words[0].facts.get("edition") == "live"
        if is_live or (len(words) > 1 and words[-1].strength is EDITION):
            self._facts.take([words[-1]])
        for word, following in pairwise(words):
            marker = word.facts.get("edition")
            tells = following.text.lower() in _AFTER_MARKERS.get(marker or "", ())
            if tells or marker == "karaoke":
                self._facts.take([word])


def _is_dated_name(part: Part) -> bool:
    """Return whether a part is a name that only tells times: `Live 1970`, `1962-1966`."""
    words = [piece for piece in part if isinstance(piece, Word)]
    said = [
        word.is_year or "is_range" in word.facts or word.facts.get("edition") == "live"
        for word in words
    ]
    is_live = any("edition" in word.facts for word in words) and len(words) > 1
    is_range = any("is_range" in word.facts for word in words) or len(words) > 1
    return bool(said) and all(said) and (is_live or is_range)


def _is_said_again(kept: Part, behind: Part) -> bool:
    """Return whether a slash parts a name from the same in another alphabet."""
    slash, *others = behind
    if not isinstance(slash, Word) or slash.text != "/" or not others:
        return False
    before = "".join(word.text for word in words_of(kept))
    after = "".join(word.text for word in words_of(others[:1]))
    return bool(after) and is_latin(before) != is_latin(after)


def _is_earlier(part: Part, year: Word) -> bool:
    """Return whether a part is a year before another: `1996 - 1977`, but `1989 - 2014`."""
    if not is_year(part[0]) or any(isinstance(piece, Word) for piece in part[1:]):
        return False
    later = year.facts["year"]
    years = (w.facts["year"] for w in words_of(part) if w.is_year)
    first, *others = years
    return bool(first < later) and all(other >= later for other in others)


def _precedes_year(behind: Part) -> bool:
    """Return whether a year follows a remark in brackets."""
    return bool(behind) and is_year(behind[0])


def _text(piece: Piece) -> str:
    return piece.words[0].text if piece.words else ""
