"""Custody: which torrents of ours the client has, and what is done about it.

One decision at a time: a hand-over, a removal and the question "who took it away?" never
look at the client while another of them changes it.
"""

import asyncio
from dataclasses import replace
from enum import StrEnum
import logging

from ..common.clock import Clock
from ..common.retry import Retry
from ..common.tasks import Spawn
from ..model import (
    Download,
    DownloadStatus,
    Extent,
    Run,
)
from ..settings import Settings
from ..store import downloads
from ..store.database import Database
from .client import (
    TAG,
    NewTorrent,
    Snapshot,
    TorrentClient,
    find,
    is_ours,
    run_tag,
)
from .disk_space import DiskSpace
from .missing import MissingTorrentPrompts
from .remover import CLIENT_UNAVAILABLE, Remover

_LOGGER = logging.getLogger(__name__)

# How long a run waits before it looks again whether there is room (seconds).
_ROOM_SECONDS = 60.0


class MissingVerdict(StrEnum):
    """What has become of a torrent that was not listed."""

    PRESENT = "present"
    REMOVED = "removed"
    UNKNOWN = "unknown"


class TorrentManager:
    """Hands over, takes back, and finds out what is missing and why."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        database: Database,
        client: TorrentClient,
        retry: Retry,
        spawn: Spawn,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._database = database
        self._client = client
        self._retry = retry
        self._one_decision = asyncio.Lock()
        # None until it was read.
        self._in_doubt: set[str] | None = None
        self.questions = MissingTorrentPrompts()
        self.space = DiskSpace(settings)
        self.remover = Remover(
            settings, clock, database, client, retry, spawn, self._one_decision
        )

    async def hand_over(self, run: Run, download: Download) -> None:
        """See to it that the client has a saved download, however long it is away.

        Waits while there is too little room for it. Raises ClientRefusedError,
        ClientAuthError.
        """
        try:
            while not await self._retry.call(lambda: self._ensure_added(run, download)):
                await self._clock.sleep(_ROOM_SECONDS)
        finally:
            self.space.clear(run)

    async def fate(self, run: Run, download: Download) -> MissingVerdict:
        """Find out about a torrent that was not listed for a while.

        What the client has never seen is added. Others of ours are there: a person
        removed this one. All of ours are gone: the client was wiped, and has never
        seen any of them. With one torrent nobody can tell: a person is asked.
        """
        return await self._retry.call(
            lambda: self._fate(run, download), retry_on=CLIENT_UNAVAILABLE
        )

    async def found(self, download: Download) -> Download:
        """Note that a torrent is there, whatever was thought of it; return it so."""
        name = download.download_id
        is_doubted = download.in_doubt or name in (self._in_doubt or ())
        if download.seen and not is_doubted:
            return download
        await self._settle({name})
        return replace(download, seen=True, in_doubt=False)

    async def _ensure_added(self, run: Run, download: Download) -> bool:
        """Add a torrent that is not there; say whether there is room for it."""
        tags = [TAG, run_tag(self._settings.instance, run.run_id)]
        async with self._one_decision:
            snapshot = await self._client.snapshot()
            state = find(snapshot, download.hashes)
            if state is None:
                await self._look(snapshot)
                await self._begin_anew(download)
                size = 0
                if download.extent is Extent.WHOLE:
                    size = download.size_bytes or 0
                if not await self.space.has_room(run, size, snapshot):
                    return False
                await self._add(run, download)
            elif (
                is_ours(state, self._settings.instance) and not set(tags) <= state.tags
            ):
                await self._client.add_tags(state.torrent_id, tags)
        return True

    async def _fate(self, run: Run, download: Download) -> MissingVerdict:
        async with self._one_decision:
            snapshot = await self._client.snapshot()
            if find(snapshot, download.hashes):
                return MissingVerdict.PRESENT
            known = await self._look(snapshot)
            if download.download_id in known:
                doubted = self._in_doubt or set()
                if download.download_id not in doubted:
                    return MissingVerdict.REMOVED
                # What has finished may have been tidied away long ago.
                lost = {
                    name
                    for name in doubted & set(known)
                    if known[name].status is not DownloadStatus.DOWNLOADED
                }
                if len(lost) > 1:
                    await self._database.write(downloads.mark_unseen, ids=lost)
                else:
                    add_again = self.questions.ask(run)
                    if add_again is None:
                        return MissingVerdict.UNKNOWN
                    if not add_again:
                        return MissingVerdict.REMOVED
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

    async def _look(self, snapshot: Snapshot) -> dict[str, Download]:
        """Return what the client had of ours; if all is gone, note who is in doubt."""
        known = {d.download_id: d for d in await self._database.read(downloads.seen)}
        if self._in_doubt is None:
            self._in_doubt = {name for name, one in known.items() if one.in_doubt}
        there = {name for name, d in known.items() if find(snapshot, d.hashes)}
        if not there and (doubted := set(known) - self._in_doubt):
            await self._database.write(downloads.mark_missing, ids=doubted)
            self._in_doubt |= doubted
        await self._settle(self._in_doubt & there)
        return known

    async def _settle(self, ids: set[str]) -> None:
        """Doubt no longer: these are there."""
        if ids:
            await self._database.write(downloads.mark_seen, ids=ids)
        if self._in_doubt is not None:
            self._in_doubt -= ids

    async def _begin_anew(self, download: Download) -> None:
        """Say of finished music that has left the client that it is not there."""
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
                tags=[TAG, run_tag(self._settings.instance, run.run_id)],
                category=self._settings.category,
                save_path=self._settings.save_path,
                is_held=not is_whole,
            )
        )
        if self._in_doubt is not None:
            self._in_doubt.discard(download.download_id)
