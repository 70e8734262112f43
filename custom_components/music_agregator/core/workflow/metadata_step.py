"""MetadataStep: fetch the metadata of a run's album."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from ..errors import AlbumMergedError
from ..events.journal import Journal
from ..metadata.album_service import MusicAgregatorService
from ..model import Album, Run, WorkflowStatus as S
from .registry import LiveRun


@dataclass(eq=False, kw_only=True, repr=False)
class MetadataStep:
    """The step of a run in `fetching_metadata`."""

    journal: Journal
    service: MusicAgregatorService

    async def take(self, live: LiveRun) -> Run:
        """Fetch and save the album. Raises AlbumMergedError, AlbumNotFoundError."""
        run = live.run
        album = await self.service.available_album(run.album_id)
        if album.album_id != run.album_id:
            raise AlbumMergedError(album_id=album.album_id)

        def name(_: Connection, moved: Run) -> Run:
            return replace(moved, artist=album.artist, album_title=album.title)

        return await self.journal.record(
            run, S.CHECKING_OWNED, _album_data(album), also=name
        )


def _album_data(album: Album) -> dict[str, Any]:
    return {
        "artists": list(album.artists),
        "first_release_date": album.first_release_date,
        "track_count": album.track_count,
        "length_ms": album.length_ms,
        "has_cover": album.has_cover,
    }
