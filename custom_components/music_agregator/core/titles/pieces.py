"""The values that a title is cut into: words, dashes and groups in brackets."""

from collections.abc import Mapping
from enum import Enum, IntEnum, auto
from types import MappingProxyType
from typing import Any, NamedTuple

from .meanings import Meaning, Strength

ROUND = frozenset("(\uff08")
QUOTES = frozenset("\u300c\u300e\u300a\u3008")
_NO_FACTS: Mapping[str, Any] = MappingProxyType({})


class Word(NamedTuple):
    """A word, or what is written in several and means one thing."""

    text: str
    start: int
    end: int
    meaning: Meaning | None

    @property
    def strength(self) -> Strength | None:
        """Return how surely it speaks of the release, None for a word of names."""
        return self.meaning.strength if self.meaning else None

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return what it says."""
        return self.meaning.facts if self.meaning else _NO_FACTS

    @property
    def is_sign(self) -> bool:
        """Return whether it is punctuation and no word at all."""
        if self.meaning or self.text.isalnum():
            return False
        return not any(map(str.isalnum, self.text))

    @property
    def is_year(self) -> bool:
        """Return whether it is a year."""
        return self.meaning is not None and "year" in self.meaning.facts

    @property
    def words(self) -> "tuple[Word, ...]":
        """Return itself: a group of one."""
        return (self,)


class DashSpacing(IntEnum):
    """How much room a dash has: the more, the surer it separates."""

    NONE = 0
    SOME = 1
    BOTH = 2


class Dash(NamedTuple):
    """A separator; a long dash has some room anywhere."""

    start: int
    end: int
    space: DashSpacing


class Kind(Enum):
    """What a group is about."""

    NAME = auto()
    EDITION = auto()
    TECHNICAL = auto()


class Group(NamedTuple):
    """What stands in brackets: its words, without mere signs."""

    bracket: str
    words: tuple[Word, ...]
    start: int
    end: int
    kind: Kind


type Piece = Word | Group
type Item = Piece | Dash
