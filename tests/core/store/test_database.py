"""EngineDatabase on SQLite, PostgreSQL and MariaDB."""

import asyncio
from collections.abc import AsyncIterator, Iterator
import logging
from pathlib import Path
import sqlite3

import pytest
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.exc import DBAPIError, TimeoutError as PoolTimeout

from custom_components.music_agregator.core.errors import (
    StoreError,
    StoreMissingError,
    StoreUnavailableError,
)
from custom_components.music_agregator.core.model import Link
from custom_components.music_agregator.core.store import cursors, events, links, schema
from custom_components.music_agregator.core.store.database_errors import classify_error
from custom_components.music_agregator.core.store.engine_database import EngineDatabase
from custom_components.music_agregator.core.store.tables import META, METADATA
from custom_components.music_agregator.core.store.transaction import transact
from tests.contracts import DatabaseContract, Look
from tests.fakes import ManualClock

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.mark.parametrize(
    "server",
    [
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.server),
        pytest.param("mariadb", marks=pytest.mark.server),
    ],
)
class TestEngineDatabase(DatabaseContract):
    @pytest.fixture
    def url(self, server: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
        if server == "sqlite":
            return f"sqlite:///{tmp_path / 'store.db'}"
        return str(request.getfixturevalue(f"{server}_url"))

    @pytest.fixture
    async def port(self, url: str) -> AsyncIterator[EngineDatabase]:
        database = EngineDatabase(url)
        yield database
        await database.close()
        engine = create_engine(url)
        METADATA.drop_all(engine)
        engine.dispose()

    @pytest.fixture
    def look(self, url: str) -> Iterator[Look]:
        engine = create_engine(url)
        with engine.connect() as connection:
            yield lambda fn: fn(connection)
        engine.dispose()


async def test_sqlite_survives_a_power_cut(database: EngineDatabase) -> None:
    """PRAGMA synchronous=FULL holds on the connection that writes."""
    synchronous = await database.write(
        lambda c: c.execute(text("PRAGMA synchronous")).scalar_one()
    )
    assert synchronous == 2


async def test_a_locked_database_is_waited_for_and_the_log_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock(short=0)
    path = tmp_path / "store.db"
    database = EngineDatabase(f"sqlite:///{path}?timeout=0", clock=clock)
    await database.write(schema.prepare)
    await database.write(lambda c: c.exec_driver_sql("PRAGMA busy_timeout=0"))
    backup = sqlite3.connect(path, isolation_level=None)
    backup.execute("BEGIN IMMEDIATE")
    caplog.set_level(logging.INFO)
    writing = asyncio.create_task(database.write(lambda c: cursors.put(c, "x", 5)))
    for wait in (1, 2, 4):
        await clock.until_waiting(wait)
        clock.advance(wait)
    await clock.until_waiting(8)
    backup.execute("COMMIT")
    backup.close()
    clock.advance(8)
    await writing
    assert await database.read(lambda c: cursors.get(c, "x")) == 5
    said = [r.levelname for r in caplog.records if "database" in r.message]
    assert said == ["WARNING", "INFO"]
    await database.close()


async def test_a_reader_gives_up_after_a_few_tries(tmp_path: Path) -> None:
    database = EngineDatabase(
        "postgresql+psycopg2://nobody@127.0.0.1:9/none", clock=ManualClock(short=60)
    )
    with pytest.raises(StoreUnavailableError):
        await database.read(lambda c: None)
    await database.close()


async def test_a_connection_is_given_back_as_it_was_found(
    database: EngineDatabase, tmp_path: Path
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'other.db'}")

    def pragma(connection: Connection) -> int:
        return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA synchronous=OFF")
    assert transact(engine, pragma, durable=True) == 2
    assert transact(engine, pragma, durable=False) == 0

    def fail(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE t (x)")
        raise StoreError("no")

    with pytest.raises(StoreError):
        transact(engine, fail, durable=True)
    assert transact(engine, pragma, durable=False) == 0
    engine.dispose()


async def test_no_logger_at_any_level_tells_a_row(
    database: EngineDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("", "sqlalchemy", "sqlalchemy.engine", "sqlalchemy.engine.Engine"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    secret = "s3cr3tkey"
    try:
        await database.write(schema.prepare)
        link_id = await database.write(
            links.add, run_id="r", link=Link(guid=secret, torrent=secret.encode())
        )
        found = await database.read(links.get, link_id=link_id)
        assert found.guid == secret
    finally:
        for name in ("sqlalchemy", "sqlalchemy.engine", "sqlalchemy.engine.Engine"):
            logging.getLogger(name).setLevel(logging.NOTSET)
    assert secret not in caplog.text


@pytest.mark.parametrize("value", [2**63, 10**30, "\ud83d"])
async def test_a_value_that_no_column_holds_is_a_typed_error(
    database: EngineDatabase, value: int | str
) -> None:
    await database.write(schema.prepare)
    statement = select(META).where(META.c.value == value)
    with pytest.raises(StoreError) as caught:
        await database.read(lambda connection: connection.execute(statement).all())
    assert type(caught.value) is StoreError


async def test_a_reader_waits_until_the_tables_that_are_made_have_their_first_rows(
    database: EngineDatabase,
) -> None:
    await database.write(METADATA.create_all)
    with pytest.raises(StoreMissingError):
        await database.read(events.head)

    async def make_the_rest() -> None:
        await database.write(schema.prepare)

    database.recover = make_the_rest
    assert await database.read(events.head) == 0


def failed(origin: Exception) -> DBAPIError:
    return DBAPIError("SELECT secret", {"secret": "s3cr3tkey"}, origin)


class PostgresError(Exception):
    """An error as psycopg's."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("any words")
        self.pgcode = self.sqlstate = sqlstate


@pytest.mark.parametrize(
    "origin",
    [
        *(
            PostgresError(code)
            for code in ("40001", "40P01", "55P03", "57P03", "08006")
        ),
        *(PostgresError(code) for code in ("53100", "53300", "58030", "25006")),
        *(Exception(code, "any words") for code in (1205, 1213, 1040, 2006, 2013)),
        *(
            Exception(code, "any words")
            for code in (1021, 1037, 1114, 1290, 1317, 1836)
        ),
    ],
)
def test_what_passes_is_told_by_its_code(origin: Exception) -> None:
    error = classify_error(failed(origin))
    assert isinstance(error, StoreUnavailableError)
    assert "s3cr3tkey" not in str(error)


@pytest.mark.parametrize(
    "origin",
    [PostgresError("42601"), PostgresError("23505"), Exception(1064, "syntax")],
)
def test_what_stays_wrong_is_not_waited_for(origin: Exception) -> None:
    assert type(classify_error(failed(origin))) is StoreError


def test_a_pool_without_a_free_connection_is_waited_for() -> None:
    assert isinstance(classify_error(PoolTimeout("QueuePool")), StoreUnavailableError)
