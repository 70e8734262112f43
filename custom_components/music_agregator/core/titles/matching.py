"""AlbumMatcher: is a release the wanted album: artists, titles, other works, editions."""

from collections.abc import Collection
from enum import IntEnum
from functools import cached_property
import re

from rapidfuzz.distance import Levenshtein

from ..model import Album
from .bare_title import bare_title
from .derived import derived_word
from .lexicon import meaning
from .meanings import EDITION, OTHER_WORKS
from .names import VARIOUS_ARTISTS, is_by_various, normalise, without_guests
from .parse import ParsedTitle
from .wanted import WantedNames, wanted_names, years_of

# In how long a word a slip of the pen may be.
_LEAST_LETTERS = 5
_LATER = frozenset(
    {"remaster", "reissue", "deluxe", "expanded", "anniversary", "special"}
)

_BAND = re.compile(r"\s+(?:&|and|\+)\s+(?:the|his|her|their)\s.*", re.IGNORECASE)
_BESIDE = re.compile(r"\s*[,;&/+]\s*|\s+(?:and|und|y|et|vs?\.?|x)\s+")

# Kinds that titles do not distinguish.
_SAME_KINDS = (frozenset({"single", "ep"}), frozenset({"live", "acoustic"}))
_SPLIT = re.compile(r"[\s\-:()\[\]]+")
_WORKS = OTHER_WORKS | {"ep"}
# Kinds of albums that often bear the name of the studio album.
_NAMESAKES = frozenset({"live", "remix", "demo"})


class Match(IntEnum):
    """How well a name fits a wanted one."""

    NONE = 0
    SLIP = 1  # one letter of a long word differs
    PARTIAL = 2  # one of several artists, or with a guest
    EXACT = 3


