"""DownloadMonitor: what becomes of a download after the hand-over."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
import logging

from sqlalchemy import Connection

from .model import Download, DownloadStatus, Run, WorkflowStatus as S
from .parts import Parts, Step
from .poller import Poller
from .reasons import reason
from .registry import LiveRun
from .store import downloads, events, runs
from .torrents import Phase, TorrentState, find, is_ours
from .workflow import load_download

_LOGGER = logging.getLogger(__name__)

# A client that starts lists its torrents one by one: gone is what is gone for a while.
_POLLS_UNTIL_GONE = 3
# What was added a moment before it was cancelled shows a moment later.
_TRIES_TO_REMOVE = 5
_AUDIO = (
    ".flac",
    ".mp3",
    ".m4a",
    ".ogg",
    ".opus",
    ".ape",
    ".wv",
    ".wav",
    ".wma",
    ".dsf",
    ".dff",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a download is; told between events, kept nowhere."""

    run_id: str
    percent: int
    speed: int
    time_left: int | None


type ProgressListener = Callable[[Progress], None]
type MissingListener = Callable[[Run, bool], None]


class DownloadMonitor:
    """The second part of a run."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._poller = Poller(parts)
        self._one_decision = asyncio.Lock()
        self._answers: dict[str, asyncio.Future[bool]] = {}
        self._progress_listeners: list[ProgressListener] = []
        self._missing_listeners: list[MissingListener] = []
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
        self._progress_listeners.append(listener)
        return lambda: self._progress_listeners.remove(listener)

    def on_missing(self, listener: MissingListener) -> Callable[[], None]:
        """Call `listener` when a missing torrent raises a question, or no longer."""
        self._missing_listeners.append(listener)
        return lambda: self._missing_listeners.remove(listener)

    def answer(self, run_id: str, *, add_again: bool) -> bool:
        """Say what to do about a missing torrent; return whether it was asked."""
        question = self._answers.get(run_id)
        if question is None or question.done():
            return False
        question.set_result(add_again)
        return True

    async def _begin(self, live: LiveRun) -> Run:
        download = await load_download(self._parts.database, live)
        state = await self._present(live, download)
        if isinstance(state, Run):
            return state
        return await self._parts.journal.record(
            live.run, S.DOWNLOADING, _progress_data(state)
        )

    async def _follow(self, live: LiveRun) -> Run:
        parts, run = self._parts, live.run
        download = await load_download(parts.database, live)
        told = await parts.database.read(partial(_last_percent, run=run))
        while True:
            state = await self._present(live, download)
            if isinstance(state, Run):
                return state
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

    async def _present(self, live: LiveRun, download: Download) -> TorrentState | Run:
        """Return the torrent, or the run as it ended because the torrent is gone."""
        misses = 0
        try:
            while True:
                snapshot = await self._poller.next()
                state = find(snapshot, download.hashes)
                if state is not None:
                    return state
                misses += 1
                if misses < _POLLS_UNTIL_GONE:
                    continue
                ended = await self._gone(live, download)
                if ended is not None:
                    return ended
        finally:
            self._forget_question(live.run)

    async def _gone(self, live: LiveRun, download: Download) -> Run | None:
        """Tell a wiped client from a person's wish; return the run if it ended.

        Others of ours are there: a person removed this one. All of ours are gone: the
        client was wiped, and has never seen any of them. With one torrent nobody can
        tell: ask. What the client has never seen is added.
        """
        parts, run = self._parts, live.run
        async with self._one_decision:
            snapshot = await parts.client_patience.until(parts.client.snapshot)
            known = await parts.database.read(downloads.seen)
            if find(snapshot, download.hashes):
                return None
            if any(other.download_id == download.download_id for other in known):
                if any(find(snapshot, other.hashes) for other in known):
                    return await self._cancelled(live, download)
                if len(known) == 1:
                    add_again = self._ask(run)
                    if add_again is None:
                        return None
                    if not add_again:
                        return await self._cancelled(live, download)
                await parts.database.write(downloads.forget_all)
            await self._add_again(run, download)
        return None

    async def _add_again(self, run: Run, download: Download) -> None:
        parts = self._parts
        _LOGGER.warning("qBittorrent has lost our torrents; adding run %s", run.run_id)
        await parts.client_patience.until(
            lambda: parts.client.add(
                download.link,
                download.hashes,
                tags=parts.tags(run),
                category=parts.settings.category,
                save_path=parts.settings.save_path,
            )
        )
        await parts.database.write(
            partial(
                downloads.mark,
                download_id=download.download_id,
                status=DownloadStatus.DOWNLOADING,
                at=parts.clock.now(),
                seen=True,
            )
        )

    def _ask(self, run: Run) -> bool | None:
        """Return the answer to "add it again?", None while there is none."""
        question = self._answers.get(run.run_id)
        if question is None:
            question = asyncio.get_running_loop().create_future()
            self._answers[run.run_id] = question
            for listener in self._missing_listeners:
                listener(run, True)
        if not question.done():
            return None
        self._forget_question(run)
        return question.result()

    def _forget_question(self, run: Run) -> None:
        if self._answers.pop(run.run_id, None) is not None:
            for listener in self._missing_listeners:
                listener(run, False)

    async def _cancelled(self, live: LiveRun, download: Download) -> Run:
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
        names = await self._parts.client_patience.until(
            lambda: self._parts.client.file_names(state.torrent_id)
        )
        data = {
            "path": state.path,
            "files": len(names),
            "tracks": sum(name.lower().endswith(_AUDIO) for name in names),
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
        code = (
            "missing_files" if state.phase is Phase.MISSING_FILES else "torrent_error"
        )
        failed = await self._end(
            live,
            download,
            S.DOWNLOAD_FAILED,
            DownloadStatus.DOWNLOAD_FAILED,
            reason(code),
            seen=True,
        )
        await self.remove(download, delete_files=True)
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
    ) -> Run:
        """Commit how a download ended, with its row."""
        now = self._parts.clock.now()

        def mark(connection: Connection, moved: Run) -> Run:
            downloads.mark(
                connection, download.download_id, download_status, now, seen=seen
            )
            return moved

        return await self._parts.journal.record(live.run, status, data, also=mark)

    async def remove(self, download: Download, *, delete_files: bool) -> None:
        """Take a given-up torrent from the client, if it is ours and nobody holds it."""
        parts = self._parts

        async def remove() -> None:
            for _ in range(_TRIES_TO_REMOVE):
                state = find(await parts.client.snapshot(), download.hashes)
                if state is not None:
                    if is_ours(state, parts.settings.instance):
                        await parts.client.remove(
                            state.torrent_id, delete_files=delete_files
                        )
                    return
                await parts.clock.sleep(1.0)

        def held(connection: Connection) -> bool:
            holders = runs.holding(connection, download.download_id)
            return any(run.status is not S.DOWNLOAD_FAILED for run in holders)

        if await parts.database.read(held):
            return
        await parts.client_patience.until(remove)
        await parts.database.write(
            partial(downloads.forget, download_id=download.download_id)
        )

    def _tell(self, run: Run, state: TorrentState) -> None:
        progress = Progress(
            run_id=run.run_id,
            percent=int(state.progress * 100),
            speed=state.speed,
            time_left=state.time_left,
        )
        for listener in self._progress_listeners:
            listener(progress)


def _progress_data(state: TorrentState) -> dict[str, int | None]:
    return {
        "percent": min(int(state.progress * 100), 99),
        "speed": state.speed,
        "time_left": state.time_left,
    }


def _last_percent(connection: Connection, run: Run) -> int:
    """Return the tenth that was told last."""
    told = events.after(connection, run.seq - 1, run_id=run.run_id, limit=1)
    percent = told[0].data.get("percent") if told else None
    return int(percent) // 10 * 10 if percent is not None else 0
