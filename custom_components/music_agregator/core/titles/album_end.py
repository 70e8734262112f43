"""AlbumEnd: where the name of an album ends and the facts about the release begin."""

from itertools import pairwise

from .facts import Facts
from .groups import Part, is_edition, is_technical, is_year, names_a_part, words_of
from .meanings import EDITION, FILLER, STRONG, WEAK
from .pieces import QUOTES, ROUND, Group, Kind, Piece, Word

# Editions that are no part of a name even where no bracket says so.
_DROPPED_EDITIONS = frozenset(
    {"deluxe", "remaster", "anniversary", "expanded", "bonus", "limited", "reissue"}
)
_LITTLE_WORDS = frozenset("the a an of on in my and & to for with at from by".split())
# What follows a marker within a name that is no mere word of it.
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
        for place, part in enumerate(parts):
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
            return not is_date and not is_technical(part)
        can_name = isinstance(first, Word) or not any(words_of([first]))
        is_last_chance = can_name and all(map(is_technical, rest))
        return is_last_chance or not is_technical(part)

    def _cut(self, part: list[Piece], *, is_first: bool) -> list[Piece]:
        """Return the pieces up to the first that is surely about the release."""
        kept: list[Piece] = []
        has_name = not is_first
        for place, piece in enumerate(part):
            if isinstance(piece, Word):
                is_end = has_name and piece.strength is STRONG
                self._is_word = is_end
            else:
                is_last = piece.kind is Kind.EDITION and is_technical(part[place + 1 :])
                is_end = has_name and (is_last or piece.kind is Kind.TECHNICAL)
                if not is_end and piece.kind is not Kind.NAME:
                    self._facts.take([piece])
                    continue
            if is_end:
                self.is_found = True
                self._facts.take(part[place:])
                break
            kept.append(piece)
            has_name |= isinstance(piece, Word)
        return kept

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
        facts = piece.facts
        if "year" in facts:
            last = before[-1] if before else None
            is_title = isinstance(last, Word) and last.text.lower() in _LITTLE_WORDS
            return bool(before) and not is_title and not self._facts.get("year")
        if "number" in facts:
            return bool(before) and is_year(before[-1])
        if piece.strength is EDITION:
            return facts["edition"] in _DROPPED_EDITIONS
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
