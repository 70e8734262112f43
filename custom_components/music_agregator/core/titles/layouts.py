"""The layouts of titles: `Artist - Album (2019) [FLAC]` and `Artist-Album-WEB-2019-GRP`."""

import re

from .album_end import AlbumEnd
from .facts import Facts
from .groups import Part, is_technical, is_year, name_of, split, words_of
from .lexicon import COLLECTION, DISCOGRAPHY, GENRES, RANGE
from .meanings import FILLER, STRONG
from .pieces import QUOTES, ROUND, DashSpacing, Group, Kind, Piece, Word
from .tokens import tokenize

_OPENING, _CLOSING = '"\u201c\u201e\u00ab', '"\u201d\u201c\u00bb'
_HEADLINE = "\u3010"
# Halves of hyphened names, which scene releases cut at the hyphen.
_HALVES = frozenset("jean jay wu alt blink will half sleater anne marie".split())
_LANGUAGES = frozenset(
    "DE FR ES IT PT NL SE NO DK FI PL CZ HU RU TR GR JP KR CN BR".split()
)


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
        last = parts[-1]
        is_group = isinstance(last[0], Word) and last[0].meaning is None
        if len(parts) > 3 and is_group and all(w.meaning for w in words_of(last[1:])):
            self.group = self._name(last[:1])
            parts = parts[:-1]
        parts = [p for i, p in enumerate(parts) if i < 2 or not self._is_label(p)]
        facts_at = (i for i, part in enumerate(parts) if i and is_technical(part))
        if next(facts_at, len(parts)) > 2 and self._is_half(parts[0], parts[1]):
            parts = [[*parts[0], *parts[1]], *parts[2:]]
        self.read(parts, joint="-")

    def read(self, parts: list[list[Piece]], *, joint: str = " - ") -> None:
        """Read `Artist - Album (2019) [FLAC]`."""
        parts = self._without_lead(parts)
        end = AlbumEnd(self.facts)
        pack = DISCOGRAPHY.search(self._text.lower())
        if pack:
            before = split(tokenize(self._text[: pack.start()]), DashSpacing.BOTH)
            behind = [p for p in parts[-1] if p.start >= pack.end()] if parts else []
            lead = self._without_lead(before) or end.names([behind] if behind else [])
            parts = [*lead[:1], *parts]
        if len(parts) > 1:
            artist = self._artist(parts[0])
            self.album = joint.join(filter(None, map(self._name, end.names(parts[1:]))))
            self.artist = self._name(self._without_year(artist))
        elif parts:
            end.names(parts)
            self._read_quoted(parts[0])
        said = self.facts.get
        self.year = None if pack and RANGE.search(self._text) else said("year")
        is_range = said("is_range") and COLLECTION.search(self._text.lower())
        self.is_discography = bool(pack or said("is_discography") or is_range)

    def _without_lead(self, parts: list[list[Piece]]) -> list[list[Piece]]:
        """Drop what stands before the artist: genre, date, quality, uploader."""
        first, *rest = parts or [[]]
        while first and self._is_lead(first, rest):
            self.facts.take(first[:1])
            first = first[1:]
        names = sum(not is_technical(part) for part in rest)
        is_date = len(first) == 1 and is_year(first[0]) and len(rest) > 1
        if is_date or (names > 1 and is_technical(first)):
            self.facts.take(first)
            first = []
        return [first, *rest] if first else rest

    def _is_lead(self, part: Part, rest: list[list[Piece]]) -> bool:
        """Return whether the first piece of a title is no part of the artist."""
        piece, *others = part
        if isinstance(piece, Word):
            return piece.strength is STRONG
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

    def _without_year(self, pieces: list[Piece]) -> list[Piece]:
        """Drop a year from an artist's end if it is the only one that is said."""
        if len(pieces) < 2 or not is_year(pieces[-1]) or self.facts.get("year"):
            return pieces
        self.facts.take(pieces[-1:])
        return pieces[:-1]

    def _read_quoted(self, part: Part) -> None:
        """Read a title without a dash: `Artist "Album"`, in any kind of quotes."""
        for place, piece in enumerate(part):
            if isinstance(piece, Group) and piece.bracket in QUOTES and place:
                self.artist = self._name(part[:place])
                self.album = self._text[piece.start + 1 : piece.end - 1]
                return
        words = [piece for piece in part if isinstance(piece, Word)]
        name = self._name(words)
        first = part[0]
        if isinstance(first, Group) and first.bracket == _HEADLINE:
            self.artist = self._text[first.start + 1 : first.end - 1]
            self.album = name
            return
        begin = min((i for i in map(name.find, _OPENING) if i > 0), default=0)
        finish = max(map(name.rfind, _CLOSING))
        if 0 < begin < finish:
            self.artist = name[:begin].strip()
            self.album = name[begin + 1 : finish]

    def _is_label(self, part: Part) -> bool:
        """Return whether a part of a scene name is a catalogue number, or the like."""
        first, *others = part
        if others:
            return False
        if isinstance(first, Group):
            return first.kind is Kind.NAME
        return first.text == self.group or first.text in _LANGUAGES

    def _is_half(self, one: Part, other: Part) -> bool:
        """Return whether two parts of a scene name are one artist, as in Jay-Z."""
        first, second = self._name(one), self._name(other)
        if len(one) > 1 or isinstance(one[0], Group):
            return False
        is_short = min(len(first), len(second)) <= 2
        return is_short or second.isdecimal() or first.lower() in _HALVES

    def _name(self, part: Part) -> str:
        return name_of(self._text, part)
