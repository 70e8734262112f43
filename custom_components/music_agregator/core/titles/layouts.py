"""The layouts of titles: `Artist - Album (2019) [FLAC]` and `Artist-Album-WEB-2019-GRP`."""

from itertools import takewhile
import re

from .album_end import AlbumEnd
from .facts import Facts
from .groups import CATALOG, Part, is_technical, is_year, name_of, split, words_of
from .lexicon import CLASSICAL, COLLECTION, DISCOGRAPHY, RANGE
from .meanings import FILLER, STRONG
from .names import is_by_various, is_latin
from .pieces import QUOTES, ROUND, DashSpacing, Group, Kind, Piece, Word
from .quoted import is_tie, read_quoted, uncounted
from .tokens import pieces_of, tokenize
from .words import GENRES

_HEADLINE = "\u3010"
# Halves of hyphened names, which scene releases cut at the hyphen.
_HALVES = frozenset("jean jay wu alt blink will half sleater anne marie".split())
_ROMAN = re.compile(r"[IVX]+")
_THEME = re.compile(r" (?:ED|OP|Ending|Opening|Insert)(?: (?:Theme|Song|Single|EP))*$")
# `Album (1971) & Other Album (1972)`.
_TWO_ALBUMS = re.compile(
    r"[(\[](?:19|20)\d\d[)\]] ?(?:&|\+|and|/) ?[^()\[\]]+[(\[](?:19|20)\d\d[)\]]"
)
_SHORT_YEAR = re.compile(r"['\u2019]\d\d")
_COLLECTED = re.compile(
    r"(?:,? (?:the )?collection| (?:19|20)\d\d ?- ?(?:19|20)\d\d)$", re.IGNORECASE
)
_DATE_LENGTH = 8
_TWO = 2
_DATE = re.compile(r"((?:19|20)\d\d)-[01]\d-[0-3]\d")


