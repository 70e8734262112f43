"""Database: the port on which the store works.

`fn` takes a connection, runs in one transaction in a worker thread and returns plain
values. It may run twice: a try with an unknown outcome is repeated. The implementations:
`engine_database.py`, `read_only.py`, and the host's on the recorder's engine.
"""

from collections.abc import Awaitable, Callable
from typing import Concatenate, Protocol

from sqlalchemy import Connection


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
