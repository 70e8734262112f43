"""AlbumMatcher: is a release the wanted album: artists, titles, other works, editions."""

from functools import cached_property
import re

from rapidfuzz.distance import Levenshtein

from ..model import Album, year_of
from .lexicon import meaning
from .meanings import OTHER_WORKS
from .names import VARIOUS_ARTISTS, normalise
from .parse import ParsedTitle, bare_title

# How good a match is a name with a slip of the pen, and in how long a word it may be.
SLIP = 0.6
_LEAST_LETTERS = 5

_FEATURING = re.compile(r"\s+[(\[]?(?:feat|ft|featuring)\b.*", re.IGNORECASE)
_BAND = re.compile(r"\s+(?:&|and|\+)\s+(?:the|his|her|their)\s.*", re.IGNORECASE)
_BESIDE = re.compile(r"\s*[,;&/+]\s*|\s+(?:and|und|y|et|vs?\.?|x)\s+")

# Kinds that titles do not distinguish.
_SAME_KINDS = (frozenset({"single", "ep"}), frozenset({"live", "acoustic"}))
_SPLIT = re.compile(r"[\s\-:()\[\]]+")
_WORKS = OTHER_WORKS | {"ep"}
# Kinds of albums that often bear the name of the studio album.
_NAMESAKES = frozenset({"live", "remix", "demo"})


class AlbumMatcher:
    """A wanted album whose names are normalized once for many releases."""

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
        """Return whether it is by various artists."""
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
        return frozenset(year for year in map(year_of, dates) if year)

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
        return frozenset(types | self._title_kinds)

    @cached_property
    def _title_kinds(self) -> frozenset[str]:
        """Return the markers that are words of its own titles."""
        words = (word for title in self.titles for word in _SPLIT.split(title))
        found = (meaning(word) for word in words)
        return frozenset(one.facts.get("edition", "") for one in found if one)

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
        leader = normalise(_BAND.sub("", alone))
        if leader in self._artists or normalise(alone) in self._leaders:
            return 0.8
        beside = {normalise(part) for part in _BESIDE.split(alone.casefold()) if part}
        if len(beside) > 1 and beside <= self._artists:
            return 0.9
        return SLIP if any(_is_slip(asked, known) for known in self._artists) else 0.0

    def title_value(self, title: str) -> float:
        """Return how well a title fits the album's (0 to 1): 0 is another album."""
        asked = normalise(title)
        if asked in self._titles or normalise(bare_title(title)) in self._titles:
            return 1.0
        return SLIP if any(_is_slip(asked, known) for known in self._titles) else 0.0

    def other_work(self, parsed: ParsedTitle) -> str | None:
        """Return the marker that makes a release another work than the album.

        What does not say that it is live is another work than a live album if it came
        out in another year.
        """
        if strange := (parsed.edition & _WORKS) - self.kinds:
            return min(strange)
        is_dated = parsed.year is not None and parsed.year not in self.years
        return "studio" if is_dated and self.is_vague(parsed) else None

    def is_vague(self, parsed: ParsedTitle) -> bool:
        """Return whether a release may as well be a namesake: a studio album, say."""
        missing = self._unsaid_kinds - parsed.edition
        return bool(missing) and parsed.year not in self.years

    @cached_property
    def _unsaid_kinds(self) -> frozenset[str]:
        kinds = {kind.casefold() for kind in self.album.secondary_types} & _NAMESAKES
        return frozenset(kinds - self._title_kinds)


def _is_slip(asked: str, known: str) -> bool:
    """Return whether two names differ by one letter, inside one long word."""
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
