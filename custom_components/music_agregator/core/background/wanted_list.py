"""WantedList: search again, politely, for albums that were not found.

When an album is due next, and which runs make it wanted: `store/wanted.py` (`pause_after`,
`update_after`).

A fruitless search changes only its row. The first acceptable candidate starts a run, which
then searches by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
import logging
from random import uniform
import re

from sqlalchemy import Connection

from ..common.clock import Clock, ClockWatch
from ..common.rate_limit import Urgency
from ..common.signal import Signal
from ..decision import decide_ladder
from ..errors import (
    ClosingError,
    MetadataError,
    MetadataUnavailableError,
    MusicAgregatorError,
    StoreError,
)
from ..metadata.album_service import MusicAgregatorService
from ..model import Album, Release, Topic
from ..musicbrainz import parse_album
from ..quality import QualityProfile
from ..search.finder import ReleaseFinder
from ..search.indexer_service import IndexerService
from ..settings import Settings
from ..store import albums, runs, wanted
from ..store.database import Database
from ..store.wanted import WantedAlbum
from ..titles.matching import AlbumMatcher
from ..titles.names import normalise

_LOGGER = logging.getLogger(__name__)

# For the whole list, however long: at most one album is searched for in this time, and the
# feed of each indexer is read once (seconds).
SEARCH_SECONDS = 60.0
FEED_SECONDS = 900.0
# The number of requests of one search to each indexer.
REQUESTS = 12
_RELEASE_JITTER = 3_600.0
# A clock that was moved by more was set, and did not drift (seconds).
_SET_SECONDS = 300.0
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")

type Begin = Callable[
    [WantedAlbum, tuple[QualityProfile, ...], Album], Awaitable[object]
]


@dataclass(eq=False, kw_only=True, repr=False)
class WantedList:
    """Searches for wanted albums. `begin` starts a run, unless there is one.

    `changed` is emitted when an album leaves the list without an event.
    """

    database: Database
    service: MusicAgregatorService
    indexers: IndexerService
    finder: ReleaseFinder
    begin: Begin
    settings: Settings
    clock: Clock

    def __post_init__(self) -> None:
        self.changed = Signal[()]()
        self._feed_at = float("-inf")
        self._watch = ClockWatch(self.clock)
        self._seen: frozenset[tuple[object, ...]] = frozenset()

    async def run(self) -> None:
        """Search for what is due, and read the feeds, until cancelled."""
        pause = 0.0
        while True:
            await self.clock.sleep(min(max(pause, SEARCH_SECONDS), FEED_SECONDS))
            try:
                pause = await self._turn()
            except StoreError as error:
                _LOGGER.warning("The wanted list waits: %s", error)
            except Exception:
                _LOGGER.exception("Unexpected error while reading what is new")

    async def _turn(self) -> float:
        """Do what is due; return how long there is nothing to do (seconds)."""
        clock = self.clock
        await self._follow_clock()
        try:
            await self.search_due()
        except StoreError:
            raise
        except Exception:
            # One album that fails must not end the search for the others.
            _LOGGER.exception("Unexpected error while looking for what is wanted")
        if clock.monotonic() >= self._feed_at:
            self._feed_at = clock.monotonic() + FEED_SECONDS
            await self.read_feeds()
        first = await self.database.read(wanted.first_due)
        pause = first.next_at - clock.now() if first else FEED_SECONDS
        return min(pause, self._feed_at - clock.monotonic())

    async def _follow_clock(self) -> None:
        """Move the times of the list along when the wall clock was set."""
        seconds = self._watch.set_by()
        if abs(seconds) > _SET_SECONDS:
            _LOGGER.warning("The clock was set by %.0f s", seconds)
            await self.database.write(wanted.shift, seconds=seconds)
            self._watch = ClockWatch(self.clock)

    async def drop(self, one: WantedAlbum) -> bool:
        """Remove an album; return whether it was wanted."""
        gone = await self.database.write(wanted.remove, topic=one.topic)
        if gone:
            self.changed.emit()
        return gone

    async def search_due(self) -> None:
        """Search for the album that is due first, if any is."""
        now = self.clock.now()
        one = await self.database.read(wanted.first_due)
        if one is None or one.next_at > now or not self.indexers.names:
            return
        if await self.database.read(runs.live_on, topic=one.topic):
            await self._postpone(one, FEED_SECONDS)
            return
        limit = self.settings.wanted_seconds
        if limit is not None and now >= one.created_at + limit:
            _LOGGER.info("Album %s is looked for no longer", one.album_id)
            await self.drop(one)
            return
        # First, so that an album that breaks the search is not the next one, too.
        await self._postpone(one, FEED_SECONDS)
        try:
            album = await self._album(one)
        except StoreError:
            raise
        except MusicAgregatorError:
            return
        if album.album_id != one.album_id:
            # Merged: the run goes on under the new id, and so does the list.
            await self.begin(one, (one.quality, *one.ladder), album)
            await self.drop(one)
            return
        released = released_at(album)
        if released is not None and released > now:
            wait = released - now + uniform(0.0, _RELEASE_JITTER)  # noqa: S311
            await self._postpone(one, wait)
            return
        profiles = self._profiles(one)
        found = await self.finder.find(
            album, profiles, requests=REQUESTS, urgency=Urgency.WANTED
        )
        if found.all_failed:
            return
        searches = one.searches + 1
        pause = wanted.pause_after(searches)
        is_wanted = await self._postpone(one, pause, searches=searches)
        if is_wanted and found.accepted:
            await self.begin(one, profiles, album)

    async def read_feeds(self) -> None:
        """Read each indexer's newest releases, once for the whole list."""
        if not await self.database.read(wanted.count):
            return
        releases = await self.indexers.recent()
        new = [release for release in releases if release.identity not in self._seen]
        self._seen = frozenset(release.identity for release in releases)
        if not new:
            return
        words = await asyncio.to_thread(_words, new)
        last = None
        while True:
            some = await self.database.read(_page, after=last)
            if not some:
                return
            last = some[-1][0].topic
            for one, album in await asyncio.to_thread(_named, some, words):
                try:
                    await self._start_if_acceptable(one, album, new)
                except (StoreError, ClosingError):
                    raise
                except Exception:
                    _LOGGER.exception("Unexpected error while reading what is new")

    async def _start_if_acceptable(
        self, one: WantedAlbum, album: Album, releases: Sequence[Release]
    ) -> None:
        """Start a run if one of some releases is acceptable."""
        now = self.clock.now()
        if (released_at(album) or 0.0) > now:
            return
        if await self.database.read(runs.live_on, topic=one.topic):
            return
        profiles = self._profiles(one)
        preferences = await self.finder.preferences(album)
        _, ranked = await asyncio.to_thread(
            decide_ladder, album, profiles, releases, preferences
        )
        if not ranked or not ranked[0].accepted:
            return
        if await self._postpone(one, wanted.pause_after(one.searches)):
            await self.begin(one, profiles, album)

    async def _album(self, one: WantedAlbum) -> Album:
        """Return an album from MusicBrainz, or as it was last saved."""
        service = self.service
        try:
            return await service.album(one.album_id, Urgency.WANTED)
        except (MetadataUnavailableError, MetadataError):
            kept = await service.kept_album(one.album_id)
            if kept is None:
                raise
            return kept

    async def _postpone(
        self, one: WantedAlbum, seconds: float, *, searches: int | None = None
    ) -> bool:
        """Postpone the search for an album; return whether it is still wanted."""
        return await self.database.write(
            wanted.postpone,
            topic=one.topic,
            next_at=self.clock.now() + seconds,
            searches=one.searches if searches is None else searches,
        )

    def _profiles(self, one: WantedAlbum) -> tuple[QualityProfile, ...]:
        """Return the accepted profiles, lesser ones too after some time."""
        known = (one.quality, *one.ladder)
        step = self.settings.step_down_seconds
        if step is None:
            return known
        order = tuple(QualityProfile)
        lowest = max(order.index(profile) for profile in known)
        steps = max(int((self.clock.now() - one.created_at) // step), 0)
        return known + order[lowest + 1 : lowest + 1 + steps]


def released_at(album: Album) -> float | None:
    """Return when an album first came out, or will; None if unknown."""
    found = _DATE.fullmatch(album.first_release_date or "")
    if found is None:
        return None
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        return datetime(year, month, day, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _page(
    connection: Connection, after: Topic | None
) -> list[tuple[WantedAlbum, Album]]:
    """Return a page of the list, with the saved albums."""
    rows = wanted.page(connection, after, limit=wanted.PAGE)
    kept = ((row, albums.find(connection, row.album_id)) for row in rows)
    return [
        (row, parse_album(one.data) if one else Album(album_id=row.album_id, title=""))
        for row, one in kept
    ]


def _words(releases: Sequence[Release]) -> list[frozenset[str]]:
    return [frozenset(normalise(release.title).split()) for release in releases]


def _named(
    some: Sequence[tuple[WantedAlbum, Album]], titles: Sequence[frozenset[str]]
) -> list[tuple[WantedAlbum, Album]]:
    """Return the albums whose title's words are all in some release's title."""
    return [
        (one, album)
        for one, album in some
        if any(words <= title for words in _titles(album) for title in titles)
    ]


def _titles(album: Album) -> set[frozenset[str]]:
    found = {
        frozenset(normalise(title).split()) for title in AlbumMatcher(album).titles
    }
    return found - {frozenset()}
