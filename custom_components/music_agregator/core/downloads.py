"""DownloadMonitor: what becomes of a download after the hand-over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from .custody import AWAY, Fate
from .model import Download, DownloadStatus, Run, WorkflowStatus as S
from .parts import Parts, Step
from .poller import Poller
from .reasons import reason
from .registry import LiveRun
from .store import downloads, runs
from .tags import AUDIO_SUFFIXES
from .torrents import Phase, TorrentState, find
from .workflow import load_download

# A client that starts lists its torrents one by one: gone is what is gone for a while.
_POLLS_UNTIL_GONE = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a download is; told between events, kept nowhere."""

    run_id: str
    percent: int
    speed: int
    time_left: int | None


type ProgressListener = Callable[[Progress], None]


class DownloadMonitor:
    """The second part of a run."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._poller = Poller(parts)
        self._listeners: list[ProgressListener] = []
        self.steps: Mapping[S, Step] = {
            S.COMPLETE: self._begin,
            S.DOWNLOADING: self._follow,
            S.STALLED: self._follow,
        }

    async def close(self) -> None:
        """Stop polling."""
        await self._poller.close()

    def listen(self, listener: ProgressListener) -> Callable[[], None]:
        """Call `listener` with every progress; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def _begin(self, live: LiveRun) -> Run:
        download = await load_download(self._parts.database, live)
        state = await self._present(live, download)
        if state is None:
            return await self._removed(live, download)
        return await self._parts.journal.record(
            live.run, S.DOWNLOADING, _progress_data(state)
        )

    async def _follow(self, live: LiveRun) -> Run:
        parts, run = self._parts, live.run
        download = await load_download(parts.database, live)
        told = live.percent // 10 * 10
        while True:
            state = await self._present(live, download)
            if state is None:
                return await self._removed(live, download)
            if state.phase is Phase.FINISHED:
                return await self._finish(live, download, state)
            if state.phase in {Phase.ERROR, Phase.MISSING_FILES}:
                return await self._fail(live, download, state)
            self._tell(run, state)
            tenth = int(state.progress * 10) * 10
            if told < tenth < 100:
                return await parts.journal.record(
                    run, S.DOWNLOADING, _progress_data(state)
                )

    async def _present(self, live: LiveRun, download: Download) -> TorrentState | None:
        """Return the torrent at the next poll; None if a person removed it."""
        custody = self._parts.custody
        misses = 0
        try:
            while True:
                state = find(await self._poller.next(), download.hashes)
                if state is not None:
                    custody.found(download)
                    return state
                misses += 1
                if misses < _POLLS_UNTIL_GONE:
                    continue
                if await custody.fate(live.run, download) is Fate.REMOVED:
                    return None
        finally:
            custody.withdraw(live.run)

    async def _removed(self, live: LiveRun, download: Download) -> Run:
        return await self._end(
            live,
            download,
            S.CANCELLED,
            DownloadStatus.CANCELLED,
            reason("removed_in_client"),
            seen=False,
        )

    async def _finish(
        self, live: LiveRun, download: Download, state: TorrentState
    ) -> Run:
        parts = self._parts
        names = await parts.client_patience.until(
            lambda: parts.client.file_names(state.torrent_id), through=AWAY
        )
        data = {
            "path": state.path,
            "files": len(names),
            "tracks": sum(name.lower().endswith(AUDIO_SUFFIXES) for name in names),
            "size_bytes": state.size_bytes,
            "quality": str(download.quality),
            "title": download.title,
        }
        return await self._end(
            live, download, S.DOWNLOADED, DownloadStatus.DOWNLOADED, data, seen=True
        )

    async def _fail(
        self, live: LiveRun, download: Download, state: TorrentState
    ) -> Run:
        """Give a dead torrent up, with its data; the next candidate follows.

        What some run once got whole stays, data and all: its disk may only be away.
        """
        parts = self._parts
        is_owned = await parts.database.read(
            partial(runs.got, download_id=download.download_id)
        )
        is_missing = state.phase is Phase.MISSING_FILES
        failed = await self._end(
            live,
            download,
            S.DOWNLOAD_FAILED,
            DownloadStatus.DOWNLOAD_FAILED,
            reason("missing_files" if is_missing else "torrent_error"),
            seen=not is_owned,
            delete_files=True,
        )
        if not is_owned:
            parts.custody.take_back(replace(download, delete_files=True))
        return failed

    async def _end(
        self,
        live: LiveRun,
        download: Download,
        status: S,
        download_status: DownloadStatus,
        data: Mapping[str, object],
        *,
        seen: bool,
        delete_files: bool = False,
    ) -> Run:
        """Commit how a download ended, with its row."""
        now = self._parts.clock.now()

        def mark(connection: Connection, moved: Run) -> Run:
            downloads.mark(
                connection,
                download.download_id,
                download_status,
                now,
                seen=seen,
                delete_files=delete_files,
            )
            return moved

        return await self._parts.journal.record(live.run, status, data, also=mark)

    def _tell(self, run: Run, state: TorrentState) -> None:
        progress = Progress(
            run_id=run.run_id,
            percent=int(state.progress * 100),
            speed=state.speed,
            time_left=state.time_left,
        )
        for listener in tuple(self._listeners):
            listener(progress)


def _progress_data(state: TorrentState) -> dict[str, int | None]:
    return {
        "percent": min(int(state.progress * 100), 99),
        "speed": state.speed,
        "time_left": state.time_left,
    }
