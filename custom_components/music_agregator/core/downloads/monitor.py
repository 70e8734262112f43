"""DownloadMonitor: watch a download from the hand-over until it ends."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from ..common.clock import Clock
from ..common.signal import Signal
from ..errors import ClientRefusedError
from ..events.journal import Journal
from ..model import (
    Download,
    DownloadStatus,
    Extent,
    Reason,
    Run,
    Topic,
    WorkflowStatus as S,
)
from ..settings import Settings
from ..store import downloads, events
from ..store.database import Database
from ..torrents.client import Phase, TorrentState, WatchedClient
from ..torrents.disk_space import DiskSpace
from ..torrents.observer import Observation, TorrentObserver
from ..torrents.tags import is_ours
from ..workflow.registry import LiveRun, load_download
from ..workflow.steps import Step
from .download_outcomes import DownloadOutcomes
from .inspector import Inspector
from .stall_detector import StallDetector

# When a torrent that could not be inspected is inspected again (seconds).
_INSPECT_AGAIN_SECONDS = 30.0
# How often an album's part of a pack is checked for being whole (seconds).
_PART_SECONDS = 60.0
_REFUSED = Reason(code="refused_again")


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a download is, between two events: percent, bytes a second, seconds."""

    run_id: str
    topic: Topic
    percent: int
    speed: int
    time_left: int | None


class _Watch:
    """What one watch of a download remembers; a restart begins with a new one."""

    def __init__(self, committed_percent: int, stall_seconds: float | None) -> None:
        # The last tenth that was committed.
        self.committed_percent = committed_percent
        self.stalls = StallDetector(stall_seconds)
        self.is_inspected = False
        self.inspect_at = float("-inf")
        self.check_part_at = float("-inf")


