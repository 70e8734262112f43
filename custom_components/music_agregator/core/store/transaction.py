"""One transaction on an engine: durable, with only typed errors, and leaving no trace.

Both databases run their work by it: `engine_database.py` and, in Home Assistant,
`bridge/recorder_database.py`. A connection is given back as it was found.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from ..errors import StoreError, StoreUnavailableError
from .database_errors import classify_error


def transact[T](engine: Engine, fn: Callable[[Connection], T], *, durable: bool) -> T:
    """Run `fn` in one transaction of the engine; raise only typed errors.

    Neither parameters nor rows are ever logged: they hold secrets. On SQLite what is
    `durable` survives a loss of power (`synchronous=FULL`).
    """
    # The recorder's engine must not be changed, so that a copy has the options.
    private = engine.execution_options()
    private.hide_parameters = True
    try:
        with private.connect() as connection:
            # At its level "debug" SQLAlchemy logs every row.
            connection._echo = False  # noqa: SLF001
            with _synchronous(connection, durable=durable), connection.begin():
                return fn(connection)
    except SQLAlchemyError as error:
        failure = classify_error(error)
    except (OSError, MemoryError) as error:
        # No file handle, no memory: that passes.
        failure = StoreUnavailableError(type(error).__name__)
    except (OverflowError, ValueError) as error:
        # No column holds such a value.
        failure = StoreError(type(error).__name__)
    raise failure


@contextmanager
def _synchronous(connection: Connection, *, durable: bool) -> Iterator[None]:
    """Have SQLite wait for the disk, and no longer afterwards."""
    if not durable or connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    connection.exec_driver_sql("PRAGMA synchronous=FULL")
    connection.rollback()
    try:
        yield
    finally:
        with suppress(SQLAlchemyError):
            connection.exec_driver_sql(f"PRAGMA synchronous={int(before)}")
            connection.rollback()
