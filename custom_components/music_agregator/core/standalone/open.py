"""Open an App without a host: for scripts and notebooks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
import os

from aiohttp import ClientSession
from sqlalchemy import Connection, inspect

from ..app import App
from ..common.health import ServiceHealth
from ..errors import StoreBusyError
from ..events.summary import summarize
from ..model import AlbumEvent, MonitorRequest, Run
from ..quality import QualityProfile
from ..settings import Settings
from ..store.engine_database import EngineDatabase
from ..store.lock import exclusive_lock
from .environment import DEFAULT_DATABASE, PREFIX, database_of, settings_of


@asynccontextmanager
async def open_app(
    settings: Settings, database: str = DEFAULT_DATABASE
) -> AsyncIterator[App]:
    """Open an App on a SQLAlchemy URL, resume its unfinished runs, and close it.

    Closing leaves the runs where they are; the next App on this store resumes them. Raises
    StoreBusyError while another process has the same SQLite file open, and for Home
    Assistant's own database; StoreTooNewError, StoreError.
    """
    with exclusive_lock(database):
        async with ClientSession() as session:
            engine = EngineDatabase(database)
            app = App(database=engine, session=session, settings=settings)
            try:
                await engine.read(_refuse_recorder)
                await app.start()
                app.start_background()
                yield app
            finally:
                await app.close()


def _refuse_recorder(connection: Connection) -> None:
    """Raise StoreBusyError for the database of a Home Assistant."""
    if inspect(connection).has_table("states_meta"):
        raise StoreBusyError("Home Assistant works on this store: it may be read only")


def get_album(
    settings: Settings | None = None,
    *,
    album: str,
    artist: str | None = None,
    quality: str = QualityProfile.LOSSLESS,
    database: str | None = None,
    tell: Callable[[str], object] = print,
) -> Run:
    """Get an album and return the ended run; for a script, which may wait.

    `quality` is a profile: hi_res, lossless, high or any. The environment provides what is
    not given. `tell` is called with each event in a line. Control-C leaves the run where it
    is; the same call resumes it. Raises RequestError for what the caller must change,
    UnavailableError, StoreError.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise RuntimeError("get_album is for scripts: await open_app in a notebook")
    store = database or database_of(os.environ)
    settings = settings or settings_of({**os.environ, f"{PREFIX}DATABASE": store})
    request = MonitorRequest(
        artist=artist, album=album, quality=QualityProfile(quality)
    )

    async def get() -> Run:
        async with open_app(settings, store) as app:
            health = app.client_health
            health.changed.connect(lambda: _tell_health(health, tell))
            answer = await app.request(request)
            async for event in app.run_events(answer.run.run_id):
                tell(_line(event))
            return await app.history.run(answer.run.run_id)

    return asyncio.run(get())


def _tell_health(health: ServiceHealth, tell: Callable[[str], object]) -> None:
    if told := str(health):
        tell(f"     {told}")


def _line(event: AlbumEvent) -> str:
    return f"{event.seq:>4} {event.status:<18} {summarize(event)}"
