"""EngineDatabase: the Database port on an engine of our own.

Retries: `retrying_database.py`; durability and typed errors: `transaction.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event

from ..common.clock import SYSTEM_CLOCK, Clock
from .retrying_database import RetryingDatabase, submit_error
from .transaction import transact
from .urls import parse_url


class EngineDatabase(RetryingDatabase):
    """The port on an engine of our own, from any SQLAlchemy URL."""

    def __init__(self, url: str | URL, *, clock: Clock = SYSTEM_CLOCK) -> None:
        super().__init__(clock)
        self._engine = create_engine(parse_url(url), pool_pre_ping=True)
        event.listen(self._engine, "connect", self._prepare)
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="music_agregator")

    def _submit[T](
        self, fn: Callable[[Connection], T], *, durable: bool
    ) -> Awaitable[T]:
        try:
            return asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: transact(self._engine, fn, durable=durable)
            )
        except RuntimeError as error:
            raise submit_error(error) from None

    async def close(self) -> None:
        """Wait for running functions, and close the connections."""
        async with self._writing:
            await asyncio.to_thread(self._threads.shutdown)
            self._engine.dispose()

    def _prepare(self, connection: Any, _: object) -> None:
        """Configure a new connection."""
        if self._engine.dialect.name == "sqlite":
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA busy_timeout=5000")
            cursor.close()