class Layout:
    """Reads one title: the names, and the facts on the way."""

    def __init__(self, text: str, group: str | None = None) -> None:
        self._text = text
        self.facts = Facts()
        self.artist = ""
        self.album = ""
        self.year: int | None = None
        self.group = group
        self.is_discography = False

    def read_scene(self, parts: list[list[Piece]]) -> None:
        """Read `Artist-Album-WEB-FLAC-2019-GRP`."""
        if any(word.strength is STRONG for word in words_of(parts[1])) and is_technical(
            parts[1]
        ):
            self.facts.take([piece for part in parts for piece in part])
            return
        last = parts[-1]
        is_group = isinstance(last[0], Word) and last[0].meaning is None
        if len(parts) > 3 and is_group and all(w.meaning for w in words_of(last[1:])):
            self.group = self._name(last[:1])
            parts = parts[:-1]
        parts = self._without_labels(parts)
        facts_at = (i for i, part in enumerate(parts) if i and is_technical(part))
        if next(facts_at, len(parts)) > 2 and self._is_half(parts[0], parts[1]):
            parts = [[*parts[0], *parts[1]], *parts[2:]]
        self.read(parts, joint="-")

    def read(self, parts: list[list[Piece]], *, joint: str = " - ") -> None:
        """Read `Artist - Album (2019) [FLAC]`."""
        every = [piece for part in parts for piece in part]
        if joint == " - " or len(parts) < 3:
            parts = self._without_lead(parts)
        end = AlbumEnd(self.facts)
        pack = DISCOGRAPHY.search(self._text.lower())
        if pack:
            before = split(tokenize(self._text[: pack.start()]), DashSpacing.BOTH)
            behind = [p for p in parts[-1] if p.start >= pack.end()] if parts else []
            lead = self._without_lead(before) or end.names([behind] if behind else [])
            parts = [*lead[:1], *parts]
        parts = _with_concert(parts)
        if len(parts) > 1:
            self._read_dashed(parts, end, joint)
        elif parts:
            end.names(parts)
            self._read_alone(parts[0])
        said = self.facts.get
        if not said("year"):
            self._take_years(every)
            self._take_late_year(parts[1:])
        self.year = None if pack and RANGE.search(self._text) else said("year")
        is_range = said("is_range") and COLLECTION.search(self._text.lower())
        is_several = bool(self.year and _TWO_ALBUMS.search(self._text))
        self.is_discography = bool(
            pack or said("is_discography") or is_range or is_several
        )
        if self.is_discography and not self.artist and parts:
            self.artist = self._name(_leading_words(parts[0]))
        if self.is_discography:
            self.artist = _COLLECTED.sub("", self.artist)

    def _read_dashed(self, parts: list[list[Piece]], end: AlbumEnd, joint: str) -> None:
        """Read the artist before the first dash, and the album behind it."""
        artist = self._artist(parts[0])
        self.album = self._bracketed(parts[1:]) or joint.join(
            filter(None, map(self._name, end.names(parts[1:])))
        )
        self.artist = self._name(self._without_year(artist))
        self.artist = self._singer(parts[1:]) or self.artist
        composer, colon, work = self.artist.partition(": ")
        if colon and CLASSICAL.search(work):
            # `Composer: Work - Performers`.
            self.artist, self.album = composer, work
        if self.album.isdecimal() and any(map(_names_edition, parts[0])):
            # `Album (Original Soundtrack) - 2015` has no artist.
            self.artist = self.album = ""
        self.artist = uncounted(self.artist)
        self.album = uncounted(self.album)

    def every_fact(self) -> Facts:
        """Return what all words of the title say, for one whose names are not found."""
        self.facts = Facts()
        every = pieces_of(self._text)
        self.facts.take(every)
        self._take_years(every)
        return self.facts

    def _take_years(self, every: Part) -> None:
        """Take a year that stands within a word, or in a label's remark."""
        if date := _DATE.search(self._text):
            self.facts.say("year", int(date[1]))
        self.facts.take_year(every)

    def _take_late_year(self, parts: list[list[Piece]]) -> None:
        """Take a year right behind a dash, or a date, that is in no name's place."""
        for part in parts:
            words = [
                piece for piece in part if isinstance(piece, Word) and piece.is_year
            ]
            dates = (word for word in words if len(word.text) >= _DATE_LENGTH)
            found = next(dates, part[0] if part[0] in words else None)
            if found and not self.album.startswith(found.words[0].text):
                self.facts.take([found])
                return

    def _bracketed(self, parts: list[list[Piece]]) -> str:
        """Return an album that stands in quotes or brackets: `Artist -《Album》[FLAC]`."""
        first = next((p for p in parts[0] if not _is_foreign_tie(p)), parts[0][0])
        if not isinstance(first, Group) or first.bracket in ROUND:
            return ""
        names = [word for word in first.words if word.meaning is None]
        if not names or (first.bracket not in QUOTES and len(parts[0]) == 1):
            return ""
        years = [word for word in first.words if word.is_year]
        self.facts.take([piece for part in parts for piece in part if piece != first])
        if first.bracket in QUOTES:
            return self._inside(first)
        self.facts.take(years)
        return name_of(self._text, [w for w in first.words if w not in years])

    def _without_lead(self, parts: list[list[Piece]]) -> list[list[Piece]]:
        """Drop what stands before the artist: genre, date, quality, uploader."""
        first, *rest = parts or [[]]
        while first and self._is_lead(first, rest):
            self.facts.take_lead(first[0])
            first = first[1:]
        if first and is_by_various(self._name(first)):
            return [first, *rest]
        names = sum(not is_technical(part) for part in rest)
        if names > 1 and first and _are_genres(first):
            return rest
        is_date = len(first) == 1 and is_year(first[0]) and len(rest) > 1
        if is_date or (names > 1 and is_technical(first)):
            self.facts.take(first)
            first = []
        return [first, *rest] if first else rest

    def _is_lead(self, part: Part, rest: list[list[Piece]]) -> bool:
        """Return whether the first piece of a title is no part of the artist."""
        piece, *others = part
        if isinstance(piece, Word):
            is_date = piece.is_year or bool(_SHORT_YEAR.fullmatch(piece.text))
            is_date = is_date and piece.text[-1] not in ":,"
            is_date = is_date and bool(rest) and not is_technical(others)
            return piece.strength is STRONG or is_date
        if piece.kind is Kind.TECHNICAL:
            return True
        if piece.bracket in QUOTES or (not others and len(rest) < 2):
            return False
        if piece.bracket not in ROUND:
            return piece.bracket != _HEADLINE or bool(rest)
        if not others or others[0].start == piece.end:
            return False
        words = re.split(r"[^\w-]+", self._text[piece.start : piece.end].lower())
        return isinstance(others[0], Group) or not GENRES.isdisjoint(words)

    def _artist(self, part: Part) -> list[Piece]:
        """Return the artist, without what brackets say of the release."""
        kept: list[Piece] = []
        for piece in part:
            is_apart = isinstance(piece, Group) and len(part) > 1
            if is_apart and not self._is_of_name(piece):
                self.facts.take([piece])
            else:
                kept.append(piece)
        return kept

    def _is_of_name(self, piece: Piece) -> bool:
        if isinstance(piece, Word) or piece.bracket in QUOTES:
            return True
        # `Nirvana (UK)` is another band.
        tells_apart = all(word.strength is FILLER for word in piece.words)
        return piece.bracket in ROUND and (piece.kind is Kind.NAME or tells_apart)

    def _singer(self, parts: list[list[Piece]]) -> str:
        """Return who sings a theme: `[Uploader] Show ED Single - Song [Singer]`."""
        if not _THEME.search(self.artist):
            return ""
        for piece in reversed([piece for part in parts for piece in part]):
            if isinstance(piece, Group) and piece.kind is Kind.NAME:
                return self._inside(piece)
        return ""

    def _without_year(self, pieces: list[Piece]) -> list[Piece]:
        """Drop a year from an artist's end if it is the only one that is said."""
        if len(pieces) < 2 or not is_year(pieces[-1]) or self.facts.get("year"):
            return pieces
        self.facts.take(pieces[-1:])
        return pieces[:-1]

    def _read_alone(self, part: Part) -> None:
        """Read a title without a dash: `Artist "Album"`, in any kind of quotes."""
        first, *others = part
        if isinstance(first, Group) and first.bracket == _HEADLINE:
            words = [piece for piece in part if isinstance(piece, Word)]
            self.artist = self._inside(first)
            self.album = self._name(words)
            second = others[0] if others else None
            if not words and isinstance(second, Group) and second.kind is Kind.NAME:
                self.album = self._inside(second)
        elif quoted := read_quoted(self._text, part):
            self.facts.take(quoted.rest)
            self.artist, self.album = quoted.artist, quoted.album
        else:
            self._read_plain(part)

    def _read_plain(self, part: Part) -> None:
        """Read `Artist: Album`, `Artist 【Album】`, and two Chinese names."""
        words = _leading_words(part)
        behind = part[len(words)] if len(words) < len(part) else None
        name = self._name(words)
        artist, colon, album = name.partition(": ")
        if not colon and name.count(" / ") == 1:
            # `大貫妙子 / SUNSHOWER`, but `A / B` may be one name.
            one, _, other = name.partition(" / ")
            if is_latin(one) != is_latin(other):
                artist, colon, album = one, "/", other
        if colon and album and "soundtrack" not in self.facts.edition:
            self.artist, self.album = artist, album
        elif isinstance(behind, Group) and behind.bracket == _HEADLINE:
            is_name = behind.kind is Kind.NAME
            self.artist, self.album = (
                (name, self._inside(behind)) if is_name else ("", "")
            )
        elif len(words) > 1 and _is_cjk_alone(words):
            # `林忆莲 Love, Sandy 1995`.
            self.artist, self.album = self._name(words[:1]), self._name(words[1:])
            self.facts.take(part[len(words) :])
        elif len(words) == _TWO and not any(is_latin(p.words[0].text) for p in words):
            self.artist, self.album = (self._name([piece]) for piece in words)
        else:
            self.facts.take(part)

    def _without_labels(self, parts: list[list[Piece]]) -> list[list[Piece]]:
        """Drop the label's number, the country and the like from behind the names."""
        kept = parts[:2]
        was_label = False
        for part in parts[2:]:
            is_number = [w.text.isdecimal() for w in words_of(part)] == [True]
            goes_on = was_label and is_number and not is_technical(part)
            was_label = self._is_label(part) or goes_on
            if was_label and isinstance(part[0], Group) and part[0].words:
                self.facts.take_remark(part[0])
            if not was_label:
                kept.append(part)
        return kept

    def _is_label(self, part: Part) -> bool:
        """Return whether a part of a scene name is a catalogue number, or the like."""
        first, *others = part
        if others:
            numbers = "".join(word.text for word in words_of(part))
            return bool(CATALOG.fullmatch(numbers))
        if isinstance(first, Group):
            return first.kind is Kind.NAME
        if first.meaning is not None:
            return False
        is_short = (
            len(first.text) <= 3 and first.text.isupper() and first.text.isalpha()
        )
        is_country = is_short and not _ROMAN.fullmatch(first.text)
        return (
            first.text == self.group
            or is_country
            or bool(CATALOG.fullmatch(first.text))
        )

    def _is_half(self, one: Part, other: Part) -> bool:
        """Return whether two parts of a scene name are one artist, as in Jay-Z."""
        first, second = self._name(one), self._name(other)
        if len(one) > 1 or isinstance(one[0], Group) or first.isdecimal():
            return False
        if is_by_various(first):
            return False
        is_short = min(len(first), len(second)) <= 2
        return is_short or second.isdecimal() or first.lower() in _HALVES

    def _inside(self, group: Group) -> str:
        return self._text[group.start + 1 : group.end - 1].strip()

    def _name(self, part: Part) -> str:
        return name_of(self._text, part)


