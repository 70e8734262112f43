"""Reconciler: a torrent of ours is missing from the client: add it again, ask, or cancel.

Whether everything of ours is gone at once, as after a wipe, `wipe_suspects.py` says. The
opposite, a torrent of ours that has no row, is `background/adopter.py`.
"""

from dataclasses import dataclass
from enum import StrEnum
import logging

from ..common.clock import Clock
from ..model import Download, DownloadStatus, Run
from ..store import downloads
from ..store.database import Database
from .client import WatchedClient, find
from .handover import TorrentHandover
from .missing_prompts import MissingTorrentPrompts
from .wipe_suspects import WipeSuspects

_LOGGER = logging.getLogger(__name__)


class MissingVerdict(StrEnum):
    """What has become of a torrent that was not listed."""

    PRESENT = "present"
    REMOVED = "removed"
    UNKNOWN = "unknown"


@dataclass(eq=False, kw_only=True, repr=False)
class Reconciler:
    """Judges missing torrents."""

    database: Database
    client: WatchedClient
    handover: TorrentHandover
    suspects: WipeSuspects
    prompts: MissingTorrentPrompts
    clock: Clock

    async def reconcile(self, run: Run, download: Download) -> MissingVerdict:
        """Find out about a torrent that was not listed for a while.

        What the client has never seen is added. If others of ours are there, the user
        removed this one. If all of ours are gone, the client was wiped, and they are
        added again. With one torrent only that cannot be told, so the user is asked.
        Raises ClientRefusedError.
        """
        return await self.client.until_available(lambda: self._reconcile(run, download))

    async def _reconcile(self, run: Run, download: Download) -> MissingVerdict:
        async with self.client.lock:
            snapshot = await self.client.snapshot()
            if find(snapshot, download.hashes):
                return MissingVerdict.PRESENT
            known = await self.suspects.review(snapshot)
            if download.download_id in known:
                verdict = await self._judge_seen(run, download, known)
                if verdict is not None:
                    return verdict
            elif await self._is_given_up(download):
                return MissingVerdict.REMOVED
            _LOGGER.warning("qBittorrent lost the torrent of run %s", run.run_id)
            await self.handover.add(run, download)
            await self.database.write(
                downloads.mark,
                download_id=download.download_id,
                status=DownloadStatus.DOWNLOADING,
                at=self.clock.now(),
                seen=True,
            )
            return MissingVerdict.PRESENT

    async def _judge_seen(
        self, run: Run, download: Download, known: dict[str, Download]
    ) -> MissingVerdict | None:
        """Judge a torrent that the client had once; None if it is to be added again."""
        if not self.suspects.includes(download):
            return MissingVerdict.REMOVED
        # A finished torrent may have been tidied away long ago.
        lost = {
            name
            for name in self.suspects.of(known)
            if known[name].status is not DownloadStatus.DOWNLOADED
        }
        if len(lost) > 1:
            await self.database.write(downloads.mark_unseen, ids=lost)
            return None
        add_again = self.prompts.ask(run)
        if add_again is None:
            return MissingVerdict.UNKNOWN
        return None if add_again else MissingVerdict.REMOVED

    async def _is_given_up(self, download: Download) -> bool:
        row = await self.database.read(downloads.get, download_id=download.download_id)
        return row is None or row.status is DownloadStatus.CANCELLED
