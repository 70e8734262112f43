"""RetryingDatabase: one writer at a time, retries, and recovery of lost tables.

Retried are locks (a backup holds one), lost connections and deadlocks; `database_errors.py`
classifies. A write waits as long as it takes, a read fails after a few tries.
"""

import asyncio
from collections.abc import Awaitable, Callable
import logging
from typing import Concatenate

from sqlalchemy import Connection

from ..common.clock import SYSTEM_CLOCK, Clock, backoff
from ..common.tasks import finish_before_cancelling, is_shortage
from ..errors import StoreError, StoreMissingError, StoreUnavailableError

_LOGGER = logging.getLogger(__name__)

READ_TRIES = 5
_LONGEST_PAUSE = 30.0


def submit_error(error: RuntimeError) -> StoreError:
    """Return the error of a thread pool that took no work: closed, or out of threads."""
    if is_shortage(error):
        return StoreUnavailableError("no thread is free")
    return StoreError("the database is closed")


class RetryingDatabase:
    """What the implementations share: one writer at a time, retries, recovery."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._writing = asyncio.Lock()
        # One thread at a time: the recorder needs the others for its own readers, and many
        # at once would slow the event loop down.
        self._reading = asyncio.Lock()
        # A backup stops the writers only, so that reads and writes are away separately.
        self._away: set[bool] = set()
        self.recover: Callable[[], Awaitable[None]] | None = None

    def _submit[T](
        self, fn: Callable[[Connection], T], *, durable: bool
    ) -> Awaitable[T]:
        """Run `fn` by `transact` in a worker thread."""
        raise NotImplementedError

    async def write[**P, T](
        self,
        fn: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `fn` in a transaction and commit it; wait while the database is busy."""
        return await self._recovering(
            self._write, lambda connection: fn(connection, *args, **kwargs)
        )

    async def read[**P, T](
        self,
        fn: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `fn` in a transaction; StoreUnavailableError after a few tries."""
        return await self._recovering(
            self._read, lambda connection: fn(connection, *args, **kwargs)
        )

    async def _recovering[T](
        self,
        call: Callable[[Callable[[Connection], T]], Awaitable[T]],
        fn: Callable[[Connection], T],
    ) -> T:
        """Run a call; repeat it after lost tables were recovered."""
        try:
            return await call(fn)
        except StoreMissingError:
            if self.recover is None:
                raise
        await self.recover()
        return await call(fn)

    async def _write[T](self, fn: Callable[[Connection], T]) -> T:
        async with self._writing:
            return await self._with_retries(fn, durable=True, tries=None)

    async def _read[T](self, fn: Callable[[Connection], T]) -> T:
        return await self._with_retries(fn, durable=False, tries=READ_TRIES)

    async def _with_retries[T](
        self, fn: Callable[[Connection], T], *, durable: bool, tries: int | None
    ) -> T:
        attempt = 0
        while True:
            attempt += 1
            try:
                result = await self._once(fn, durable=durable)
            except StoreUnavailableError as error:
                if tries is not None and attempt >= tries:
                    raise
                if durable not in self._away:
                    self._away.add(durable)
                    _LOGGER.warning(
                        "The database is locked or away (%s); waiting for it", error
                    )
            else:
                if durable in self._away:
                    self._away.discard(durable)
                    _LOGGER.info("The database is back")
                return result
            await self._clock.sleep(backoff(attempt - 1, longest=_LONGEST_PAUSE))

    async def _once[T](self, fn: Callable[[Connection], T], *, durable: bool) -> T:
        if durable:
            return await finish_before_cancelling(self._submit(fn, durable=True))
        async with self._reading:
            return await finish_before_cancelling(self._submit(fn, durable=False))

    async def close(self) -> None:
        """Release the connections."""