@dataclass(eq=False, kw_only=True, repr=False)
class DownloadMonitor:
    """The steps of a run in `complete`, `downloading` and `stalled`.

    `progress` is emitted at every poll.
    """

    database: Database
    journal: Journal
    client: WatchedClient
    disk_space: DiskSpace
    observer: TorrentObserver
    inspector: Inspector
    outcomes: DownloadOutcomes
    settings: Settings
    clock: Clock

    def __post_init__(self) -> None:
        self.progress = Signal[Progress]()

    @property
    def steps(self) -> Mapping[S, Step]:
        """Return the steps of a run after the hand-over."""
        return {
            S.COMPLETE: self.begin,
            S.DOWNLOADING: self.watch,
            S.STALLED: self.recheck_stalled,
        }

    async def close(self) -> None:
        """Stop polling."""
        await self.observer.poller.close()

    async def begin(self, live: LiveRun) -> Run:
        """Commit the first look at a download that was handed over."""
        download = await load_download(self.database, live)
        self.observer.poll_soon()
        data: Mapping[str, int | None] = {"percent": 0, "speed": 0, "time_left": None}
        try:
            seen = await self._next(live, download)
        except ClientRefusedError:
            # The next step meets it again, where a failure may follow.
            pass
        else:
            if seen is None:
                return await self.outcomes.removed(live.run, download)
            data = _progress_data(seen.state)
        return await self.journal.record(live.run, S.DOWNLOADING, data)

    async def watch(self, live: LiveRun) -> Run:
        """Watch a download until it ends or stalls; commit every tenth of it."""
        download = await load_download(self.database, live)
        try:
            return await self._watch(live, download)
        except ClientRefusedError:
            return await self.outcomes.fail(live.run, download, _REFUSED)
        finally:
            self.disk_space.clear(live.run)

    async def recheck_stalled(self, live: LiveRun) -> Run:
        """Give a stalled download up, unless it moves again at the last moment."""
        run, download = live.run, await load_download(self.database, live)
        try:
            before = await self._next(live, download)
            seen = await self._next(live, download) if before else None
        except ClientRefusedError:
            return await self.outcomes.fail(run, download, _REFUSED)
        if before is None or seen is None:
            return await self.outcomes.removed(run, download)
        state = seen.state
        is_better = state.progress != before.state.progress or (
            _is_part(download)
            and await self.inspector.inspect_on_disk(run, download, state)
        )
        if not is_better and (wrong := _why_stalled(state)) is not None:
            return await self.outcomes.fail(run, download, wrong)
        return await self._move(run, download, S.DOWNLOADING, _progress_data(state))

    async def _next(self, live: LiveRun, download: Download) -> Observation | None:
        seen = await self.observer.next(live.run, live.download or download)
        if seen is not None:
            live.download = seen.download
        return seen

    async def _watch(self, live: LiveRun, download: Download) -> Run:
        told = await self.database.read(events.percent_at, seq=live.run.seq)
        watch = _Watch(told // 10 * 10, self.settings.stall_seconds)
        while True:
            seen = await self._next(live, download)
            if seen is None:
                return await self.outcomes.removed(live.run, download)
            ended = await self._observe(live.run, download, seen, watch)
            if ended is not None:
                return ended
            state = seen.state
            self.progress.emit(_progress(live.run, state))
            tenth = _tenth(state)
            if watch.committed_percent < tenth < 100:
                live.run = await self.journal.record(
                    live.run, S.DOWNLOADING, _progress_data(state)
                )
                watch.committed_percent, watch.check_part_at = tenth, float("-inf")

    async def _observe(
        self, run: Run, download: Download, seen: Observation, watch: _Watch
    ) -> Run | None:
        """Act on one poll; return the run if it ended or stalled."""
        state, now = seen.state, self.clock.monotonic()
        is_finished = state.phase is Phase.FINISHED
        ended = None
        if not watch.is_inspected or seen.was_gone:
            ended = await self._inspect_names(run, download, seen, watch)
        elif is_finished or (
            _is_part(download)
            and state.is_in_place
            and (_tenth(state) > watch.committed_percent or now >= watch.check_part_at)
        ):
            watch.check_part_at = now + _PART_SECONDS
            ended = await self._finish(run, download, state, watch)
        if ended is None and not is_finished:
            ended = await self._check_stall(run, download, seen, watch)
        return ended

    async def _inspect_names(
        self, run: Run, download: Download, seen: Observation, watch: _Watch
    ) -> Run | None:
        """Inspect the names once they are known; end a download that is a fake."""
        now = self.clock.monotonic()
        if seen.was_gone:
            watch.inspect_at = now
        watch.is_inspected = False
        if not seen.state.has_names or now < watch.inspect_at:
            return None
        watch.inspect_at = now + _INSPECT_AGAIN_SECONDS
        found = await self.inspector.inspect_names(
            run, download, seen.state, seen.snapshot
        )
        watch.is_inspected = found is not None
        if found and found.wrong:
            return await self.outcomes.fail(run, download, found.wrong)
        return None

    async def _finish(
        self, run: Run, download: Download, state: TorrentState, watch: _Watch
    ) -> Run | None:
        """End a download whose album is whole, if it can be inspected now."""
        found = await self.inspector.inspect_on_disk(run, download, state)
        if found is None:
            return None
        if found.wrong:
            return await self.outcomes.fail(run, download, found.wrong)
        if found.files:
            return await self.outcomes.finish(run, download, state, found)
        row = await self.database.read(downloads.get, download_id=download.download_id)
        if row is not None and row.extent is Extent.TO_CHOOSE:
            # The pack was added again: its files are to be chosen again.
            watch.is_inspected = False
            return None
        return await self.outcomes.left_out(run, download)

    async def _check_stall(
        self, run: Run, download: Download, seen: Observation, watch: _Watch
    ) -> Run | None:
        """Commit that a download has not moved for too long."""
        state, stalls = seen.state, watch.stalls
        if not stalls.observe(state, seen.snapshot, self.clock.monotonic()):
            return None
        if not await self._has_room(run, seen):
            stalls.reset()
            return None
        if _is_part(download) and (
            ended := await self._finish(run, download, state, watch)
        ):
            return ended
        data = {
            "percent": min(state.percent, 99),
            "seconds": round(stalls.idle),
            "phase": state.phase.value,
        }
        return await self._move(run, download, S.STALLED, data)

    async def _has_room(self, run: Run, seen: Observation) -> bool:
        """Return False if a download does not move because the disk is full."""
        was_short = run.run_id in self.disk_space.shortages
        has_room = await self.disk_space.has_room(run, 0, seen.snapshot)
        if has_room and was_short:
            if not is_ours(seen.state, self.settings.instance):
                return False
            # qBittorrent does not try again by itself.
            await self.client.until_available(
                lambda: self.client.start(seen.state.torrent_id)
            )
            return False
        return has_room

    async def _move(
        self, run: Run, download: Download, status: S, data: Mapping[str, object]
    ) -> Run:
        """Commit a status with the download's."""

        def mark(connection: Connection, moved: Run) -> Run:
            row = downloads.get(connection, download.download_id)
            if row is None or row.status is not DownloadStatus.DOWNLOADED:
                downloads.mark(
                    connection,
                    download.download_id,
                    DownloadStatus(status.value),
                    self.clock.now(),
                )
            return moved

        return await self.journal.record(run, status, data, also=mark)


def _progress(run: Run, state: TorrentState) -> Progress:
    return Progress(
        run_id=run.run_id,
        topic=run.topic,
        percent=state.percent,
        speed=state.speed,
        time_left=state.time_left,
    )


def _tenth(state: TorrentState) -> int:
    return int(state.progress * 10) * 10


def _is_part(download: Download) -> bool:
    """Return whether the album is only a part of its torrent."""
    return download.extent is not Extent.WHOLE


def _why_stalled(state: TorrentState) -> Reason | None:
    """Return why a stalled download is given up; None if it may wait."""
    codes = {
        Phase.ERROR: "torrent_error",
        Phase.MISSING_FILES: "missing_files",
        Phase.METADATA: "no_metadata",
        Phase.DOWNLOADING: "stalled",
    }
    code = codes.get(state.phase)
    return Reason(code=code) if code else None


def _progress_data(state: TorrentState) -> dict[str, int | None]:
    return {
        "percent": min(state.percent, 99),
        "speed": state.speed,
        "time_left": state.time_left,
    }
