"""History: read runs, events and candidates from the store, and the readers' cursors."""

from collections.abc import Iterable

from sqlalchemy import Connection

from ..errors import AlbumNotFoundError, RunLiveError, RunNotFoundError
from ..model import Album, AlbumEvent, Candidate, Run, Topic
from ..musicbrainz import parse_album, parse_release_group
from ..store import albums, candidates, cursors, events, runs, wanted
from ..store.candidates import MOST_SAVED
from ..store.database import Database
from ..store.tables import MOST
from ..store.wanted import WantedAlbum
from ..transitions import ENDS
from .saved_search import SavedSearch


class History:
    """Reads the store, and writes cursors and hidden runs; every method may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, run_id: str) -> Run:
        """Return one run. Raises RunNotFoundError."""
        run = None
        if run_id.isascii() and run_id.isalnum():
            run = await self._database.read(runs.find, run_id=run_id)
        if run is None:
            raise RunNotFoundError(run_id=run_id[:64])
        return run

    async def runs(
        self,
        *,
        album_id: str | None = None,
        only_live: bool = False,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Run]:
        """Return runs, newest first."""
        return await self._database.read(
            runs.recent,
            album_id=album_id,
            only_live=only_live,
            limit=limit,
            offset=min(offset, MOST),
        )

    async def events(
        self,
        *,
        since_seq: int = 0,
        run_id: str | None = None,
        album_id: str | None = None,
        limit: int = events.PAGE,
    ) -> list[AlbumEvent]:
        """Return the events after a seq, in order."""
        return await self._database.read(
            events.after,
            seq=min(since_seq, MOST),
            run_id=run_id,
            album_id=album_id,
            limit=limit,
        )

    async def run_events(self, run_id: str | None = None) -> list[AlbumEvent]:
        """Return every event of a run, or of all of them, in order."""
        found: list[AlbumEvent] = []
        while True:
            since = found[-1].seq if found else 0
            page = await self.events(since_seq=since, run_id=run_id)
            found += page
            if len(page) < events.PAGE:
                return found

    async def candidates(
        self, run_id: str, *, limit: int = 50, offset: int = 0
    ) -> tuple[int, list[Candidate]]:
        """Return how many candidates a run has, and some of them, best first.

        Raises RunNotFoundError.
        """
        await self.run(run_id)
        total = await self._database.read(candidates.count, run_id=run_id)
        found = await self._database.read(
            candidates.page, run_id=run_id, limit=limit, offset=min(offset, MOST)
        )
        return total, found

    async def saved_search(self, run_id: str) -> SavedSearch:
        """Return what a run found, to decide it again.

        Raises RunNotFoundError, and AlbumNotFoundError if the album is not saved.
        """
        run = await self.run(run_id)
        kept = await self._database.read(albums.find, album_id=run.album_id)
        if kept is None:
            raise AlbumNotFoundError(album=run.album_id)
        _, found = await self.candidates(run_id, limit=MOST_SAVED)
        return SavedSearch(
            run=run, album=parse_album(kept.data), candidates=tuple(found)
        )

    async def recent_events(self, since: float) -> list[AlbumEvent]:
        """Return every event of the runs that are live, or ended after a time."""
        return await self._database.read(events.recent, since=since)

    async def dismiss(self, run_id: str) -> Run:
        """Hide an ended run and those of its topic before it; return it.

        Raises RunNotFoundError, RunLiveError.
        """
        run = await self.run(run_id)
        if run.status not in ENDS:
            raise RunLiveError(run_id=run_id)
        await self._database.write(runs.dismiss, topic=run.topic)
        return run

    async def wanted(self) -> int:
        """Return the number of wanted albums."""
        return await self._database.read(wanted.count)

    async def wanted_albums(self) -> dict[WantedAlbum, Album]:
        """Return the wanted albums, each with its saved metadata."""
        return await self._database.read(_wanted_albums)

    async def next_searches(self, topics: Iterable[Topic]) -> dict[Topic, float]:
        """Return the next search of those of some topics that are wanted."""
        asked = list(dict.fromkeys(topics))
        return await self._database.read(wanted.next_searches, topics=asked)

    async def last_event(self) -> AlbumEvent | None:
        """Return the last event of all."""
        return await self._database.read(events.last)

    async def head(self) -> int:
        """Return the seq of the last event, 0 before the first."""
        return await self._database.read(events.head)

    async def cursor(self, name: str) -> int:
        """Return the seq up to which a reader has read."""
        return await self._database.read(cursors.get, name=name)

    async def keep_cursor(self, name: str, seq: int) -> None:
        """Save the seq up to which a reader has read."""
        await self._database.write(cursors.put, name=name, seq=seq)


def _wanted_albums(connection: Connection) -> dict[WantedAlbum, Album]:
    found: dict[WantedAlbum, Album] = {}
    page = wanted.page(connection, None, limit=wanted.PAGE)
    while page:
        for one in page:
            kept = albums.find(connection, one.album_id)
            found[one] = (
                parse_release_group(kept.data["release-group"])
                if kept
                else Album(album_id=one.album_id, title="")
            )
        page = wanted.page(connection, page[-1].topic, limit=wanted.PAGE)
    return found