def _are_genres(part: Part) -> bool:
    return all(
        word in GENRES
        for piece in part
        for one in piece.words
        for word in re.split(r"[/, ]+", one.text.lower())
        if word
    )


def _is_cjk_alone(words: Part) -> bool:
    """Return whether only the first of some words is Chinese, Japanese or Korean."""
    first, *others = (piece.words[0].text for piece in words)
    return not is_latin(first) and first.isalpha() and all(map(is_latin, others))


def _is_foreign_tie(piece: Piece) -> bool:
    return is_tie(piece) and not is_latin(piece.words[0].text)


def _names_edition(piece: Piece) -> bool:
    return isinstance(piece, Group) and piece.kind is Kind.EDITION


def _leading_words(part: Part) -> list[Piece]:
    """Return the words of a part that mean nothing of a release, up to the first that does."""
    return list(takewhile(lambda p: isinstance(p, Word) and not p.meaning, part))


def _with_concert(parts: list[list[Piece]]) -> list[list[Piece]]:
    """Part the artist from the date of a concert: `Artist 1980-12-18 Place`."""
    first, *rest = parts or [[]]
    if any(isinstance(piece, Group) and piece.bracket in QUOTES for piece in first):
        return parts
    for place, piece in enumerate(first[:-1]):
        if place and is_year(piece) and len(piece.words[0].text) >= _DATE_LENGTH:
            return [first[:place], first[place:], *rest]
        if place and _is_year_alone(piece) and isinstance(first[place + 1], Word):
            # `Artist (2012) Album`.
            behind = [p for p in first[place + 1 :] if isinstance(p, Word)]
            if any(not p.meaning for p in behind) and not rest[:1]:
                return [first[:place], [*first[place + 1 :], piece]]
    return parts


def _is_year_alone(piece: Piece) -> bool:
    return isinstance(piece, Group) and len(piece.words) == 1 and piece.words[0].is_year
