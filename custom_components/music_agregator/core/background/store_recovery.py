"""StoreRecovery: a lost store is made again, and treated as a restart.

The database calls it when it meets missing tables (`store/retrying_database.py`); what met
them goes on afterwards. The live runs are written into the new tables by `Journal.recreate`.
"""

import logging

from ..common.signal import Signal
from ..common.single_flight import SingleFlight
from ..common.tasks import BackgroundTasks
from ..events.bus import EventBus
from ..events.journal import Journal
from ..store import schema
from ..store.database import Database
from ..workflow.registry import LiveRun
from ..workflow.runner import Runner
from .maintenance import Maintenance

_LOGGER = logging.getLogger(__name__)


class StoreRecovery:
    """Makes lost tables again, once however many met them; emits `restored`."""

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        bus: EventBus,
        runner: Runner,
        maintenance: Maintenance,
        tasks: BackgroundTasks,
        restored: Signal[()],
    ) -> None:
        self._database = database
        self._journal = journal
        self._bus = bus
        self._runner = runner
        self._maintenance = maintenance
        self._tasks = tasks
        self._restored = restored
        self._flight = SingleFlight[None]()

    def start(self) -> None:
        """Be called from now on."""
        self._database.recover = self.recover

    async def close(self) -> None:
        """Be called no more, and end what goes on."""
        self._database.recover = None
        await self._flight.close()

    async def recover(self) -> None:
        """Make lost tables again."""
        await self._flight.call("store", self._recreate)

    async def _recreate(self, _: str) -> None:
        """Stop the runs, write what is live, and let them go on."""
        if await self._database.read(schema.has_all_tables):
            return
        stopped = await self._runner.stop()
        self._bus.store_id, moved = await self._database.write(
            self._journal.recreate,
            [(live.run, live.download) for live in stopped if live.started.done()],
        )
        for live in stopped:
            live.run = moved.get(live.run.run_id, live.run)
        _LOGGER.warning("The event table was lost and made again")
        self._bus.rewind()
        self._maintenance.run_all_soon()
        self._restored.emit()
        self._tasks.spawn(self._continue(stopped), "music_agregator recovery")

    async def _continue(self, stopped: list[LiveRun]) -> None:
        """Start stopped runs again, once what they were committing is committed."""
        await self._journal.settled()
        self._runner.continue_runs(stopped)
