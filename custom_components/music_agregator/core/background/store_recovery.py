"""StoreRecovery: a lost store is made again, and treated as a restart.

The database calls it when it meets missing tables (`store/retrying_database.py`); what met
them goes on afterwards. The live runs are written into the new tables by `Journal.recreate`.
"""

import asyncio
from dataclasses import dataclass
import logging

from ..common.signal import Signal
from ..common.single_flight import SingleFlight
from ..common.tasks import BackgroundTasks
from ..errors import StoreError, StoreMissingError
from ..events.bus import EventBus
from ..events.journal import Journal
from ..store import schema
from ..store.database import Database
from ..workflow.registry import LiveRun
from ..workflow.runner import Runner
from .maintenance import Maintenance

_LOGGER = logging.getLogger(__name__)


@dataclass(eq=False, kw_only=True, repr=False)
class StoreRecovery:
    """Makes lost tables again, once however many met them; emits `restored`."""

    database: Database
    journal: Journal
    bus: EventBus
    runner: Runner
    maintenance: Maintenance
    tasks: BackgroundTasks
    restored: Signal[()]

    def __post_init__(self) -> None:
        self._flight = SingleFlight[None](goes_on=True)
        self._at_work: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Be called from now on."""
        self.database.recover = self.recover

    async def close(self) -> None:
        """Be called no more, and end what goes on."""
        self.database.recover = None
        await self._flight.close()

    async def recover(self) -> None:
        """Make lost tables again. Raises StoreError."""
        if asyncio.current_task() is self._at_work:
            raise StoreMissingError("lost again while they were made")
        await self._flight.call("store", self._recreate)

    async def _recreate(self, _: str) -> None:
        """Stop the runs, write what is live, and let them go on."""
        self._at_work = asyncio.current_task()
        if await self.database.read(schema.has_all_tables):
            return
        stopped = await self.runner.stop()
        try:
            self.bus.store_id, moved = await self.database.write(
                self.journal.recreate,
                [(live.run, live.download) for live in stopped if live.started.done()],
            )
        except Exception as error:
            _LOGGER.warning("The event table was lost and cannot be made: %s", error)
            self.runner.leave_runs(stopped, StoreError(str(error)))
            raise
        for live in stopped:
            live.run = moved.get(live.run.run_id, live.run)
        _LOGGER.warning("The event table was lost and made again")
        self.bus.rewind()
        self.maintenance.run_all_soon()
        self.restored.emit()
        self.tasks.spawn(self._continue(stopped), "music_agregator recovery")

    async def _continue(self, stopped: list[LiveRun]) -> None:
        """Start stopped runs again, once what they were committing is committed."""
        await self.journal.settled()
        self.runner.continue_runs(stopped)
