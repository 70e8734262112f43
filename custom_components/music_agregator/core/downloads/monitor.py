"""DownloadMonitor: what becomes of a download after the hand-over."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from ..common.signal import Signal
from ..errors import ClientRefusedError
from ..model import (
    Download,
    DownloadStatus,
    Extent,
    Reason,
    Run,
    Topic,
    WorkflowStatus as S,
)
from ..parts import Parts, Step
from ..store import downloads
from ..torrents.client import (
    Phase,
    TorrentState,
    is_ours,
)
from ..torrents.remover import CLIENT_UNAVAILABLE
from ..torrents.watcher import Observation, TorrentWatcher
from ..workflow.registry import LiveRun
from ..workflow.steps import load_download
from .download_outcomes import DownloadOutcomes
from .inspector import Inspector
from .stall_detector import StallDetector

# How long until a torrent that could not be looked into is looked at again (seconds).
_LOOK_AGAIN_SECONDS = 30.0
# How often it is looked whether an album's part of a pack is whole (seconds).
_PART_SECONDS = 60.0
_REFUSED = Reason(code="refused_again")


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a download is; told between events, kept nowhere."""

    run_id: str
    topic: Topic
    percent: int
    speed: int
    time_left: int | None


class DownloadMonitor:
    """The second part of a run."""

    def __init__(self, parts: Parts) -> None:
        self.progress = Signal[Progress]()
        self._parts = parts
        self._lookout = TorrentWatcher(parts)
        self._inspector = Inspector(parts)
        self._endings = DownloadOutcomes(parts)
        self.steps: Mapping[S, Step] = {
            S.COMPLETE: self._begin,
            S.DOWNLOADING: self._follow,
            S.STALLED: self._move_or_fail,
        }

    async def close(self) -> None:
        """Stop polling."""
        await self._lookout.close()

    async def _begin(self, live: LiveRun) -> Run:
        download = await load_download(self._parts.database, live)
        self._lookout.hurry()
        try:
            sight = await self._lookout.look(live, download)
        except ClientRefusedError:
            # The next step meets it again, where a failure may follow.
            return await self._parts.journal.record(
                live.run, S.DOWNLOADING, {"percent": 0, "speed": 0, "time_left": None}
            )
        if sight is None:
            return await self._endings.removed(live, download)
        return await self._parts.journal.record(
            live.run, S.DOWNLOADING, _progress_data(sight.state)
        )

    async def _follow(self, live: LiveRun) -> Run:
        """Watch a download until there is something to tell."""
        download = await load_download(self._parts.database, live)
        try:
            return await self._watch(live, download)
        except ClientRefusedError:
            return await self._endings.fail(live, download, _REFUSED)
        finally:
            self._parts.custody.space.clear(live.run)

    async def _watch(self, live: LiveRun, download: Download) -> Run:
        parts = self._parts
        watchdog = StallDetector(parts.settings.stall_seconds)
        told = live.percent // 10 * 10
        look_at = 0.0
        while True:
            sight = await self._lookout.look(live, download)
            if sight is None:
                return await self._endings.removed(live, download)
            state = sight.state
            tenth = int(state.progress * 10) * 10
            ended = None
            if not live.is_looked_into or sight.was_gone:
                ended = await self._look_inside(live, download, sight)
            elif state.phase is Phase.FINISHED or (
                _is_part(download)
                and state.is_in_place
                and (tenth > told or parts.clock.now() >= look_at)
            ):
                look_at = parts.clock.now() + _PART_SECONDS
                ended = await self._finish(live, download, state)
            if ended is None and state.phase is not Phase.FINISHED:
                ended = await self._mind(live, download, sight, watchdog)
            if ended is not None:
                return ended
            self.progress.emit(_progress(live.run, state))
            if told < tenth < 100:
                return await parts.journal.record(
                    live.run, S.DOWNLOADING, _progress_data(state)
                )

    async def _look_inside(
        self, live: LiveRun, download: Download, sight: Observation
    ) -> Run | None:
        """Look at the names once they are known; end a download that is a fake."""
        now = self._parts.clock.now()
        if sight.was_gone:
            live.look_at = now
        live.is_looked_into = False
        if not sight.state.has_names or now < live.look_at:
            return None
        live.look_at = now + _LOOK_AGAIN_SECONDS
        look = await self._inspector.look_inside(
            live.run, download, sight.state, sight.snapshot
        )
        live.is_looked_into = look is not None
        if look and look.wrong:
            return await self._endings.fail(live, download, look.wrong)
        return None

    async def _finish(
        self, live: LiveRun, download: Download, state: TorrentState
    ) -> Run | None:
        """End a download whose album is whole, if it can be looked at now."""
        look = await self._inspector.look_on_disk(live.run, download, state)
        if look is None:
            return None
        if look.wrong:
            return await self._endings.fail(live, download, look.wrong)
        if not look.files:
            return await self._left_out(live, download)
        return await self._endings.finish(live, download, state, look)

    async def _left_out(self, live: LiveRun, download: Download) -> Run | None:
        """Find out who wants nothing of an album: a pack added anew, or a person."""
        row = await self._parts.database.read(
            downloads.get, download_id=download.download_id
        )
        if row is not None and row.extent is Extent.TO_CHOOSE:
            live.is_looked_into = False
            return None
        return await self._endings.left_out(live, download)

    async def _mind(
        self,
        live: LiveRun,
        download: Download,
        sight: Observation,
        watchdog: StallDetector,
    ) -> Run | None:
        """Tell that a download has not moved for too long."""
        if not watchdog.observe(sight, self._parts.clock.now()):
            return None
        if not await self._has_room(live.run, sight):
            watchdog.reset()
            return None
        state = sight.state
        if _is_part(download) and (ended := await self._finish(live, download, state)):
            return ended
        data = {
            "percent": min(int(state.progress * 100), 99),
            "seconds": round(watchdog.idle),
            "phase": state.phase.value,
        }
        return await self._move(live, download, S.STALLED, DownloadStatus.STALLED, data)

    async def _has_room(self, run: Run, sight: Observation) -> bool:
        """Say whether it is not for want of room that a download does not move."""
        custody = self._parts.custody
        was_short = run.run_id in custody.space.shortages
        has_room = await custody.space.has_room(run, 0, sight.snapshot)
        if has_room and was_short:
            if not is_ours(sight.state, self._parts.settings.instance):
                return False
            # qBittorrent does not try again by itself.
            client, torrent_id = self._parts.client, sight.state.torrent_id
            await self._parts.client_retry.call(
                lambda: client.start(torrent_id), retry_on=CLIENT_UNAVAILABLE
            )
            return False
        return has_room

    async def _move_or_fail(self, live: LiveRun) -> Run:
        """Give a stalled download up, unless it moves again at the last moment."""
        download = await load_download(self._parts.database, live)
        try:
            before = await self._lookout.look(live, download)
            sight = await self._lookout.look(live, download) if before else None
        except ClientRefusedError:
            return await self._endings.fail(live, download, _REFUSED)
        if before is None or sight is None:
            return await self._endings.removed(live, download)
        if before.was_gone or sight.was_gone:
            live.is_looked_into = False
        state = sight.state
        is_better = state.progress != before.state.progress or (
            _is_part(download)
            and await self._inspector.look_on_disk(live.run, download, state)
        )
        if not is_better and (wrong := _why_stalled(state)) is not None:
            return await self._endings.fail(live, download, wrong)
        return await self._move(
            live,
            download,
            S.DOWNLOADING,
            DownloadStatus.DOWNLOADING,
            _progress_data(state),
        )

    async def _move(
        self,
        live: LiveRun,
        download: Download,
        status: S,
        download_status: DownloadStatus,
        data: Mapping[str, object],
    ) -> Run:
        """Commit a status with the download's."""
        now = self._parts.clock.now()

        def mark(connection: Connection, moved: Run) -> Run:
            row = downloads.get(connection, download.download_id)
            if row is None or row.status is not DownloadStatus.DOWNLOADED:
                downloads.mark(connection, download.download_id, download_status, now)
            return moved

        return await self._parts.journal.record(live.run, status, data, also=mark)


def _progress(run: Run, state: TorrentState) -> Progress:
    return Progress(
        run_id=run.run_id,
        topic=run.topic,
        percent=int(state.progress * 100),
        speed=state.speed,
        time_left=state.time_left,
    )


def _is_part(download: Download) -> bool:
    """Say whether an album is but a part of what its torrent holds."""
    return download.extent is not Extent.WHOLE


def _why_stalled(state: TorrentState) -> Reason | None:
    """Say why a stalled download is given up; None if it may rest."""
    if state.phase is Phase.ERROR:
        return Reason(code="torrent_error")
    if state.phase is Phase.MISSING_FILES:
        return Reason(code="missing_files")
    if state.phase is Phase.METADATA:
        return Reason(code="no_metadata")
    if state.phase is Phase.DOWNLOADING:
        return Reason(code="stalled")
    return None


def _progress_data(state: TorrentState) -> dict[str, int | None]:
    return {
        "percent": min(int(state.progress * 100), 99),
        "speed": state.speed,
        "time_left": state.time_left,
    }
