"""The Database port, what both implementations share, and our own engine.

`fn` takes a connection, runs in one transaction in a worker thread and returns plain
values. It may run twice: a try with an unknown outcome is repeated.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
import logging
from typing import Any, Concatenate, Protocol

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from ..common.clock import SYSTEM_CLOCK, Clock, backoff
from ..common.tasks import finish_before_cancelling
from ..errors import StoreError, StoreMissingError, StoreUnavailableError

_LOGGER = logging.getLogger(__name__)

READ_TRIES = 5
_LONGEST_PAUSE = 30.0


class Database(Protocol):
    """Runs functions in transactions."""

    recover: Callable[[], Awaitable[None]] | None
    """Makes lost tables again; a call that meets them waits for it, and is retried."""

    async def write[**P, T](
        self,
        fn: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `fn` in a transaction and commit it; wait while the database is busy."""

    async def read[**P, T](
        self,
        fn: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `fn` in a transaction; StoreUnavailableError after a few tries."""

    async def close(self) -> None:
        """Release the connections."""


# The error of MySQL and MariaDB for a missing table.
_MISSING_CODE = 1146
_MISSING_WORDS = ("no such table", "undefinedtable")
# Lock wait, deadlock, too many connections, shutdown, gone away, lost, cannot connect.
_MYSQL_TRANSIENT = frozenset({1205, 1213, 1040, 1053, 2002, 2003, 2006, 2013})
# Serialisation, deadlock, lock, and the classes "connection" and "resources".
_POSTGRESQL_TRANSIENT = ("40001", "40P01", "55P03", "57P", "08", "53")
_TRANSIENT_WORDS = (
    "database is locked",
    "database table is locked",
    "database is busy",
    "database or disk is full",
    "could not connect",
    "connection refused",
    "server closed the connection",
    "connection to server",
    # The recorder moves a damaged file away and begins another.
    "malformed",
    "file is not a database",
)


def typed_error(error: SQLAlchemyError) -> StoreError:
    """Return our error for one of SQLAlchemy's, without statement or parameters."""
    if not isinstance(error, DBAPIError):
        return StoreError(type(error).__name__)
    origin = error.orig
    name = type(origin).__name__
    words = str(origin).lower()
    arguments: tuple[Any, ...] = getattr(origin, "args", ())
    number = arguments[0] if arguments and isinstance(arguments[0], int) else None
    if number == _MISSING_CODE or any(
        word in words or word in name.lower() for word in _MISSING_WORDS
    ):
        return StoreMissingError(name)
    sqlstate = str(getattr(origin, "pgcode", None) or "")
    if (
        error.connection_invalidated
        or number in _MYSQL_TRANSIENT
        or (sqlstate and sqlstate.startswith(_POSTGRESQL_TRANSIENT))
        or any(word in words for word in _TRANSIENT_WORDS)
    ):
        return StoreUnavailableError(name)
    return StoreError(name)


def parsed(url: str | URL) -> URL:
    """Parse a SQLAlchemy URL. Raises StoreError, without the URL in it."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError("no address of a database") from None


def safe_url(url: str | URL) -> str:
    """Return an address without user, password and options."""
    address = parsed(url)
    where = URL.create(
        address.get_backend_name(), host=address.host, database=address.database
    )
    return where.render_as_string()


def transact[T](engine: Engine, fn: Callable[[Connection], T], *, durable: bool) -> T:
    """Run `fn` in one transaction of the engine; raise only typed errors.

    Parameters are never logged: they hold secrets.
    """
    # The recorder's engine must not be changed, so that a copy has the options.
    private = engine.execution_options()
    private.hide_parameters = True
    try:
        with private.connect() as connection:
            if durable and connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA synchronous=FULL")
                connection.rollback()
            with connection.begin():
                return fn(connection)
    except SQLAlchemyError as error:
        failure = typed_error(error)
    raise failure


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
            return await self._persist(fn, durable=True, tries=None)

    async def _read[T](self, fn: Callable[[Connection], T]) -> T:
        return await self._persist(fn, durable=False, tries=READ_TRIES)

    async def _persist[T](
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


class EngineDatabase(RetryingDatabase):
    """The port on an engine of our own, from any SQLAlchemy URL."""

    def __init__(self, url: str | URL, *, clock: Clock = SYSTEM_CLOCK) -> None:
        super().__init__(clock)
        self._engine = create_engine(parsed(url), pool_pre_ping=True)
        event.listen(self._engine, "connect", self._prepare)
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="music_agregator")

    def _submit[T](
        self, fn: Callable[[Connection], T], *, durable: bool
    ) -> Awaitable[T]:
        try:
            return asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: transact(self._engine, fn, durable=durable)
            )
        except RuntimeError:
            raise StoreError("the database is closed") from None

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
