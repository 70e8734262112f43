"""One transaction on an engine: `synchronous=FULL` on SQLite, and only typed errors.

Both databases run their work by it: `engine_database.py` and, in Home Assistant,
`bridge/recorder_database.py`.
"""

from collections.abc import Callable

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from .database_errors import classify_error


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
        failure = classify_error(error)
    raise failure
