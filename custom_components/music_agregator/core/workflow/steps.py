"""MonitorWorkflow: the steps from a request to a torrent in the client.

A step finds a run in one committed status and commits the next, so that resuming is
nothing special: a run goes on from whatever status the store has.
"""

from dataclasses import replace
import logging
from typing import Any

from sqlalchemy import Connection

from ..common.clock import Clock
from ..common.retry import LONGEST_PAUSE, Retry
from ..errors import AlbumMergedError, ClientRefusedError, NoIndexersError
from ..events.journal import Journal
from ..library.index import LibraryIndex, LibraryMatch
from ..library.owned import OwnedDownloads
from ..metadata.service import MusicAgregatorService
from ..model import Album, Download, DownloadStatus, Run, WorkflowStatus as S
from ..search.queries import queries_for
from ..search.service import IndexerService
from ..settings import Settings
from ..store import blocklist, downloads
from ..store.database import Database
from ..torrents.manager import TorrentManager
from .outcomes import outcome_data
from .registry import LiveRun, load_download
from .selection import CandidateSelector

_LOGGER = logging.getLogger(__name__)


class MonitorWorkflow:
    """The steps of a run in `fetching_metadata`, `checking_owned`, `adding_torrent`."""

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        service: MusicAgregatorService,
        owned: OwnedDownloads,
        index: LibraryIndex,
        indexers: IndexerService,
        manager: TorrentManager,
        selector: CandidateSelector,
        client_retry: Retry,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._journal = journal
        self._service = service
        self._owned = owned
        self._index = index
        self._indexers = indexers
        self._manager = manager
        self._selector = selector
        self._client_retry = client_retry
        self._settings = settings
        self._clock = clock

    async def fetch_metadata(self, live: LiveRun) -> Run:
        """Fetch and save the album. Raises AlbumMergedError."""
        run = live.run
        album = await self._service.available_album(run.album_id)
        if album.album_id != run.album_id:
            raise AlbumMergedError(album_id=album.album_id)

        def name(_: Connection, moved: Run) -> Run:
            return replace(moved, artist=album.artist, album_title=album.title)

        return await self._journal.record(
            run, S.CHECKING_OWNED, _album_data(album), also=name
        )

    async def check_owned(self, live: LiveRun) -> Run:
        """End a run whose album is owned. Raises NoIndexersError."""
        run = live.run
        album = await self._service.saved_album(run.album_id)
        owned = await self._client_retry.call(
            lambda: self._owned.find(
                album, run.quality, self._settings.preferences.quality
            )
        )
        if owned is not None:
            owner, download = owned
            data = outcome_data(
                "already_owned", quality=str(download.quality), owner=owner.run_id
            )
            return await self._journal.record(run, S.ALREADY_OWNED, data)
        match, is_unknown = await self._find_in_library(run, album)
        if match is not None:
            data = outcome_data(
                "in_library", quality=str(match.quality), folder=match.folder
            )
            return await self._journal.record(run, S.ALREADY_OWNED, data)
        if not self._indexers.names:
            raise NoIndexersError
        queries = [query.text for query in queries_for(album)]
        searching: dict[str, Any] = {
            "queries": queries,
            "indexers": self._indexers.names,
        }
        if is_unknown:
            searching["library"] = "unknown"
        return await self._journal.record(run, S.SEARCHING, searching)

    async def _find_in_library(
        self, run: Run, album: Album
    ) -> tuple[LibraryMatch | None, bool]:
        """Return the album in the library, and whether a part of that is away.

        Waits for that part if the user prefers it.
        """
        preferences = self._settings.preferences.quality
        while True:
            match = await self._index.find(album, run.quality, preferences)
            if match is not None or not await self._index.is_away():
                return match, False
            if not self._settings.waits_for_library:
                return None, True
            while await self._index.is_away():
                await self._clock.sleep(LONGEST_PAUSE)
            await self._index.scan()

    async def hand_over(self, live: LiveRun) -> Run:
        """Give the saved torrent to the client, unless it has it.

        A torrent that the client refuses is blocked, and the next candidate follows.
        """
        run = live.run
        download = await load_download(self._database, live)
        try:
            await self._manager.hand_over(run, download)
        except ClientRefusedError as error:
            _LOGGER.debug("Run %s: %s", run.run_id, error)
            await self._database.write(_block, download=download, at=self._clock.now())
            return await self._selector.pick(live)

        def mark(connection: Connection, moved: Run) -> Run:
            row = downloads.get(connection, download.download_id)
            # Another run may have its part of it already, and holds it.
            is_done = row is not None and row.status is DownloadStatus.DOWNLOADED
            downloads.mark(
                connection,
                download.download_id,
                DownloadStatus.DOWNLOADED if is_done else DownloadStatus.DOWNLOADING,
                self._clock.now(),
                seen=True,
            )
            return moved

        return await self._journal.record(
            run,
            S.COMPLETE,
            {
                "title": download.title,
                "quality": str(download.quality),
                "size_bytes": download.size_bytes,
                "info_hash": download.hashes.ids[0],
            },
            also=mark,
        )


def _block(connection: Connection, download: Download, at: float) -> None:
    """Give up a torrent that the client refused, and never take it again."""
    blocklist.add(
        connection,
        blocklist.names_of(download),
        title=download.title,
        reason=ClientRefusedError.code,
        at=at,
    )
    downloads.mark(
        connection,
        download.download_id,
        DownloadStatus.DOWNLOAD_FAILED,
        at,
        delete_files=True,
    )


def _album_data(album: Album) -> dict[str, Any]:
    return {
        "artists": list(album.artists),
        "first_release_date": album.first_release_date,
        "track_count": album.track_count,
        "length_ms": album.length_ms,
        "has_cover": album.has_cover,
    }
