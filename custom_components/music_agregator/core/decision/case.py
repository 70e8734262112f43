"""Case: one release beside the wanted album, as every rule sees it."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ..model import Album, Release
from ..quality import LAST_PLACE, Quality, QualityProfile, position_in_profile
from ..settings import Preferences
from ..titles import ParsedTitle
from ..titles.matching import AlbumMatcher, Match
from ..titles.names import plain_words
from .sizes import Durations, kbps


class Place(NamedTuple):
    """A quality's position in a profile, and in a list of profiles (0 is best)."""

    profile: QualityProfile
    position: int
    in_ladder: int


def places_of(profile: QualityProfile) -> int:
    """Return how many places a profile has."""
    return LAST_PLACE[profile] + 1


@dataclass(eq=False, kw_only=True)
class Case:
    """A parsed release and what is wanted; not frozen, for it is made by the thousand."""

    matcher: AlbumMatcher
    ladder: tuple[QualityProfile, ...]
    preferences: Preferences
    durations: Durations | None
    release: Release
    parsed: ParsedTitle
    is_blocked: bool
    has_link: bool

    @property
    def album(self) -> Album:
        """Return the wanted album."""
        return self.matcher.album

    @property
    def quality(self) -> Quality:
        """Return the found quality."""
        return self.parsed.quality

    @cached_property
    def place(self) -> Place | None:
        """Return the found quality's place in the list of profiles, None if it has none."""
        before = 0
        for profile in self.ladder:
            position = position_in_profile(
                self.quality,
                profile,
                categories=self.release.categories,
                preferences=self.preferences.quality,
            )
            if position is not None:
                return Place(profile, position, before + position)
            before += places_of(profile)
        return None

    @property
    def profile(self) -> QualityProfile:
        """Return the first profile that accepts the quality, else the wanted one."""
        return self.place.profile if self.place else self.ladder[0]

    @cached_property
    def artist_match(self) -> Match:
        """Return how well the artist fits; a title that names none is no other's."""
        artist = self.parsed.artist
        return Match.EXACT if artist is None else self.matcher.artist_match(artist)

    @cached_property
    def title_match(self) -> Match:
        """Return how well the album's title fits; a title that names none is no other's."""
        album = self.parsed.album
        return Match.EXACT if album is None else self.matcher.title_match(album)

    @property
    def is_of_other_year(self) -> bool:
        """Return whether it says a year in which no edition came out."""
        year = self.parsed.year
        return year is not None and year not in self.matcher.years

    @cached_property
    def words(self) -> str:
        """Return the title's words, to search for whole words."""
        return plain_words(self.release.title)

    @cached_property
    def kbps(self) -> int | None:
        """Return the size as a bitrate over the usual edition, None if unknown."""
        size, length = self.release.size_bytes, self.durations
        return kbps(size, length.usual) if size and length else None

    @cached_property
    def has_larger_edition(self) -> bool:
        """Return whether an edition of the release's year has more tracks than the first."""
        year = str(self.parsed.year)
        counts = [
            edition.track_count or 0
            for edition in self.album.editions
            if (edition.date or "").startswith(year)
        ]
        return max(counts, default=0) > (self.album.track_count or 0)
