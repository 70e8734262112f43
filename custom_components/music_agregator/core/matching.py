"""Is this release that album: artists, titles, other works, editions."""

from functools import cached_property
import re

from rapidfuzz import fuzz

from .model import Album
from .names import VARIOUS_ARTISTS, normalise
from .titles import ParsedTitle, bare_title
from .titles.meanings import OTHER_WORKS

# How alike two long names are that differ by a slip of the pen (0 to 100).
_ALIKE = 92.0
_LEAST_LETTERS = 10

_FEATURING = re.compile(r"\s+[(\[]?(?:feat|ft|featuring)\b.*", re.IGNORECASE)
_BAND = re.compile(r"\s+(?:&|and|\+)\s+(?:the|his|her|their)\s.*", re.IGNORECASE)
_BESIDE = re.compile(r"\s*[,;&/+]\s*|\s+(?:and|und|y|et|vs\.?|x)\s+")

_WORKS = OTHER_WORKS | {"ep"}
# Kinds of albums that often bear the name of the studio album.
_NAMESAKES = frozenset({"live", "remix", "demo"})


class Wanted:
    """A wanted album, its names normalised once for many releases."""

    def __init__(self, album: Album) -> None:
        self.album = album

    @cached_property
    def artist_names(self) -> tuple[str, ...]:
        """Return every name that its artist goes by."""
        album = self.album
        names = (album.artist, *album.artists, *album.aliases)
        return tuple(dict.fromkeys(name for name in names if name))

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """Return every title that it goes by, with and without words of an edition."""
        album = self.album
        editions = (edition.title for edition in album.editions)
        titles = [album.title, *album.title_aliases, *editions]
        besides = (album.disambiguation, *album.title_aliases)
        titles += [f"{album.title} {beside}" for beside in besides if beside]
        titles += [bare_title(title) for title in titles]
        return tuple(dict.fromkeys(title for title in titles if title))

    @cached_property
    def _artists(self) -> frozenset[str]:
        return frozenset(map(normalise, self.artist_names))

    @cached_property
    def _leaders(self) -> frozenset[str]:
        """Return the artists without their bands: `Bob` of `Bob & the Others`."""
        names = (_BAND.sub("", name) for name in self.artist_names)
        return frozenset(map(normalise, names))

    @cached_property
    def is_various(self) -> bool:
        """Say whether it is by various artists."""
        return not self._artists.isdisjoint(VARIOUS_ARTISTS)

    @cached_property
    def _titles(self) -> frozenset[str]:
        """Return the normal forms of its titles."""
        return frozenset(map(normalise, self.titles))

    @cached_property
    def years(self) -> frozenset[int]:
        """Return the years in which an edition came out."""
        album = self.album
        dates = (album.first_release_date, *(e.date for e in album.editions))
        return frozenset(int(d[:4]) for d in dates if d and d[:4].isdecimal())

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Return what kind of album it is, by type and by title."""
        album = self.album
        types = (album.primary_type or "", *album.secondary_types)
        words = {word for title in self.titles for word in normalise(title).split()}
        return frozenset({kind.casefold() for kind in types} | words)

    def artist_value(self, name: str) -> float:
        """Return how well a name fits the artist's (0 to 1): 0 is another artist.

        One of several artists, or a guest's company, is a good match; a slip of the
        pen in a long name is one too.
        """
        asked = normalise(name)
        if asked in self._artists:
            return 1.0
        if self.is_various:
            return 1.0 if asked in VARIOUS_ARTISTS else 0.0
        is_soundtrack = "soundtrack" in self.kinds
        if is_soundtrack and asked in VARIOUS_ARTISTS:
            return 0.8
        last, comma, first = name.partition(",")
        if comma and normalise(f"{first} {last}") in self._artists:
            return 1.0
        alone = _FEATURING.sub("", name)
        if normalise(alone) in self._artists:
            return 0.9
        if normalise(_BAND.sub("", alone)) in self._leaders:
            return 0.8
        beside = {normalise(part) for part in _BESIDE.split(alone.casefold()) if part}
        if len(beside) > 1 and beside <= self._artists:
            return 0.9
        return 0.8 if any(_is_slip(asked, known) for known in self._artists) else 0.0

    def title_value(self, title: str) -> float:
        """Return how well a title fits the album's (0 to 1): 0 is another album."""
        asked = normalise(title)
        if asked in self._titles or normalise(bare_title(title)) in self._titles:
            return 1.0
        return 0.6 if any(_is_slip(asked, known) for known in self._titles) else 0.0

    def other_work(self, parsed: ParsedTitle) -> str | None:
        """Return the marker that makes a release another work than the album.

        A live album that is called like the studio album needs to be called live, or
        to have its year.
        """
        if strange := (parsed.edition & _WORKS) - self.kinds:
            return min(strange)
        missing = self._unsaid_kinds - parsed.edition
        return "studio" if missing and parsed.year not in self.years else None

    @cached_property
    def _unsaid_kinds(self) -> frozenset[str]:
        kinds = {kind.casefold() for kind in self.album.secondary_types} & _NAMESAKES
        return frozenset(kinds - set(normalise(self.album.title).split()))


def _is_slip(asked: str, known: str) -> bool:
    """Say whether two long names differ by a letter or two, and in no number."""
    if min(len(asked), len(known)) < _LEAST_LETTERS:
        return False
    if fuzz.ratio(asked, known, score_cutoff=_ALIKE) < _ALIKE:
        return False
    return _numbers(asked) == _numbers(known)


def _numbers(name: str) -> list[str]:
    """Return the words that count: digits and Roman numerals."""
    return [w for w in name.split() if not w.isalpha() or not w.strip("ivxlc")]