class AlbumMatcher:
    """A wanted album whose names are normalized once for many releases."""

    def __init__(self, album: Album) -> None:
        self.album = album

    @cached_property
    def wanted(self) -> WantedNames:
        """Return the names under which the album may be offered."""
        return wanted_names(self.album)

    @property
    def artist_names(self) -> tuple[str, ...]:
        """Return every name that its artist goes by."""
        return self.wanted.artists

    @property
    def titles(self) -> tuple[str, ...]:
        """Return every title that it goes by, with and without words of an edition."""
        return self.wanted.titles

    @cached_property
    def _artists(self) -> frozenset[str]:
        return frozenset(map(normalise, self.artist_names))

    @cached_property
    def _artist_words(self) -> frozenset[str]:
        """Return the words of the artists' names; "ost" and the like stand for many."""
        words = {word for name in self._artists for word in name.split()}
        return frozenset(words | VARIOUS_ARTISTS)

    @cached_property
    def _title_words(self) -> frozenset[str]:
        return frozenset(word for title in self._titles for word in title.split())

    @cached_property
    def _leaders(self) -> frozenset[str]:
        """Return the artists without their bands: `Bob` of `Bob & the Others`."""
        names = (_BAND.sub("", name) for name in self.artist_names)
        return frozenset(map(normalise, names))

    @cached_property
    def is_various(self) -> bool:
        """Return whether it is by various artists."""
        return not self._artists.isdisjoint(VARIOUS_ARTISTS)

    @cached_property
    def _titles(self) -> frozenset[str]:
        """Return the normal forms of its titles."""
        return frozenset(map(normalise, self.titles))

    @cached_property
    def years(self) -> frozenset[int]:
        """Return the years in which an edition came out."""
        return years_of(self.album)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Return what kind of album it is, by type and by title."""
        album = self.album
        types = {
            part.casefold()
            for kind in (album.primary_type or "", *album.secondary_types)
            for part in kind.split("/")
        }
        for same in _SAME_KINDS:
            types |= same if types & same else set()
        if "live" in types:
            types.add("bootleg")
        return frozenset(types | self._title_kinds)

    @cached_property
    def _title_kinds(self) -> frozenset[str]:
        """Return the markers that are words of its own titles."""
        words = (word for title in self.titles for word in _SPLIT.split(title))
        found = (meaning(word) for word in words)
        return frozenset(one.facts.get("edition", "") for one in found if one)

    def artist_match(self, name: str) -> Match:
        """Return how well a name fits the artist's."""
        asked = normalise(name)
        if asked in self._artists:
            return Match.EXACT
        if self._artist_words.isdisjoint(asked.split()) and not self.is_various:
            return _slip(asked, self._artists)
        if self.is_various:
            return Match.EXACT if is_by_various(name) else Match.NONE
        if "soundtrack" in self.kinds and is_by_various(name):
            return Match.PARTIAL
        last, comma, first = name.partition(",")
        if comma and normalise(f"{first} {last}") in self._artists:
            return Match.EXACT
        alone = without_guests(name)
        leader = normalise(_BAND.sub("", alone))
        if leader in self._artists or normalise(alone) in self._artists | self._leaders:
            return Match.PARTIAL
        beside = {normalise(part) for part in _BESIDE.split(alone.casefold()) if part}
        if len(beside) > 1 and beside <= self._artists:
            return Match.PARTIAL
        return _slip(asked, self._artists)

    def title_match(self, title: str) -> Match:
        """Return how well a title fits the album's."""
        asked = normalise(title)
        if asked in self._titles:
            return Match.EXACT
        if self._title_words.isdisjoint(asked.split()):
            return _slip(asked, self._titles)
        if _names_edition(title) and normalise(bare_title(title)) in self._titles:
            return Match.EXACT
        return _slip(asked, self._titles)

    def other_work(self, parsed: ParsedTitle, title: str = "") -> str | None:
        """Return the marker that makes a release another work than the album.

        What does not say that it is live is another work than a live album if it came
        out in another year.
        """
        if strange := (parsed.edition & _WORKS) - self.kinds:
            return min(strange)
        own = (*self.titles, *self.artist_names)
        is_exempt = self.wanted.is_classical or "live" in self.kinds
        if not is_exempt and (word := derived_word(title, own)):
            return word
        is_dated = parsed.year is not None and parsed.year not in self.years
        return "studio" if is_dated and self.is_vague(parsed) else None

    @property
    def has_namesakes(self) -> bool:
        """Return whether the artist may have other albums of that name."""
        album = self.album
        is_own_name = normalise(album.title) in self._artists
        return bool(album.disambiguation or album.secondary_types or is_own_name)

    def is_of_namesake(self, parsed: ParsedTitle) -> bool:
        """Return whether a title tells the year of another album of the artist's name.

        What says that it is a later edition is one.
        """
        if parsed.year in self.years or parsed.edition & _LATER:
            return False
        return normalise(self.album.title) in self._artists

    def is_vague(self, parsed: ParsedTitle) -> bool:
        """Return whether a release may as well be a namesake: a studio album, say."""
        missing = self._unsaid_kinds - parsed.edition
        return bool(missing) and parsed.year not in self.years

    @cached_property
    def _unsaid_kinds(self) -> frozenset[str]:
        kinds = {kind.casefold() for kind in self.album.secondary_types} & _NAMESAKES
        return frozenset(kinds - self._title_kinds)


def _names_edition(title: str) -> bool:
    """Return whether a title has a word of an edition, so that it has a shorter form."""
    found = (meaning(word) for word in _SPLIT.split(title))
    return "box" in title.lower() or any(
        one is not None and one.strength is EDITION for one in found
    )


def _slip(asked: str, names: Collection[str]) -> Match:
    is_slip = any(_is_slip(asked, known) for known in names)
    return Match.SLIP if is_slip else Match.NONE


def _is_slip(asked: str, known: str) -> bool:
    """Return whether two names differ by one letter, inside one long word."""
    if not -1 <= len(asked) - len(known) <= 1:
        return False
    pairs = list(zip(asked.split(), known.split(), strict=False))
    if len(pairs) != len(asked.split()) or len(pairs) != len(known.split()):
        return False
    strange = [(one, other) for one, other in pairs if one != other]
    if len(strange) != 1:
        return False
    one, other = strange[0]
    is_long = min(len(one), len(other)) >= _LEAST_LETTERS
    is_close = Levenshtein.distance(one, other, score_cutoff=1) <= 1
    return is_long and one[0] == other[0] and one[-1] == other[-1] and is_close
