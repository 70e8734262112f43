"""HandoverStep: give the saved torrent to the client, or pick another one if it refuses."""

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


class HandoverStep:
    """The step of a run in `adding_torrent`."""

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        handover: TorrentHandover,
        selector: CandidateSelector,
        clock: Clock,
    ) -> None:
        self._database = database
        self._journal = journal
        self._handover = handover
        self._selector = selector
        self._clock = clock

    async def take(self, live: LiveRun) -> Run:
        """Give the torrent to the client, unless it has it.

        A torrent that the client refuses is blocked, and the next candidate follows.
        Raises ClientAuthError.
        """
        run = live.run
        download = await load_download(self._database, live)
        try:
            await self._handover.hand_over(run, download)
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
