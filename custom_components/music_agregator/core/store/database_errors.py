"""Database errors: which are worth a retry, and none with statements or parameters.

`retrying_database.py` retries what is StoreUnavailableError here.
"""

from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ..errors import StoreError, StoreMissingError, StoreUnavailableError

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


def classify_error(error: SQLAlchemyError) -> StoreError:
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
