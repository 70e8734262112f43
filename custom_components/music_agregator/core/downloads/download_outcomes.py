"""DownloadOutcomes: how a download ends is committed with its row and its blocks."""

from collections.abc import Mapping
from dataclasses import dataclass
import os
from pathlib import PurePosixPath

from sqlalchemy import Connection

from ..common.clock import Clock
from ..events.journal import Journal
from ..library.audio_files import is_audio
from ..model import Download, DownloadStatus, Extent, Reason, Run, WorkflowStatus as S
from ..settings import Settings
from ..store import blocklist, downloads, runs
from ..store.database import Database
from ..torrents.client import TorrentState
from ..torrents.remover import Remover
from ..workflow.end_reasons import end_data
from .inspector import NOT_INSIDE, Inspection


@dataclass(eq=False, kw_only=True, repr=False)
class DownloadOutcomes:
    """Ends downloads."""

    database: Database
    journal: Journal
    remover: Remover
    settings: Settings
    clock: Clock

    async def removed(self, run: Run, download: Download) -> Run:
        """End a run whose torrent the user removed."""
        data = end_data("removed_in_client")
        return await self._end(run, download, S.CANCELLED, data, is_there=False)

    async def left_out(self, run: Run, download: Download) -> Run:
        """Cancel a run because the user deselected all of the album's files.

        The torrent stays in the client, and other runs that share it keep it.
        """

        def mark(connection: Connection, moved: Run) -> Run:
            if not downloads.is_held_by_others(connection, moved):
                downloads.mark(
                    connection,
                    download.download_id,
                    DownloadStatus.CANCELLED,
                    self.clock.now(),
                    seen=False,
                )
            return moved

        return await self.journal.record(
            run, S.CANCELLED, end_data("left_out"), also=mark
        )

    async def finish(
        self, run: Run, download: Download, state: TorrentState, found: Inspection
    ) -> Run:
        """End a run with its music on disk."""
        names = [file.name for file in found.files]
        data = {
            "path": self._path(download, state, names),
            "files": len(names),
            "tracks": sum(map(is_audio, names)),
            "size_bytes": sum(f.size_bytes for f in found.files) or state.size_bytes,
            "quality": str(found.quality or download.quality),
            "looked_into": found.quality is not None,
            "title": download.title,
        }
        return await self._end(run, download, S.DOWNLOADED, data, is_there=True)

    async def fail(self, run: Run, download: Download, wrong: Reason) -> Run:
        """Give a torrent up and never take it again; the next candidate follows.

        Its data goes, too, unless another run holds it, or a run once ended with it:
        its disk may only be away. Such a torrent, and a pack without the album, is
        blocked for this album only.
        """
        now = self.clock.now()
        is_owned = await self.database.read(runs.got, download_id=download.download_id)

        def give_up(connection: Connection, moved: Run) -> Run:
            for_album = is_owned or wrong.code == NOT_INSIDE
            blocklist.add(
                connection,
                blocklist.names_of(download),
                title=download.title,
                reason=wrong.code,
                at=now,
                album_id=run.album_id if for_album else None,
            )
            if not is_owned:
                status = DownloadStatus.DOWNLOAD_FAILED
                downloads.give_up(connection, moved, status, now, delete_files=True)
            return moved

        failed = await self.journal.record(
            run,
            S.DOWNLOAD_FAILED,
            {**end_data(wrong.code, **wrong.details), "title": download.title},
            also=give_up,
        )
        self.remover.remove_soon()
        return failed

    def _path(
        self, download: Download, state: TorrentState, names: list[str]
    ) -> str | None:
        """Return where the music is, as this machine sees it."""
        path = state.path
        if download.extent is not Extent.WHOLE and state.folder and names:
            parents = [str(PurePosixPath(name).parent) for name in names]
            path = f"{state.folder.rstrip('/')}/{os.path.commonpath(parents)}"
        return self.settings.at_home(path) if path else None

    async def _end(
        self,
        run: Run,
        download: Download,
        status: S,
        data: Mapping[str, object],
        *,
        is_there: bool,
    ) -> Run:
        """Commit how a download ended, with its row."""

        def mark(connection: Connection, moved: Run) -> Run:
            downloads.mark(
                connection,
                download.download_id,
                DownloadStatus(status.value),
                self.clock.now(),
                seen=is_there,
            )
            return moved

        return await self.journal.record(run, status, data, also=mark)
