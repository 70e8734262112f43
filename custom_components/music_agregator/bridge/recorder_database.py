"""RecorderDatabase: the Database port on the recorder's engine.

Retries on locks, lost connections and deadlocks: `core/store/retrying_database.py`;
durability and typed errors: `core/store/transaction.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from sqlalchemy import Connection

from ..core.common.clock import SYSTEM_CLOCK, Clock
from ..core.errors import StoreError, StoreUnavailableError
from ..core.store.retrying_database import RetryingDatabase, submit_error
from ..core.store.transaction import transact


class RecorderDatabase(RetryingDatabase):
    """Our tables beside the recorder's own, whatever engine the user chose.

    The recorder replaces its engine when it moves a corrupt database away, and drops it at
    shutdown, so that every call gets it again.
    """

    def __init__(self, hass: HomeAssistant, clock: Clock = SYSTEM_CLOCK) -> None:
        """Initialize the database."""
        super().__init__(clock)
        self._hass = hass
        self._at_work: set[asyncio.Future[Any]] = set()
        self._is_closed = False

    @override
    def _submit[T](
        self, fn: Callable[[Connection], T], *, durable: bool
    ) -> Awaitable[T]:
        """Run `fn` in the recorder's own threads."""
        if self._is_closed:
            raise StoreError("the database is closed")
        instance = get_instance(self._hass)

        def work() -> T:
            if instance.engine is None:
                raise StoreUnavailableError("the recorder has no database now")
            return transact(instance.engine, fn, durable=durable)

        try:
            job = instance.async_add_executor_job(work)
        except RuntimeError as err:
            raise submit_error(err) from err
        self._at_work.add(job)
        job.add_done_callback(self._ended)
        return _result(job)

    def _ended(self, job: asyncio.Future[Any]) -> None:
        self._at_work.discard(job)
        if not job.cancelled():
            # The caller may have left.
            job.exception()

    @override
    async def close(self) -> None:
        """Wait for running jobs.

        SQLite crashes the process if the recorder closes their connections.
        """
        self._is_closed = True
        if self._at_work:
            await asyncio.wait(self._at_work)


async def _result[T](job: asyncio.Future[T]) -> T:
    """Return the result of a job, which goes on when the caller is cancelled."""
    await asyncio.wait((job,))
    return job.result()
