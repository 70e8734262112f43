"""TorrentHandover: give saved downloads to the client, each once, however long it is away."""

from dataclasses import dataclass

from ..common.clock import Clock
from ..errors import UnavailableError
from ..model import Download, DownloadStatus, Extent, Run
from ..settings import Settings
from ..store import downloads
from ..store.database import Database
from .client import NewTorrent, WatchedClient, find
from .disk_space import DiskSpace
from .own_folder import own_folder
from .tags import TAG, is_ours, run_tag
from .wipe_suspects import WipeSuspects

# How long a run waits before it checks again whether there is room (seconds).
_ROOM_SECONDS = 60.0


@dataclass(eq=False, kw_only=True, repr=False)
class TorrentHandover:
    """Adds torrents."""

    database: Database
    client: WatchedClient
    disk_space: DiskSpace
    suspects: WipeSuspects
    settings: Settings
    clock: Clock

    async def hand_over(self, run: Run, download: Download) -> None:
        """Ensure that the client has a saved download.

        Waits while there is too little room for it. Raises ClientRefusedError,
        ClientAuthError.
        """
        try:
            while not await self.client.until_available(
                lambda: self._ensure_added(run, download), retry_on=(UnavailableError,)
            ):
                await self.clock.sleep(_ROOM_SECONDS)
        finally:
            self.disk_space.clear(run)

    async def add(self, run: Run, download: Download) -> None:
        """Add a torrent; the caller holds the client's lock. Raises ClientRefusedError."""
        is_whole = download.extent is Extent.WHOLE
        if not is_whole:
            await self.database.write(
                downloads.set_extent,
                download_id=download.download_id,
                extent=Extent.TO_CHOOSE,
            )
        await self.client.add(
            NewTorrent(
                link=download.link,
                hashes=download.hashes,
                tags=self._tags(run),
                category=self.settings.category,
                folder=own_folder(run, download),
                save_path=self.settings.save_path,
                is_held=not is_whole,
            )
        )
        self.suspects.discard(download)

    async def _ensure_added(self, run: Run, download: Download) -> bool:
        """Add a torrent that is not there; return False if there is no room for it."""
        tags = self._tags(run)
        async with self.client.lock:
            snapshot = await self.client.snapshot()
            state = find(snapshot, download.hashes)
            if state is None:
                await self.suspects.review(snapshot)
                await self._reset_finished(download)
                is_whole = download.extent is Extent.WHOLE
                size = download.size_bytes or 0 if is_whole else 0
                if not await self.disk_space.has_room(run, size, snapshot):
                    return False
                await self.add(run, download)
            elif is_ours(state, self.settings.instance) and not set(tags) <= state.tags:
                await self.client.add_tags(state.torrent_id, tags)
        return True

    async def _reset_finished(self, download: Download) -> None:
        """Record that finished music has left the client."""
        if download.status is DownloadStatus.DOWNLOADED:
            await self.database.write(
                downloads.mark,
                download_id=download.download_id,
                status=DownloadStatus.SAVED,
                at=self.clock.now(),
                seen=False,
            )

    def _tags(self, run: Run) -> list[str]:
        return [TAG, run_tag(self.settings.instance, run.run_id)]
