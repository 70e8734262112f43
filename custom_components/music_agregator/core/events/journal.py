"""Journal: commit an event with its rows, and only then publish it.

What an event holds, and why never a secret: `event_data.py`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection
from ulid_transform import ulid_at_time

from ..common.clock import Clock, within
from ..common.tasks import wait_without_cancelling
from ..model import AlbumEvent, Download, Run, WorkflowStatus as S
from ..store import downloads, events, runs, schema, wanted
from ..store.database import Database
from ..transitions import check
from .bus import EventBus
from .event_data import event_data

_CLOSE_SECONDS = 10.0

# In these statuses a run depends on its candidates.
_CHOOSING = frozenset({S.PARSING_RESULTS, S.AWAITING_SELECTION})

type Also = Callable[[Connection, Run], Run]


class Journal:
    """The only writer of events: the order of commits, of seqs and of publishing is one."""

    def __init__(self, database: Database, bus: EventBus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._order = asyncio.Lock()
        self._pending: set[asyncio.Task[Run]] = set()

    async def record(
        self,
        run: Run,
        status: S,
        data: Mapping[str, Any] | None = None,
        *,
        also: Also | None = None,
    ) -> Run:
        """Move a run to a status and return the updated run.

        `also` writes the other rows of the step in the same transaction, and returns the
        run with its changes. The step is completed even if the caller is cancelled. Raises IllegalTransitionError, StoreError.
        """
        return await self._finish(self._record(run, status, data or {}, also))

    async def adopt(self, run: Run, also: Also) -> Run:
        """Write a run whose rows were lost, in the status that it is in.

        Raises StoreError.
        """
        return await self._finish(
            self._record(run, run.status, {"restored": True}, also, is_new=True)
        )

    def recreate(
        self, connection: Connection, live: Sequence[tuple[Run, Download | None]]
    ) -> tuple[str, dict[str, Run]]:
        """Create lost tables again and write the live runs into them.

        Returns the new store's id, and the runs as they are now, by their ids. A run
        that was choosing searches again: its candidates are lost, too.
        """
        store_id = schema.prepare(connection)
        moved: dict[str, Run] = {}
        for run, download in live:
            if download and not downloads.get(connection, download.download_id):
                downloads.add(connection, run.run_id, download, run.updated_at)
            moved[run.run_id] = replace(
                run,
                seq=events.next_seq(connection),
                status=S.SEARCHING if run.status in _CHOOSING else run.status,
            )
            now = self._clock.now()
            _save(
                connection,
                _event(moved[run.run_id], ulid_at_time(now), now, {"restored": True}),
                moved[run.run_id],
            )
        return store_id, moved

    async def settled(self) -> None:
        """Wait for the steps that are being committed."""
        while self._pending:
            await asyncio.wait(self._pending)

    async def close(self) -> None:
        """Wait for the steps that are being committed, but not for a database that is away."""
        with suppress(TimeoutError):
            await within(self._clock, _CLOSE_SECONDS, self.settled())
        for task in self._pending:
            task.cancel()
        await self.settled()

    async def _finish(self, work: Coroutine[Any, Any, Run]) -> Run:
        """Complete some work even if the caller is cancelled."""
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
        status: S,
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
            event = _event(moved, event_id, now, data)
            _save(connection, event, moved)
            wanted.update_after(connection, moved)
            return moved, event

        async with self._order:
            moved, event = await self._database.write(commit)
            self._bus.publish(event)
        return moved


def _event(run: Run, event_id: str, at: float, data: Mapping[str, Any]) -> AlbumEvent:
    """Return the event of a run that has come to its status."""
    return AlbumEvent(
        seq=run.seq,
        event_id=event_id,
        run_id=run.run_id,
        album_id=run.album_id,
        quality=run.quality,
        status=run.status,
        at=at,
        data=event_data(run, data),
    )


def _save(connection: Connection, event: AlbumEvent, run: Run) -> None:
    runs.save(connection, run)
    events.add(connection, event)
