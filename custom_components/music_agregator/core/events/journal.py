"""Journal: an event is committed with its rows, and only then told."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
import json
from typing import Any

from sqlalchemy import Connection
from ulid_transform import ulid_at_time

from ..common.clock import Clock, within
from ..common.tasks import wait_without_cancelling
from ..model import (
    AlbumEvent,
    Run,
    WorkflowStatus,
)
from ..store import (
    events,
    runs,
    wanted,
)
from ..store.database import Database
from ..transitions import check
from .bus import EventBus

DATA_LIMIT = 8_000
_CLOSE_SECONDS = 10.0

type Also = Callable[[Connection, Run], Run]


class Journal:
    """The one writer of events: commit order is seq order is the order of telling."""

    def __init__(self, database: Database, bus: EventBus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._order = asyncio.Lock()
        self._pending: set[asyncio.Task[Run]] = set()

    async def record(
        self,
        run: Run,
        status: WorkflowStatus,
        data: Mapping[str, Any] | None = None,
        *,
        also: Also | None = None,
    ) -> Run:
        """Move a run to a status and return it as it is now.

        `also` writes what belongs to the step, in the same transaction, and returns
        the run with what it changed. The step is taken whole, whether or not the
        caller is cancelled. Raises IllegalTransitionError, StoreError.
        """
        return await self._whole(self._record(run, status, data or {}, also))

    async def adopt(self, run: Run, also: Also) -> Run:
        """Write a run whose rows were lost, in the status that it is in.

        Raises StoreError.
        """
        return await self._whole(
            self._record(run, run.status, {"restored": True}, also, is_new=True)
        )

    def write_again(self, connection: Connection, run: Run) -> None:
        """Write a live run as it is into tables that were lost."""
        now = self._clock.now()
        status = run.status
        if status is WorkflowStatus.AWAITING_SELECTION:
            # Its candidates are lost, too: they are searched for and offered anew.
            status = WorkflowStatus.PARSING_RESULTS
        moved = replace(run, seq=events.next_seq(connection), status=status)
        runs.save(connection, moved)
        events.add(
            connection,
            AlbumEvent(
                seq=moved.seq,
                event_id=ulid_at_time(now),
                run_id=run.run_id,
                album_id=run.album_id,
                quality=run.quality,
                status=status,
                at=now,
                data={**_names(run), "restored": True},
            ),
        )

    async def settled(self) -> None:
        """Wait for the steps under way."""
        while self._pending:
            await asyncio.wait(self._pending)

    async def close(self) -> None:
        """Wait for the steps under way, but not for a database that is away."""
        with suppress(TimeoutError):
            await within(self._clock, _CLOSE_SECONDS, self.settled())
        for task in self._pending:
            task.cancel()
        await self.settled()

    async def _whole(self, work: Coroutine[Any, Any, Run]) -> Run:
        """Do all of some work, whether or not the caller is cancelled."""
        task = asyncio.create_task(work)
        self._pending.add(task)
        task.add_done_callback(self._settle)
        return await wait_without_cancelling(task)

    def _settle(self, task: asyncio.Task[Run]) -> None:
        self._pending.discard(task)
        if not task.cancelled():
            task.exception()

    async def _record(
        self,
        run: Run,
        status: WorkflowStatus,
        data: Mapping[str, Any],
        also: Also | None,
        *,
        is_new: bool = False,
    ) -> Run:
        now = self._clock.now()
        event_id = ulid_at_time(now)

        def commit(connection: Connection) -> tuple[Run, AlbumEvent]:
            committed = events.find(connection, event_id)
            stored = runs.find(connection, run.run_id)
            if committed and stored:
                return stored, committed
            seq = events.next_seq(connection)
            if stored or not is_new:
                check(stored.status if stored else None, status)
            moved = replace(
                stored or run,
                status=status,
                seq=seq,
                updated_at=now,
                reason=data.get("error"),
            )
            if also is not None:
                moved = also(connection, moved)
            event = AlbumEvent(
                seq=seq,
                event_id=event_id,
                run_id=moved.run_id,
                album_id=moved.album_id,
                quality=moved.quality,
                status=status,
                at=now,
                data=fitted({**_names(moved), **data}),
            )
            runs.save(connection, moved)
            events.add(connection, event)
            wanted.follow(connection, moved)
            return moved, event

        async with self._order:
            moved, event = await self._database.write(commit)
            self._bus.publish(event)
        return moved


def _names(run: Run) -> dict[str, str]:
    """Return what people call the album, once that is known."""
    return {"artist": run.artist, "album": run.title} if run.title else {}


def fitted(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return event data that keeps the limit: its longest list is shortened."""
    kept = dict(data)
    while len(json.dumps(kept)) > DATA_LIMIT:
        name = max(kept, key=lambda key: len(json.dumps(kept[key])))
        value = kept[name]
        kept[name] = value[: len(value) // 2] if isinstance(value, list | str) else None
    return kept
