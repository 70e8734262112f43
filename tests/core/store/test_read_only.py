"""Another's store, opened to be read."""

from collections.abc import AsyncIterator
from pathlib import Path
import subprocess
import sys

import pytest
from sqlalchemy import (
    Connection,
    Executable,
    create_engine,
    delete,
    insert,
    select,
    text,
    update,
)

from custom_components.music_agregator.core.errors import (
    StoreBusyError,
    StoreError,
    StoreMissingError,
    StoreReadOnlyError,
    StoreTooNewError,
    StoreTooOldError,
)
from custom_components.music_agregator.core.events.history import History
from custom_components.music_agregator.core.settings import ClientSettings, Settings
from custom_components.music_agregator.core.standalone.open import get_album, open_app
from custom_components.music_agregator.core.store import cursors, events, schema
from custom_components.music_agregator.core.store.engine_database import EngineDatabase
from custom_components.music_agregator.core.store.lock import exclusive_lock
from custom_components.music_agregator.core.store.read_only import ReadOnlyDatabase
from custom_components.music_agregator.core.store.tables import CURSORS, META, METADATA
from custom_components.music_agregator.core.store.urls import safe_url
from tests.servers import ROOT

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.mark.parametrize(
    "server",
    [
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.server),
        pytest.param("mariadb", marks=pytest.mark.server),
    ],
)
class TestReadOnlyDatabase:
    @pytest.fixture
    def url(self, server: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
        if server == "sqlite":
            return f"sqlite:///{tmp_path / 'a store #1?.db'}"
        url: str = request.getfixturevalue(f"{server}_url")
        return url

    @pytest.fixture
    async def owner(self, url: str) -> AsyncIterator[EngineDatabase]:
        """The process that writes."""
        database = EngineDatabase(url)
        await database.write(schema.prepare)
        yield database
        await database.close()
        engine = create_engine(url)
        METADATA.drop_all(engine)
        engine.dispose()

    async def test_it_reads_what_is_written_meanwhile(
        self, url: str, owner: EngineDatabase
    ) -> None:
        reader = ReadOnlyDatabase(url)
        store_id = await owner.read(schema.check)
        assert await reader.read(schema.check) == store_id
        await owner.write(lambda c: cursors.put(c, "x", 7))
        assert await reader.read(lambda c: cursors.get(c, "x")) == 7
        assert await History(reader).runs() == []
        await owner.write(lambda c: cursors.put(c, "x", 8))
        assert await reader.read(lambda c: cursors.get(c, "x")) == 8
        await reader.close()

    async def test_nothing_can_be_changed(
        self, url: str, owner: EngineDatabase
    ) -> None:
        reader = ReadOnlyDatabase(url)
        with pytest.raises(StoreReadOnlyError):
            await reader.write(events.next_seq)
        for change in (
            update(CURSORS).values(seq=99),
            delete(META),
            insert(CURSORS).values(name="mine", seq=1),
            text("DROP TABLE music_agregator_meta"),
            text("CREATE TABLE music_agregator_mine (x INTEGER)"),
        ):
            with pytest.raises(StoreError):
                await reader.read(_execute, change)
        await reader.close()
        assert await owner.read(events.head) == 0
        names = await owner.read(lambda c: c.scalars(select(CURSORS.c.name)).all())
        assert names == ["seq"]

    async def test_another_version_is_left_alone(
        self, url: str, owner: EngineDatabase
    ) -> None:
        reader = ReadOnlyDatabase(url)
        version = update(META).where(META.c.name == "schema_version")
        for found, error in (
            (schema.VERSION - 1, StoreTooOldError),
            (schema.VERSION + 1, StoreTooNewError),
        ):
            await owner.write(_execute, version.values(value=str(found)))
            with pytest.raises(error):
                await reader.read(schema.check)
        await owner.write(METADATA.drop_all)
        with pytest.raises(StoreMissingError):
            await reader.read(schema.check)
        with pytest.raises(StoreMissingError):
            await History(reader).runs()
        await reader.close()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nowhere/home-assistant_v2.db", "there is no file"),
        ("sqlite:////nowhere/x.db", "there is no file"),
        ("sqlite://", "there is no file"),
        ("oracle://scott:tiger@db", "another kind"),
        ("://", "no address"),
        ("mysql+nosuchdriver://u:tiger@db/x", "no address"),
        ("mysql://u:tiger@db/x", "needs the module MySQLdb"),
        ("mysql://u:a@b:tiger@db/x", "no address"),
        ("postgresql://u:p@ss:tiger@db:5432/x", "no address"),
    ],
)
def test_what_cannot_be_opened_is_said_without_the_password(
    url: str, told: str
) -> None:
    with pytest.raises(StoreError, match=told) as caught:
        ReadOnlyDatabase(url)
    assert "tiger" not in str(caught.value)


@pytest.mark.parametrize("url", ["music.db", "mysql://u:a@b:tiger@db/x"])
async def test_what_is_no_address_is_said_by_whoever_opens_it(url: str) -> None:
    for opened in (
        lambda: exclusive_lock(url).__enter__(),
        lambda: EngineDatabase(url),
    ):
        with pytest.raises(StoreError, match="no address") as caught:
            opened()
        assert "tiger" not in str(caught.value)
    assert "tiger" not in safe_url("postgresql://me:tiger@db/x?user=me&password=tiger")
    assert safe_url("sqlite:////x/a.db") == "sqlite:////x/a.db"


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_text("This is a letter, not a database. " * 100)
    with pytest.raises(StoreError, match="no SQLite database"):
        ReadOnlyDatabase(str(path))
    assert path.read_text().startswith("This is a letter")


@pytest.mark.long
def test_one_process_at_a_time(tmp_path: Path) -> None:
    """Another process is refused as long as the first lives, and not longer."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    program = (
        "import sys\n"
        "from custom_components.music_agregator.core.store.lock import exclusive_lock\n"
        "with exclusive_lock(sys.argv[1]):\n"
        "    print('open', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdin
    assert other.stdout
    assert other.stdout.readline() == "open\n"
    with pytest.raises(StoreBusyError), exclusive_lock(url):
        pass
    other.kill()
    other.communicate()
    with exclusive_lock(url):
        pass
    with pytest.raises(StoreError), exclusive_lock("sqlite:////nowhere/at/all.db"):
        pass
    with exclusive_lock("sqlite://"), exclusive_lock("sqlite://"):
        pass
    with pytest.raises(BlockingIOError), exclusive_lock(url):
        raise BlockingIOError(11, "of the process that works in it")


async def test_home_assistants_own_store_is_not_worked_on(tmp_path: Path) -> None:
    path = tmp_path / "home-assistant_v2.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE states_meta (metadata_id INTEGER)"))
    engine.dispose()
    settings = Settings(
        instance="x",
        client=ClientSettings(url="http://127.0.0.1:1"),
        user_agent="tests/1 ( nobody@example.org )",
    )
    with pytest.raises(StoreBusyError, match="Home Assistant works"):
        async with open_app(settings, f"sqlite:///{path}"):
            pass
    with pytest.raises(RuntimeError, match="is for scripts"):
        get_album(settings, album="x", database=f"sqlite:///{path}")
    reader = ReadOnlyDatabase(str(path))
    with pytest.raises(StoreMissingError):
        await reader.read(schema.check)
    await reader.close()


def _execute(connection: Connection, change: Executable) -> None:
    connection.execute(change)
