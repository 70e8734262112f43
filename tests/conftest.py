"""What every test may use."""

import asyncio
from collections.abc import AsyncIterator, Iterator
import logging
import os
from pathlib import Path

import pytest

from tests.fakes import KeptDatabase, LightWorld
from tests.servers import NoServerError, mariadb, postgresql


@pytest.fixture(autouse=True)
def quiet_sqlalchemy() -> None:
    """The plugin has every statement logged, and all the recorder does: nobody reads it."""
    for name in ("sqlalchemy.engine", "homeassistant.components.recorder", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
async def enable_event_loop_debug() -> None:
    """Have asyncio look for mistakes where there is time: it doubles every step."""
    asyncio.get_running_loop().set_debug(bool(os.environ.get("CI")))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that share a server in one process, and begin with the longest."""
    for item in items:
        if item.get_closest_marker("server"):
            group = getattr(item, "callspec", None)
            names = set(group.params.values()) if group else set()
            shared = next((n for n in ("postgresql", "mariadb") if n in names), None)
            item.add_marker(pytest.mark.xdist_group(shared or item.nodeid))
    # The longest tests come first, so that none runs alone in the end.
    items.sort(key=lambda item: not ("whole" in item.path.parts or is_long(item)))


def is_long(item: pytest.Item) -> bool:
    """Return whether a test takes more than a second."""
    return item.get_closest_marker("long") is not None


def missing(reason: str) -> None:
    """Skip loudly what this machine cannot run; where all is installed, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(f"MISSING SERVER: {reason}")


def _url(server: object) -> Iterator[str]:
    try:
        with server() as url:  # type: ignore[operator]
            yield url
    except NoServerError as error:
        missing(str(error))


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    yield from _url(postgresql)


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    yield from _url(mariadb)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[KeptDatabase]:
    """A store in a SQLite file."""
    kept = KeptDatabase(f"sqlite:///{tmp_path / 'store.db'}")
    yield kept
    await kept.close_for_good()


@pytest.fixture
async def world(
    database: KeptDatabase, socket_enabled: None
) -> AsyncIterator[LightWorld]:
    """The light sandbox and an App on it."""
    async with LightWorld(database=database) as light:
        yield light
