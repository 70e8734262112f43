"""HandoverStep: give the saved torrent to the client, or pick another one if it refuses."""

from dataclasses import dataclass
import logging

from sqlalchemy import Connection

from ..common.clock import Clock
from ..errors import ClientRefusedError
from ..events.journal import Journal
from ..model import Download, DownloadStatus, Run, WorkflowStatus as S
from ..store import blocklist, downloads
from ..store.database import Database
from ..torrents.handover import TorrentHandover
from .registry import LiveRun, load_download
from .selection import CandidateSelector

_LOGGER = logging.getLogger(__name__)


@dataclass(eq=False, kw_only=True, repr=False)
class HandoverStep:
    """The step of a run in `adding_torrent`."""

    database: Database
    journal: Journal
    handover: TorrentHandover
    selector: CandidateSelector
    clock: Clock

    async def take(self, live: LiveRun) -> Run:
        """Give the torrent to the client, unless it has it.

        A torrent that the client refuses is blocked, and the next candidate follows.
        Raises ClientAuthError.
        """
        run = live.run
        download = await load_download(self.database, live)
        try:
            await self.handover.hand_over(run, download)
        except ClientRefusedError as error:
            _LOGGER.debug("Run %s: %s", run.run_id, error)
            await self.database.write(_block, download=download, at=self.clock.now())
            return await self.selector.pick(live)

        def mark(connection: Connection, moved: Run) -> Run:
            row = downloads.get(connection, download.download_id)
            # Another run may have its part of it already, and holds it.
            is_done = row is not None and row.status is DownloadStatus.DOWNLOADED
            downloads.mark(
                connection,
                download.download_id,
                DownloadStatus.DOWNLOADED if is_done else DownloadStatus.DOWNLOADING,
                self.clock.now(),
                seen=True,
            )
            return moved

        return await self.journal.record(
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
