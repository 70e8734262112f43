"""ReadOnlyDatabase: read a store of another process; nothing in it can be changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, override
from urllib.parse import quote

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import NoSuchModuleError

from ..common.clock import SYSTEM_CLOCK, Clock
from ..errors import StoreError, StoreNotWritableError, StoreReadOnlyError
from .engine_database import EngineDatabase
from .urls import parse_url

_SQLITE = b"SQLite format 3\0"

# The statement that makes a connection read-only, by the kind of database.
_READ_ONLY = {
    "sqlite": "PRAGMA query_only=ON",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}


class ReadOnlyDatabase(EngineDatabase):
    """The port on any SQLAlchemy URL, or on the path of a SQLite file."""

    def __init__(self, url: str, *, clock: Clock = SYSTEM_CLOCK) -> None:
        """Raise StoreError where no such database can be opened."""
        try:
            super().__init__(_url(url), clock=clock)
        except NoSuchModuleError:
            raise StoreError("no address of a database that is known") from None
        except ModuleNotFoundError as error:
            raise StoreError(f"this database needs the module {error.name}") from None

    @override
    async def write[**P, T](
        self,
        fn: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Raise StoreReadOnlyError."""
        raise StoreReadOnlyError

    @override
    async def _once[T](self, fn: Callable[[Connection], T], *, durable: bool) -> T:
        try:
            return await super()._once(fn, durable=durable)
        except StoreNotWritableError:
            # Elsewhere that may pass, here it does not.
            raise StoreReadOnlyError from None

    @override
    def _prepare(self, connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute(_READ_ONLY[self._engine.dialect.name])
        cursor.close()
        connection.commit()


def _url(url: str) -> URL:
    """Return the address; a SQLite file is opened so that it cannot be written."""
    if "://" not in url:
        return _file(url)
    address = parse_url(url)
    if address.get_backend_name() not in _READ_ONLY:
        raise StoreError("a database of another kind than Home Assistant's")
    if address.get_backend_name() == "sqlite":
        return _file(address.database or "")
    return address


def _file(path: str) -> URL:
    file = Path(path).expanduser().absolute()
    if not file.is_file():
        raise StoreError(f"there is no file {file}")
    try:
        with file.open("rb") as opened:
            beginning = opened.read(len(_SQLITE))
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror}") from None
    if beginning != _SQLITE:
        raise StoreError(f"{file} is no SQLite database")
    return make_url(f"sqlite:///file:{quote(str(file))}?mode=ro&uri=true")
