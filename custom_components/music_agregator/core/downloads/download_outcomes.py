"""Endings: how a download ends is committed with its row, and with what is blocked."""

from collections.abc import Mapping
from dataclasses import replace
import os
from pathlib import PurePosixPath

from sqlalchemy import Connection

from ..library.audio_files import is_audio
from ..model import (
    Download,
    DownloadStatus,
    Extent,
    Reason,
    Run,
    WorkflowStatus as S,
)
from ..parts import Parts
from ..store import (
    blocklist,
    downloads,
    runs,
)
from ..torrents.client import TorrentState
from ..workflow.outcomes import outcome_data
from ..workflow.registry import LiveRun
from .inspector import NOT_INSIDE, Inspection


class DownloadOutcomes:
    """Ends downloads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def removed(self, live: LiveRun, download: Download) -> Run:
        """End a run whose torrent a person removed."""
        return await self._end(
            live,
            download,
            S.CANCELLED,
            DownloadStatus.CANCELLED,
            outcome_data("removed_in_client"),
            seen=False,
        )

    async def left_out(self, live: LiveRun, download: Download) -> Run:
        """End a run of whose album a person wants nothing; its torrent is there yet.

        Who else holds it, holds it on.
        """

        def mark(connection: Connection, moved: Run) -> Run:
            holders = runs.holding(connection, download.download_id)
            if all(holder.run_id == moved.run_id for holder in holders):
                now = self._parts.clock.now()
                name, status = download.download_id, DownloadStatus.CANCELLED
                downloads.mark(connection, name, status, now, seen=False)
            return moved

        return await self._parts.journal.record(
            live.run, S.CANCELLED, outcome_data("left_out"), also=mark
        )

    async def finish(
        self, live: LiveRun, download: Download, state: TorrentState, look: Inspection
    ) -> Run:
        """End a run with its music on disk."""
        names = [file.name for file in look.files]
        data = {
            "path": self._path(download, state, names),
            "files": len(names),
            "tracks": sum(map(is_audio, names)),
            "size_bytes": sum(f.size_bytes for f in look.files) or state.size_bytes,
            "quality": str(look.quality or download.quality),
            "looked_into": look.quality is not None,
            "title": download.title,
        }
        return await self._end(
            live, download, S.DOWNLOADED, DownloadStatus.DOWNLOADED, data, seen=True
        )

    async def fail(self, live: LiveRun, download: Download, wrong: Reason) -> Run:
        """Give a torrent up and never take it again; the next candidate follows.

        Its data goes, too, unless another run holds it, or once got it whole: its disk
        may only be away. Music that somebody has, and a pack, are blocked only for the
        album that is not in them.
        """
        parts, run = self._parts, live.run
        now = parts.clock.now()
        is_owned = await parts.database.read(runs.got, download_id=download.download_id)
        given_up: list[Download] = []

        def give_up(connection: Connection, moved: Run) -> Run:
            given_up.clear()
            is_there = is_owned or wrong.code == NOT_INSIDE
            blocklist.add(
                connection,
                blocklist.names_of(download),
                title=download.title,
                reason=wrong.code,
                at=now,
                album_id=run.album_id if is_there else None,
            )
            if is_owned:
                return moved
            holders = runs.holding(connection, download.download_id)
            if all(holder.run_id == run.run_id for holder in holders):
                downloads.mark(
                    connection,
                    download.download_id,
                    DownloadStatus.DOWNLOAD_FAILED,
                    now,
                    seen=True,
                    delete_files=True,
                )
                given_up.append(replace(download, delete_files=True))
            return moved

        failed = await parts.journal.record(
            run,
            S.DOWNLOAD_FAILED,
            {**outcome_data(wrong.code, **wrong.details), "title": download.title},
            also=give_up,
        )
        for one in given_up:
            parts.custody.remover.take_back(one)
        return failed

    def _path(
        self, download: Download, state: TorrentState, names: list[str]
    ) -> str | None:
        """Return where the music lies, as this machine sees it."""
        path = state.path
        if download.extent is not Extent.WHOLE and state.folder and names:
            parents = [str(PurePosixPath(name).parent) for name in names]
            path = f"{state.folder.rstrip('/')}/{os.path.commonpath(parents)}"
        return self._parts.settings.at_home(path) if path else None

    async def _end(
        self,
        live: LiveRun,
        download: Download,
        status: S,
        download_status: DownloadStatus,
        data: Mapping[str, object],
        *,
        seen: bool,
    ) -> Run:
        """Commit how a download ended, with its row."""
        now = self._parts.clock.now()

        def mark(connection: Connection, moved: Run) -> Run:
            downloads.mark(
                connection, download.download_id, download_status, now, seen=seen
            )
            return moved

        return await self._parts.journal.record(live.run, status, data, also=mark)
