"""Runner: start, resume and cancel runs, and take their steps until they have ended."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
import logging

from sqlalchemy import Connection
from ulid_transform import ulid_at_time

from ..common.clock import Clock, backoff, within
from ..common.tasks import (
    BackgroundTasks,
    is_shortage,
    retrieve,
    wait_without_cancelling,
)
from ..errors import (
    AlbumMergedError,
    ClosingError,
    IllegalTransitionError,
    MusicAgregatorError,
    NotAwaitingError,
    RunEndedError,
    StoreError,
    StoreUnavailableError,
)
from ..events.journal import Journal
from ..model import (
    AlbumEvent,
    Download,
    DownloadStatus,
    Mode,
    Requester,
    Run,
    Topic,
    WorkflowStatus as S,
)
from ..quality import QualityProfile
from ..store import downloads, runs
from ..store.database import Database
from ..torrents.remover import Remover
from ..transitions import ENDS
from .end_reasons import end_data, is_known
from .registry import LiveRun, Selection, WorkflowRegistry
from .steps import Step

_LOGGER = logging.getLogger(__name__)

_STORE_PAUSE = 5.0
_LONGEST_PAUSE = 600.0
_CLOSE_SECONDS = 10.0
_STARTED_AT_ONCE = 10


@dataclass(eq=False, kw_only=True, repr=False)
class Runner:
    """The live runs at work: new, resumed and recovered ones start at one door."""

    database: Database
    journal: Journal
    remover: Remover
    clock: Clock
    tasks: BackgroundTasks
    steps: Mapping[S, Step]

    def __post_init__(self) -> None:
        self.registry = WorkflowRegistry()
        self._is_closed = False
        self._is_stopping = False
        self._cancelling: set[asyncio.Task[Run]] = set()

    async def resume(self) -> None:
        """Start every unfinished run that is not at work, where the store has it.

        At the start that is every one, later what an error of the database stopped. Raises
        StoreError.
        """
        # One that is at work now may have ended when the store has answered.
        at_work = {live.run.run_id for live in self.registry}
        found = await self.database.read(_unfinished, at_work=at_work)
        for number, (run, download) in enumerate(found):
            if self._is_closed or self._is_stopping:
                return
            live, created = self.registry.get_or_create(run, download)
            if created:
                live.started.set_result(run)
                self._start(live)
            if number % _STARTED_AT_ONCE == 0:
                # Hundreds of runs must not hold up the event loop.
                await asyncio.sleep(0)

    async def adopt(self, run: Run, download: Download) -> bool:
        """Start a run whose rows were lost, unless its topic has another.

        Returns whether it was started. Raises StoreError.
        """
        if self._is_closed:
            return False

        def save(connection: Connection, moved: Run) -> Run:
            downloads.add(connection, run.run_id, download, run.updated_at)
            return moved

        live, created = self.registry.get_or_create(run, download)
        if not created:
            return False
        try:
            live.run = await self.journal.adopt(run, save)
        except BaseException:
            self.registry.remove(live)
            live.give_up_waiting(ClosingError())
            raise
        live.started.set_result(live.run)
        self._start(live)
        return True

    async def stop(self) -> list[LiveRun]:
        """Stop every live run where it is, and return them; they can be continued."""
        stopped = [live for live in self.registry if live.task]
        tasks = [live.task for live in stopped if live.task]
        self._is_stopping = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._is_stopping = False
        for live in stopped:
            live.reject_selections(ClosingError())
        return stopped

    def continue_runs(self, stopped: list[LiveRun]) -> None:
        """Start stopped runs again, unless they have ended meanwhile."""
        for live in stopped:
            if self.registry.find(live.run.run_id) is live and not live.is_cancelled:
                self._start(live)

    def leave_runs(self, stopped: list[LiveRun], error: Exception) -> None:
        """Let go of stopped runs, which go no further."""
        for live in stopped:
            self._leave(live, error)

    async def close(self) -> None:
        """Stop every run where it is, and start none."""
        self._is_closed = True
        self.leave_runs(await self.stop(), ClosingError())
        ending = asyncio.gather(*self._cancelling, return_exceptions=True)
        with suppress(TimeoutError):
            await within(self.clock, _CLOSE_SECONDS, ending)

    async def get_or_create(
        self,
        topic: Topic,
        mode: Mode,
        ladder: tuple[QualityProfile, ...] = (),
        *,
        artist: str = "",
        title: str = "",
        requested_by: Requester | None = None,
    ) -> tuple[Run, bool]:
        """Return the live run of a topic, started, and whether it is a new one.

        `artist` and `title` are the album's, as far as they are known already. Raises
        ClosingError, StoreError.
        """
        if self._is_closed:
            raise ClosingError
        now = self.clock.now()
        new = Run(
            run_id=ulid_at_time(now),
            album_id=topic.album_id,
            quality=topic.quality,
            ladder=ladder,
            mode=mode,
            status=S.FETCHING_METADATA,
            artist=artist,
            album_title=title,
            created_at=now,
            updated_at=now,
            requested_by=requested_by,
        )
        live, created = self.registry.get_or_create(new)
        if created:
            self._start(live)
        await wait_without_cancelling(live.started)
        return live.run, live.run.run_id == new.run_id

    async def cancel(self, run: Run, *, delete_files: bool) -> Run:
        """End a run, whole, even if the caller leaves.

        Its torrent goes too, if no other run holds it. Raises RunEndedError,
        ClosingError.
        """
        if self._is_closed:
            raise ClosingError
        live = self.registry.find(run.run_id)
        if live is None:
            # Known from now on, so that nothing starts it meanwhile.
            live, created = self.registry.get_or_create(run)
            if not created:
                live = LiveRun(run)
            live.started.set_result(run)
        task = asyncio.create_task(self._cancel(live, delete_files=delete_files))
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)
        task.add_done_callback(retrieve)
        return await wait_without_cancelling(task)

    async def select(self, run: Run, rank: int | None) -> Run:
        """Take a user's choice for a run that waits for one; None: none of them.

        Raises NotAwaitingError, CandidateNotFoundError, CandidateGoneError,
        CandidateAwayError, ClosingError.
        """
        live = self.registry.find(run.run_id)
        if (
            live is None
            or live.run.status is not S.AWAITING_SELECTION
            or live.is_cancelled
            or live.selection_closed
        ):
            raise NotAwaitingError(run_id=run.run_id)
        taken = asyncio.get_running_loop().create_future()
        live.select(Selection(rank=rank, taken=taken))
        return await wait_without_cancelling(taken)

    async def _cancel(self, live: LiveRun, *, delete_files: bool) -> Run:
        live.is_cancelled = True
        if live.task is not None:
            live.task.cancel()
            await asyncio.wait((live.task,))
        try:
            return await self._give_up(
                live, S.CANCELLED, end_data("cancelled"), delete_files=delete_files
            )
        except IllegalTransitionError:
            raise RunEndedError(run_id=live.run.run_id) from None
        finally:
            live.reject_selections(NotAwaitingError(run_id=live.run.run_id))
            live.give_up_waiting(RunEndedError(run_id=live.run.run_id))
            self.registry.remove(live)

    async def _give_up(
        self,
        live: LiveRun,
        status: S,
        data: Mapping[str, object],
        *,
        delete_files: bool = False,
    ) -> Run:
        """End a run, and remove its torrent if no other run holds it."""

        def give_up(connection: Connection, moved: Run) -> Run:
            downloads.give_up(
                connection,
                moved,
                DownloadStatus.CANCELLED,
                moved.updated_at,
                delete_files=delete_files,
            )
            return moved

        ended = await self.journal.record(live.run, status, data, also=give_up)
        self.remover.remove_soon()
        return ended

    def apply_event(self, event: AlbumEvent) -> None:
        """Bring the live run up to date with its event; one that ended is live no more."""
        live = self.registry.find(event.run_id)
        if live is None:
            return
        live.run = replace(
            live.run, status=event.status, seq=event.seq, updated_at=event.at
        )
        if event.status in ENDS:
            self.registry.remove(live)

    def _start(self, live: LiveRun) -> None:
        name = f"music_agregator run {live.run.run_id}"
        live.task = self.tasks.spawn(self._drive(live), name)

    async def _drive(self, live: LiveRun) -> None:
        """Take steps until the run has ended; when it is stopped, leave it as it is."""
        try:
            await self._retrying(self._begin, live)
            while live.run.status not in ENDS:
                live.run = await self._step(live)
        except AlbumMergedError as error:
            await self._restart_as(live, error.details["album_id"])
        except StoreError as error:
            _log_stop(live.run, error)
            self._leave(live, error)
        except MusicAgregatorError as error:
            if not is_known(error.code):
                _LOGGER.warning("Run %s failed: %s", live.run.run_id, error.code)
            await self._fail(live, error.code, {"detail": str(error), **error.details})
        except Exception:
            _LOGGER.exception("Run %s failed", live.run.run_id)
            await self._fail(live, "internal_error", {})
        finally:
            if not self._is_stopping:
                self._leave(live, ClosingError())

    async def _step(self, live: LiveRun) -> Run:
        """Take the next step, or catch up with one that is in the store already.

        A step is committed even if the task that took it is gone: it may land after the
        next task has read the run.
        """
        run = live.run
        try:
            return await self._retrying(self.steps[run.status], live)
        except IllegalTransitionError:
            stored = await self.database.read(runs.find, run_id=run.run_id)
            if stored is None or stored.status is run.status:
                raise
            live.download = None
            return stored

    def _leave(self, live: LiveRun, error: Exception) -> None:
        """Let go of a run that goes no further; `_cancel` does so itself."""
        if not live.is_cancelled:
            live.give_up_waiting(error)
            self.registry.remove(live)

    async def _begin(self, live: LiveRun) -> Run:
        """Commit a new run with its first event, or take the one that the store has."""
        if live.started.done():
            # It may have ended since the store was asked for it.
            stored = await self.database.read(runs.find, run_id=live.run.run_id)
            live.run = stored or live.run
            return live.run
        run = live.run
        stored = await self.database.read(runs.live_on, topic=run.topic)
        live.run = stored or await self.journal.record(
            run,
            S.FETCHING_METADATA,
            {
                "quality": run.quality.value,
                "ladder": [profile.value for profile in run.profiles],
                "mode": run.mode.value,
            },
        )
        live.started.set_result(live.run)
        return live.run

    async def _retrying(self, step: Step, live: LiveRun) -> Run:
        """Take a step; again, if the database was away, or this machine had no resources."""
        for attempt in count():
            try:
                return await step(live)
            except StoreUnavailableError:
                # The database has logged it.
                await self.clock.sleep(_STORE_PAUSE)
            except (OSError, MemoryError, RuntimeError) as error:
                if not is_shortage(error):
                    raise
                if not attempt:
                    _LOGGER.warning("Run %s waits: %r", live.run.run_id, error)
                pause = backoff(attempt, first=_STORE_PAUSE, longest=_LONGEST_PAUSE)
                await self.clock.sleep(pause)
        raise AssertionError

    async def _fail(self, live: LiveRun, code: str, details: Mapping[str, str]) -> None:
        try:
            live.run = await self._give_up(live, S.FAILED, end_data(code, **details))
        except (IllegalTransitionError, StoreError) as error:
            _log_stop(live.run, error)

    async def _restart_as(self, live: LiveRun, album_id: str) -> None:
        """End a run whose album was merged, and start one for the other id."""
        try:
            run, _ = await self.get_or_create(
                Topic(album_id, live.run.quality),
                live.run.mode,
                live.run.ladder,
                requested_by=live.run.requested_by,
            )
        except MusicAgregatorError as error:
            _log_stop(live.run, error)
            return
        await self._fail(
            live,
            AlbumMergedError.code,
            {"album_id": album_id, "run_id": run.run_id},
        )


def _unfinished(
    connection: Connection, at_work: Collection[str]
) -> list[tuple[Run, Download | None]]:
    """Return every unfinished run that is not at work, with its download."""
    found = [run for run in runs.live(connection) if run.run_id not in at_work]
    kept = downloads.many(connection, [run.download_id or "" for run in found])
    return [(run, kept.get(run.download_id or "")) for run in found]


def _log_stop(run: Run, error: MusicAgregatorError) -> None:
    """Log why a run goes no further; a traceback would say no more."""
    _LOGGER.error("Run %s stops here: %s", run.run_id, error)
