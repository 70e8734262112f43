"""OwnedDownloads: finished downloads of ours that are still in the client."""

import asyncio

from sqlalchemy import Connection

from ..model import Album, Download, Extent, Run
from ..quality import QualityPreferences, QualityProfile, position_in_profile
from ..store import downloads, runs
from ..store.database import Database
from ..torrents.client import Phase, Snapshot, TorrentClient, TorrentState, find
from .packs import album_files, is_whole


class OwnedDownloads:
    """Finds albums that were downloaded before."""

    def __init__(self, database: Database, client: TorrentClient) -> None:
        self._database = database
        self._client = client

    async def find(
        self, album: Album, profile: QualityProfile, preferences: QualityPreferences
    ) -> tuple[Run, Download] | None:
        """Return the run, and its download, that got an album in an accepted quality.

        Music in a lesser quality than wanted is not owned. Raises
        ClientUnavailableError, ClientAuthError when the client must be asked.
        """
        kept = await self._database.read(_finished, album_id=album.album_id)
        good = [
            (run, download)
            for run, download in kept
            if (run.quality is profile and not run.ladder)
            or position_in_profile(download.quality, profile, preferences=preferences)
            is not None
        ]
        if not good:
            return None
        snapshot = await self._client.snapshot()
        for run, download in good:
            if await self._is_there(snapshot, album, download):
                return run, download
        return None

    async def _is_there(
        self, snapshot: Snapshot, album: Album, download: Download
    ) -> bool:
        """Return whether the client still has all of an album that was downloaded."""
        state = find(snapshot, download.hashes)
        if state is None:
            return False
        if download.extent is Extent.WHOLE:
            return _is_whole_torrent(state)
        # The pack may have been added again, for another album of it.
        files = await self._client.files(state.torrent_id)
        files = await asyncio.to_thread(album_files, files, album)
        wanted = [file for file in files if file.is_wanted]
        return bool(wanted) and is_whole(wanted)


def _is_whole_torrent(state: TorrentState) -> bool:
    """Return whether all of a torrent is there: finished, or only being checked."""
    return state.phase is Phase.FINISHED or (
        state.phase is Phase.WAITING and state.progress >= 1.0
    )


def _finished(connection: Connection, album_id: str) -> list[tuple[Run, Download]]:
    pairs = (
        (run, downloads.get(connection, run.download_id or ""))
        for run in runs.downloaded(connection, album_id)
    )
    return [(run, download) for run, download in pairs if download is not None]
