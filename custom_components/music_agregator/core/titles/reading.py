"""Reading: what is known of a title while it is read for a wanted album."""

from collections.abc import Iterable
from dataclasses import dataclass, field
import re

from .facts import Facts
from .names import squashed
from .pieces import Group, Piece, Word
from .wanted import WantedNames
from .words import MONTHS

# Letters that stand for the names of a title; `clean` leaves none of them in it.
ARTIST, ALBUM, OTHER = "\ua500", "\ua501", "\ua502"
MASKS = frozenset((ARTIST, ALBUM, OTHER))

_DATE = re.compile(
    rf"(?:{'|'.join(MONTHS)})"
    r"\s(?:\d{1,2},?\s)?(?:19|20)\d\d|(?:19|20)\d\d[-.][01]\d[-.][0-3]\d|[0-3]?\d[-./][0-3]?\d[-./](?:(?:19|20)\d\d|\d\d)\b",
    re.IGNORECASE,
)


@dataclass(eq=False, kw_only=True)
class Reading:
    """The wanted names, how the title spells the album's, and what was passed so far."""

    wanted: WantedNames
    own: str
    text: str
    is_scene: bool
    # The artist's name is within the album's, or need not be told.
    has_artist: bool
    is_by_nobody: bool = False
    has_passed_artist: bool = False
    has_album: bool = False
    # From here on a title only speaks of the release.
    is_over: bool = False
    has_year: bool = False
    has_guests: bool = False
    has_catalog: bool = False
    facts: Facts = field(default_factory=Facts)

    @property
    def is_of_concert(self) -> bool:
        """Return whether the title tells the date of a concert, or of a show."""
        is_dated = _DATE.search(self.text) or _DATE.search(self.own)
        return self.wanted.is_live and is_dated is not None

    @property
    def is_self_titled(self) -> bool:
        """Return whether the album bears its artist's name."""
        return squashed(self.own) in self.wanted.by_artist

    def unmasked(self, words: Iterable[Word]) -> list[str]:
        """Return the texts of words, with a credited performer for an artist's mask."""
        credited = next(iter(self.wanted.performers), "")
        return [credited if word.text == ARTIST else word.text for word in words]

    def end_names(self) -> None:
        """Note that what speaks of the release has begun, if the names were passed."""
        self.is_over |= self.has_album and self.has_passed_artist


def names(piece: Piece | None, *masks: str) -> bool:
    """Return whether a piece holds one of some masks."""
    return piece is not None and any(word.text in masks for word in piece.words)


def is_name(piece: Piece | None, *masks: str) -> bool:
    """Return whether a piece is one of some masks, outside brackets."""
    return isinstance(piece, Word) and piece.text in masks


def bare(text: str) -> str:
    """Return a word in lower case without punctuation at its ends."""
    return text.lower().strip(".,:;'\"!|~")


def bare_words(piece: Piece) -> list[str]:
    """Return the words of a piece in lower case."""
    return [word for one in piece.words if (word := bare(one.text))]


def is_group(piece: Piece | None, bracket: frozenset[str]) -> bool:
    """Return whether a piece stands in certain brackets."""
    return isinstance(piece, Group) and piece.bracket in bracket
