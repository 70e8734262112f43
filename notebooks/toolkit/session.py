"""Session: the core in a notebook."""

import atexit
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import cache
from html import escape
import shutil
import tempfile
from typing import override

from music_agregator import (
    App,
    Mode,
    MonitorRequest,
    QualityProfile,
    Run,
    Settings,
    open_app,
)
from music_agregator.model import Album, AlbumMatch
from music_agregator.standalone.environment import PREFIX, database_of, settings_of
from music_agregator.store.urls import safe_url

from .displayable import Displayable
from .progress import RunView
from .ranking import Ranking
from .sandboxed import environment_or_sandbox
from .search import Albums, AlbumSearch
from .story import Runs
from .task_status import saying

type Named = Album | AlbumMatch | str | None


class Session(Displayable):
    """The notebook's interface; `app` is the core itself."""

    def __init__(
        self, app: App, settings: Settings, database: str, stack: AsyncExitStack
    ) -> None:
        self.app = app
        self._settings = settings
        self._database = database
        self._stack = stack

    @classmethod
    async def open(cls, settings: Settings, database: str) -> "Session":
        """Open the core on a SQLAlchemy URL, and resume its unfinished runs."""
        async with AsyncExitStack() as stack:
            app = await stack.enter_async_context(open_app(settings, database))
            return cls(app, settings, database, stack.pop_all())

    async def close(self) -> None:
        """Close it; unfinished runs resume when it is opened again."""
        if _OPEN.get(self._database) is self:
            del _OPEN[self._database]
        await self._stack.aclose()

    def search(self) -> AlbumSearch:
        """Return a search field."""
        return AlbumSearch(self.app)

    async def albums(self, album: str, artist: str | None = None) -> Albums:
        """Return the albums that a text may mean, best first."""
        with saying("Asking MusicBrainz ..."):
            found = await self.app.search_albums(artist=artist, album=album)
        return Albums(found)

    async def releases(
        self, album: Named, *qualities: str, artist: str | None = None
    ) -> Ranking:
        """Search the indexers, and rank; nothing is saved or downloaded."""
        request = _request(album, qualities, artist, Mode.AUTOMATIC)
        with saying("Searching the indexers ..."):
            answer = await self.app.search(request)
        return Ranking.of_result(
            answer.album,
            (request.quality, *request.ladder),
            answer.result,
        )

    async def monitor(
        self,
        album: Named,
        *qualities: str,
        artist: str | None = None,
        interactive: bool = False,
    ) -> RunView:
        """Start to get an album, and return a view at once: to watch, choose, or cancel.

        The run continues by itself. `album` is one of a search, a MusicBrainz id, or a text.
        `qualities` are profiles in the order of preference (lossless, if none is named).
        """
        mode = Mode.INTERACTIVE if interactive else Mode.AUTOMATIC
        answer = await self.app.request(_request(album, qualities, artist, mode))
        return RunView(self.app, answer.run)

    def view(self, run: Run) -> RunView:
        """Return a view of a run that has begun, or ended, before."""
        return RunView(self.app, run)

    async def runs(self, limit: int = 50) -> Runs:
        """Return the runs of this store, newest first."""
        return Runs(await self.app.history.runs(limit=limit))

    def __str__(self) -> str:
        """Return its addresses, without secrets."""
        settings = self._settings
        names = ", ".join(indexer.name for indexer in settings.indexers)
        return (
            f"Music Agregator: qBittorrent, {len(settings.indexers)} indexer(s)"
            f" ({names}), runs in {safe_url(self._database)}"
        )

    @override
    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>"


# A cell is run again and again: each store has one session.
_OPEN: dict[str, Session] = {}


async def connect(
    environment: Mapping[str, str] | None = None, *, remember: bool = True
) -> Session:
    """Open the session that the environment describes, or offer the sandbox.

    A second call opens it again. Without `remember` its store is deleted with the notebook, enough
    to try it. Raises NotConfiguredError, StoreError; StoreBusyError while another
    notebook has the same store open.
    """
    if environment is None:
        environment = await environment_or_sandbox("QBITTORRENT_URL")
    database = database_of(environment) if remember else _passing_database()
    settings = settings_of({**environment, f"{PREFIX}DATABASE": database})
    if (before := _OPEN.pop(database, None)) is not None:
        await before.close()
    session = await Session.open(settings, database)
    _OPEN[database] = session
    return session


@cache
def _passing_database() -> str:
    folder = tempfile.mkdtemp(prefix="music-agregator-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return f"sqlite:///{folder}/store.db"


def _request(
    album: Named, qualities: tuple[str, ...], artist: str | None, mode: Mode
) -> MonitorRequest:
    if album is None:
        raise ValueError("There is no album yet: pick one first")
    quality, *ladder = map(QualityProfile, qualities or (QualityProfile.LOSSLESS,))
    if isinstance(album, AlbumMatch):
        album = album.album
    album_id = album.album_id if isinstance(album, Album) else _as_id(album)
    text = album if isinstance(album, str) and album_id is None else None
    return MonitorRequest(
        quality=quality,
        ladder=tuple(ladder),
        album_id=album_id,
        artist=artist,
        album=text,
        mode=mode,
    )


def _as_id(text: str) -> str | None:
    """Return a text if it is a MusicBrainz id."""
    text = text.strip()
    return text if len(text) == 36 and text.count("-") == 4 else None
