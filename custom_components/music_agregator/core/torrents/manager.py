"""TorrentManager: which torrents of ours the client has, and how they get there.

One decision at a time: a hand-over, a removal and a verdict on a missing torrent never
look at the client while another of them changes it.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
import logging

from ..common.clock import Clock
from ..common.retry import Retry
from ..model import Download, DownloadStatus, Extent, Run
from ..settings import Settings
from ..store import downloads
from ..store.database import Database
from .client import TAG, NewTorrent, Snapshot, TorrentClient, find, is_ours, run_tag
from .disk_space import DiskSpace
from .missing import MissingTorrentPrompts
from .remover import CLIENT_UNAVAILABLE

_LOGGER = logging.getLogger(__name__)

# How long a run waits before it checks again whether there is room (seconds).
_ROOM_SECONDS = 60.0


class MissingVerdict(StrEnum):
    """What has become of a torrent that was not listed."""

    PRESENT = "present"
    REMOVED = "removed"
    UNKNOWN = "unknown"


class TorrentManager:
    """Hands torrents over, and judges what is missing and why."""

    def __init__(
        self,
        *,
        database: Database,
        client: TorrentClient,
        retry: Retry,
        disk_space: DiskSpace,
        prompts: MissingTorrentPrompts,
        lock: asyncio.Lock,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._client = client
        self._retry = retry
        self._disk_space = disk_space
        self._prompts = prompts
        self._lock = lock
        self._settings = settings
        self._clock = clock
        # The downloads in doubt; None until they were read.
        self._maybe_wiped: set[str] | None = None

    async def hand_over(self, run: Run, download: Download) -> None:
        """Ensure that the client has a saved download, however long it is away.

        Waits while there is too little room for it. Raises ClientRefusedError,
        ClientAuthError.
        """
        try:
            while not await self._retry.call(lambda: self._ensure_added(run, download)):
                await self._clock.sleep(_ROOM_SECONDS)
        finally:
            self._disk_space.clear(run)

    async def judge_missing(self, run: Run, download: Download) -> MissingVerdict:
        """Find out about a torrent that was not listed for a while.

        What the client has never seen is added. If others of ours are there, the user
        removed this one. If all of ours are gone, the client was wiped, and they are
        added again. With one torrent only that cannot be told, so the user is asked.
        Raises ClientRefusedError.
        """
        return await self._retry.call(
            lambda: self._judge_missing(run, download), retry_on=CLIENT_UNAVAILABLE
        )

    async def mark_present(self, download: Download) -> Download:
        """Record that the client has a torrent, clear any doubt, and return its row."""
        name = download.download_id
        is_doubted = download.in_doubt or name in (self._maybe_wiped or ())
        if download.seen and not is_doubted:
            return download
        await self._clear_doubt({name})
        return replace(download, seen=True, in_doubt=False)

    async def _ensure_added(self, run: Run, download: Download) -> bool:
        """Add a torrent that is not there; return False if there is no room for it."""
        tags = self._tags(run)
        async with self._lock:
            snapshot = await self._client.snapshot()
            state = find(snapshot, download.hashes)
            if state is None:
                await self._review(snapshot)
                await self._restart_finished(download)
                size = 0
                if download.extent is Extent.WHOLE:
                    size = download.size_bytes or 0
                if not await self._disk_space.has_room(run, size, snapshot):
                    return False
                await self._add(run, download)
            elif (
                is_ours(state, self._settings.instance) and not set(tags) <= state.tags
            ):
                await self._client.add_tags(state.torrent_id, tags)
        return True

    async def _judge_missing(self, run: Run, download: Download) -> MissingVerdict:
        async with self._lock:
            snapshot = await self._client.snapshot()
            if find(snapshot, download.hashes):
                return MissingVerdict.PRESENT
            known = await self._review(snapshot)
            if download.download_id in known:
                verdict = await self._judge_seen(run, download, known)
                if verdict is not None:
                    return verdict
            elif await self._is_given_up(download):
                return MissingVerdict.REMOVED
            _LOGGER.warning("qBittorrent lost the torrent of run %s", run.run_id)
            await self._add(run, download)
            await self._database.write(
                downloads.mark,
                download_id=download.download_id,
                status=DownloadStatus.DOWNLOADING,
                at=self._clock.now(),
                seen=True,
            )
            return MissingVerdict.PRESENT

    async def _judge_seen(
        self, run: Run, download: Download, known: dict[str, Download]
    ) -> MissingVerdict | None:
        """Judge a torrent that the client had once; None if it is to be added again."""
        doubted = self._maybe_wiped or set()
        if download.download_id not in doubted:
            return MissingVerdict.REMOVED
        # A finished torrent may have been tidied away long ago.
        lost = {
            name
            for name in doubted & set(known)
            if known[name].status is not DownloadStatus.DOWNLOADED
        }
        if len(lost) > 1:
            await self._database.write(downloads.mark_unseen, ids=lost)
            return None
        add_again = self._prompts.ask(run)
        if add_again is None:
            return MissingVerdict.UNKNOWN
        return None if add_again else MissingVerdict.REMOVED

    async def _review(self, snapshot: Snapshot) -> dict[str, Download]:
        """Return what the client had of ours; if all is gone, put all of it in doubt."""
        known = {d.download_id: d for d in await self._database.read(downloads.seen)}
        if self._maybe_wiped is None:
            self._maybe_wiped = {name for name, one in known.items() if one.in_doubt}
        there = {name for name, d in known.items() if find(snapshot, d.hashes)}
        if not there and (doubted := set(known) - self._maybe_wiped):
            await self._database.write(downloads.mark_missing, ids=doubted)
            self._maybe_wiped |= doubted
        await self._clear_doubt(self._maybe_wiped & there)
        return known

    async def _clear_doubt(self, ids: Iterable[str]) -> None:
        """Record that the client has these."""
        present = set(ids)
        if present:
            await self._database.write(downloads.mark_seen, ids=present)
        if self._maybe_wiped is not None:
            self._maybe_wiped -= present

    async def _restart_finished(self, download: Download) -> None:
        """Record that finished music has left the client."""
        if download.status is DownloadStatus.DOWNLOADED:
            await self._database.write(
                downloads.mark,
                download_id=download.download_id,
                status=DownloadStatus.SAVED,
                at=self._clock.now(),
                seen=False,
            )

    async def _is_given_up(self, download: Download) -> bool:
        row = await self._database.read(downloads.get, download_id=download.download_id)
        return row is None or row.status is DownloadStatus.CANCELLED

    async def _add(self, run: Run, download: Download) -> None:
        is_whole = download.extent is Extent.WHOLE
        if not is_whole:
            await self._database.write(
                downloads.set_extent,
                download_id=download.download_id,
                extent=Extent.TO_CHOOSE,
            )
        await self._client.add(
            NewTorrent(
                link=download.link,
                hashes=download.hashes,
                tags=self._tags(run),
                category=self._settings.category,
                save_path=self._settings.save_path,
                is_held=not is_whole,
            )
        )
        if self._maybe_wiped is not None:
            self._maybe_wiped.discard(download.download_id)

    def _tags(self, run: Run) -> list[str]:
        return [TAG, run_tag(self._settings.instance, run.run_id)]
