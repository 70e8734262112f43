"""Case: one release beside the wanted album, as every rule sees it."""

from dataclasses import dataclass
from functools import cached_property

from ..model import Album, Release
from ..quality import Quality, QualityProfile, position_in_profile
from ..settings import Preferences
from ..titles import ParsedTitle
from ..titles.matching import AlbumMatcher
from ..titles.names import plain_words
from .sizes import Durations, kbps


@dataclass(frozen=True, kw_only=True)
class Case:
    """A parsed release and what is wanted."""

    matcher: AlbumMatcher
    profile: QualityProfile
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
    def position_in_profile(self) -> int | None:
        """Return the found quality's position in the wanted profile."""
        return position_in_profile(
            self.quality,
            self.profile,
            categories=self.release.categories,
            preferences=self.preferences.quality,
        )

    @cached_property
    def artist_value(self) -> float:
        """Return how well the artist fits (0 to 1); 1 if it names none."""
        artist = self.parsed.artist
        return 1.0 if artist is None else self.matcher.artist_value(artist)

    @cached_property
    def title_value(self) -> float:
        """Return how well the album's title fits (0 to 1); 1 if it names none."""
        album = self.parsed.album
        return 1.0 if album is None else self.matcher.title_value(album)

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
