"""Database errors: which may pass, by their codes, and none with statements or parameters.

`retrying_database.py` retries what is StoreUnavailableError here.
"""

import sqlite3
from typing import Any

from sqlalchemy.exc import (
    DBAPIError,
    NoResultFound,
    SQLAlchemyError,
    TimeoutError as PoolTimeout,
)

from ..errors import (
    StoreError,
    StoreMissingError,
    StoreNotWritableError,
    StoreUnavailableError,
)

# The error of MySQL and MariaDB for a missing table.
_MISSING_CODE = 1146

_MISSING_WORDS = ("no such table", "undefinedtable")

# The primary codes of SQLite for what may pass: a lock, no memory, a file system that is
# full or away for now, and a damaged file that the recorder moves away.
_SQLITE_TRANSIENT = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_SCHEMA,
        sqlite3.SQLITE_NOTADB,
    }
)

# Lock wait, deadlock, too many connections, shutdown, gone away, lost, cannot connect; out
# of disk, memory or connections; interrupted or killed; the network.
_MYSQL_TRANSIENT = frozenset(
    {1205, 1213, 1040, 1053, 2002, 2003, 2006, 2013, 2055}
    | {1021, 1030, 1037, 1038, 1041, 1114, 1135, 1203, 1226}
    | {1317, 1927, 3024, 1158, 1159, 1160, 1161}
)

# The classes "transaction rollback", "connection", "resources", "operator intervention" and
# "system error", and a lock.
_POSTGRESQL_TRANSIENT = ("40", "08", "53", "57", "58", "55P03")

# A server that is read-only for now: a replica, or before it takes over.
_POSTGRESQL_READ_ONLY = "25006"
_MYSQL_READ_ONLY = frozenset({1290, 1792, 1836})

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
    if isinstance(error, PoolTimeout):
        return StoreUnavailableError("no connection is free")
    if isinstance(error, NoResultFound):
        # Tables without their first rows: somebody is making them.
        return StoreMissingError(type(error).__name__)
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
    sqlstate = str(
        getattr(origin, "sqlstate", None) or getattr(origin, "pgcode", None) or ""
    )
    sqlite_code = getattr(origin, "sqlite_errorcode", None)
    if (
        sqlstate == _POSTGRESQL_READ_ONLY
        or number in _MYSQL_READ_ONLY
        or (sqlite_code is not None and sqlite_code & 0xFF == sqlite3.SQLITE_READONLY)
    ):
        return StoreNotWritableError(name)
    if (
        error.connection_invalidated
        or (sqlite_code is not None and sqlite_code & 0xFF in _SQLITE_TRANSIENT)
        or number in _MYSQL_TRANSIENT
        or (sqlstate and sqlstate.startswith(_POSTGRESQL_TRANSIENT))
        or any(word in words for word in _TRANSIENT_WORDS)
    ):
        return StoreUnavailableError(name)
    return StoreError(name)
