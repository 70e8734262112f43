"""Runner: takes one step after the other, for every live run, until it has ended."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
import logging

from sqlalchemy import Connection
from ulid_transform import ulid_at_time

from ..common.clock import within
from ..common.tasks import wait_without_cancelling
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
from ..model import (
    AlbumEvent,
    Download,
    DownloadStatus,
    Mode,
    Run,
    Topic,
    WorkflowStatus as S,
)
from ..parts import Parts, Step
from ..quality import QualityProfile
from ..store import (
    downloads,
    events,
    runs,
)
from ..transitions import ENDS
from .outcomes import OUTCOMES, outcome_data
from .registry import (
    LiveRun,
    Selection,
    WorkflowRegistry,
)

_LOGGER = logging.getLogger(__name__)

_STORE_PAUSE = 5.0
_CLOSE_SECONDS = 10.0
_STARTED_AT_ONCE = 10


class Runner:
    """The live runs at work."""

    def __init__(self, parts: Parts, steps: Mapping[S, Step]) -> None:
        self._parts = parts
        self._steps = steps
        self.registry = WorkflowRegistry()
        self._is_closed = False
        self._cancelling: set[asyncio.Task[Run]] = set()

    async def resume(self) -> None:
        """Take up every unfinished run where the store has it."""
        found = await self._parts.database.read(_unfinished)
        for number, (run, download, percent) in enumerate(found):
            live, created = self.registry.get_or_create(
                run.topic, partial(_itself, run)
            )
            if created:
                live.download, live.percent = download, percent
                live.begun.set_result(run)
                self._start(live)
            if number % _STARTED_AT_ONCE == 0:
                # Hundreds of runs must not hold up the event loop.
                await asyncio.sleep(0)

    async def take_up(self, run: Run, download: Download) -> bool:
        """Have a run go on whose rows were lost; not if its topic has another.

        Returns whether it goes on. Raises StoreError.
        """
        if self._is_closed:
            return False

        def save(connection: Connection, moved: Run) -> Run:
            downloads.add(connection, run.run_id, download, run.updated_at)
            return moved

        live, created = self.registry.get_or_create(run.topic, partial(_itself, run))
        if not created:
            return False
        try:
            live.run = await self._parts.journal.adopt(run, save)
        except BaseException:
            self.registry.remove(live)
            live.begun.set_exception(ClosingError())
            live.begun.exception()
            raise
        live.download = download
        live.begun.set_result(live.run)
        self._start(live)
        return True

    async def close(self) -> None:
        """Stop every run where it is, and begin none."""
        self._is_closed = True
        tasks = [live.task for live in self.registry if live.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        ending = asyncio.gather(*self._cancelling, return_exceptions=True)
        with suppress(TimeoutError):
            await within(self._parts.clock, _CLOSE_SECONDS, ending)

    async def get_or_create(
        self,
        topic: Topic,
        mode: Mode,
        ladder: tuple[QualityProfile, ...] = (),
        *,
        artist: str = "",
        title: str = "",
    ) -> tuple[Run, bool]:
        """Return the live run of a topic, begun, and whether it is a new one.

        `artist` and `title` are the album's, as far as they are known already. Raises
        ClosingError, StoreError.
        """
        if self._is_closed:
            raise ClosingError
        now = self._parts.clock.now()
        new = Run(
            run_id=ulid_at_time(now),
            album_id=topic.album_id,
            quality=topic.quality,
            ladder=ladder,
            mode=mode,
            status=S.FETCHING_METADATA,
            artist=artist,
            title=title,
            created_at=now,
            updated_at=now,
        )
        live, created = self.registry.get_or_create(topic, partial(_itself, new))
        if created:
            self._start(live)
        await asyncio.shield(live.begun)
        return live.run, live.run.run_id == new.run_id

    async def cancel(self, run: Run, *, delete_files: bool) -> Run:
        """End a run, whole, whether or not whoever asked still waits.

        Its torrent goes too, if no other run holds it. Raises RunEndedError,
        ClosingError.
        """
        if self._is_closed:
            raise ClosingError
        live = self.registry.find(run.run_id) or LiveRun(run)
        task = asyncio.create_task(self._cancel(live, delete_files=delete_files))
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)
        return await asyncio.shield(task)

    async def select(self, run: Run, rank: int | None) -> Run:
        """Take a person's choice for a run that waits for one; None: none of them.

        Raises NotAwaitingError, CandidateNotFoundError, CandidateGoneError,
        CandidateAwayError, ClosingError.
        """
        live = self.registry.find(run.run_id)
        if (
            live is None
            or live.run.status is not S.AWAITING_SELECTION
            or live.is_cancelled
            or live.is_decided
        ):
            raise NotAwaitingError(run_id=run.run_id)
        taken = asyncio.get_running_loop().create_future()
        live.choose(Selection(rank=rank, taken=taken))
        return await wait_without_cancelling(taken)

    async def _cancel(self, live: LiveRun, *, delete_files: bool) -> Run:
        live.is_cancelled = True
        if live.task is not None:
            live.task.cancel()
            await asyncio.wait((live.task,))
        try:
            return await self._give_up(
                live, S.CANCELLED, outcome_data("cancelled"), delete_files=delete_files
            )
        except IllegalTransitionError:
            raise RunEndedError(run_id=live.run.run_id) from None
        finally:
            live.turn_away(NotAwaitingError(run_id=live.run.run_id))
            self.registry.remove(live)

    async def _give_up(
        self,
        live: LiveRun,
        status: S,
        data: Mapping[str, object],
        *,
        delete_files: bool = False,
    ) -> Run:
        """End a run, and take its torrent back if no other run holds it."""
        given_up: list[Download] = []

        def give_up(connection: Connection, moved: Run) -> Run:
            given_up.clear()
            download = downloads.get(connection, moved.download_id or "")
            if download is None:
                return moved
            holders = runs.holding(connection, download.download_id)
            if all(holder.run_id == moved.run_id for holder in holders):
                downloads.mark(
                    connection,
                    download.download_id,
                    DownloadStatus.CANCELLED,
                    moved.updated_at,
                    seen=True,
                    delete_files=delete_files,
                )
                given_up.append(replace(download, delete_files=delete_files))
            return moved

        ended = await self._parts.journal.record(live.run, status, data, also=give_up)
        for download in given_up:
            self._parts.custody.remover.take_back(download)
        return ended

    def follow(self, event: AlbumEvent) -> None:
        """Keep the registry as new as the store: an ended run lives no more."""
        live = self.registry.find(event.run_id)
        if live is None:
            return
        live.run = replace(
            live.run, status=event.status, seq=event.seq, updated_at=event.at
        )
        live.percent = event.data.get("percent") or 0
        if event.status in ENDS:
            self.registry.remove(live)

    def write_again(self, connection: Connection) -> None:
        """Write every live run as it is into tables that were lost."""
        for live in self.registry:
            if not live.begun.done():
                continue
            if live.download and not downloads.get(
                connection, live.download.download_id
            ):
                downloads.add(
                    connection, live.run.run_id, live.download, live.run.updated_at
                )
            self._parts.journal.write_again(connection, live.run)

    def look_again(self) -> None:
        """Have the runs that wait for a choice see that the tables were lost."""
        for live in self.registry:
            live.news.set()

    def _start(self, live: LiveRun) -> None:
        name = f"music_agregator run {live.run.run_id}"
        live.task = self._parts.spawn(self._drive(live), name)

    async def _drive(self, live: LiveRun) -> None:
        try:
            await self._begin(live)
            while live.run.status not in ENDS:
                live.run = await self._take_step(live)
        except AlbumMergedError as error:
            await self._go_on_as(live, error.details["album_id"])
        except StoreError as error:
            _LOGGER.error("Run %s stops here: %s", live.run.run_id, error)
            if not live.begun.done():
                live.begun.set_exception(error)
        except MusicAgregatorError as error:
            if error.code not in OUTCOMES:
                _LOGGER.warning("Run %s failed: %s", live.run.run_id, error.code)
            await self._fail(live, error.code, {"detail": str(error), **error.details})
        except Exception:
            _LOGGER.exception("Run %s failed", live.run.run_id)
            await self._fail(live, "internal_error", {})
        finally:
            if not live.begun.done():
                live.begun.set_exception(ClosingError())
                live.begun.exception()
            live.turn_away(ClosingError())
            if not live.is_cancelled:
                self.registry.remove(live)

    async def _begin(self, live: LiveRun) -> None:
        """Commit a new run with its first event, or take up one the store has."""
        if live.begun.done():
            return
        run = live.run
        stored = await self._parts.database.read(runs.live_on, topic=run.topic)
        live.run = stored or await self._parts.journal.record(
            run,
            S.FETCHING_METADATA,
            {
                "quality": run.quality.value,
                "ladder": [profile.value for profile in run.profiles],
                "mode": run.mode.value,
            },
        )
        live.begun.set_result(live.run)

    async def _take_step(self, live: LiveRun) -> Run:
        """Take the step of a run's status; again, if the database was away."""
        while True:
            try:
                return await self._steps[live.run.status](live)
            except StoreUnavailableError:
                # Said once already, by the database itself.
                await self._parts.clock.sleep(_STORE_PAUSE)

    async def _fail(self, live: LiveRun, code: str, details: Mapping[str, str]) -> None:
        try:
            live.run = await self._give_up(
                live, S.FAILED, outcome_data(code, **details)
            )
        except (IllegalTransitionError, StoreError) as error:
            _LOGGER.error("Run %s stops here: %s", live.run.run_id, error)

    async def _go_on_as(self, live: LiveRun, album_id: str) -> None:
        """End a run whose album was merged, and start one for what it is now."""
        try:
            run, _ = await self.get_or_create(
                Topic(album_id, live.run.quality), live.run.mode, live.run.ladder
            )
        except MusicAgregatorError as error:
            _LOGGER.error("Run %s stops here: %s", live.run.run_id, error.code)
            return
        await self._fail(
            live,
            AlbumMergedError.code,
            {"album_id": album_id, "run_id": run.run_id},
        )


def _unfinished(connection: Connection) -> list[tuple[Run, Download | None, int]]:
    """Return every unfinished run, with its download and how far that was."""
    found = runs.live(connection)
    kept = downloads.many(connection, [run.download_id or "" for run in found])
    told = events.many(connection, [run.seq for run in found])
    return [
        (
            run,
            kept.get(run.download_id or ""),
            told.get(run.seq, {}).get("percent") or 0,
        )
        for run in found
    ]


def _itself(run: Run) -> Run:
    return run
