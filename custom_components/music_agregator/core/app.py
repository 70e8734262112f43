"""App: the composition that every host calls.

A host brings the ports: a database, an HTTP session, `spawn` for background tasks, a
clock and the settings; a torrent client only if it is not to be qBittorrent.
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
import logging

from aiohttp import ClientSession
from sqlalchemy import Connection

from .background.maintenance import Maintenance
from .background.reconciler import Reconciler
from .background.wanted import WantedList
from .common.clock import (
    SYSTEM_CLOCK,
    Clock,
    within,
)
from .common.health import ServiceHealth
from .common.retry import Retry
from .common.signal import Signal
from .common.tasks import Spawn
from .downloads.monitor import DownloadMonitor
from .errors import (
    IndexersFailedError,
    InvalidAlbumIdError,
    MetadataUnavailableError,
    NoIndexersError,
    RunEndedError,
    RunLiveError,
)
from .events.bus import EventBus, Subscription
from .events.history import History
from .events.journal import Journal
from .library.index import LibraryIndex
from .library.owned import OwnedDownloads
from .metadata.album_resolver import AlbumResolver
from .metadata.musicbrainz_client import MusicBrainz
from .metadata.service import MusicAgregatorService
from .model import (
    Album,
    AlbumEvent,
    AlbumMatch,
    MonitorRequest,
    Run,
    Topic,
)
from .parts import Parts
from .quality import QualityProfile
from .responses import MonitorResponse, SearchResponse
from .search.finder import ReleaseFinder
from .search.service import IndexerService
from .settings import Settings
from .store import schema, wanted
from .store.database import Database
from .store.wanted import WantedAlbum
from .torrents.client import TorrentClient, WatchedClient
from .torrents.manager import TorrentManager
from .torrents.qbittorrent import QBittorrentClient
from .torrents.resolver import MagnetResolver
from .transitions import ENDS
from .workflow.runner import Runner
from .workflow.steps import MonitorWorkflow

_LOGGER = logging.getLogger(__name__)

_RESOLVE_SECONDS = 10.0


class App:
    """The core at work: started once, closed once."""

    def __init__(
        self,
        *,
        database: Database,
        session: ClientSession,
        spawn: Spawn,
        settings: Settings,
        clock: Clock = SYSTEM_CLOCK,
        client: TorrentClient | None = None,
    ) -> None:
        self._database = database
        self.clock = clock
        self.store_id = ""
        self.head_at_start = 0
        self.restored = Signal[()]()
        self.bus = EventBus(database)
        self.history = History(database)
        self.client_health = ServiceHealth("qBittorrent", clock)
        client = WatchedClient(
            client or QBittorrentClient(settings.client, clock), self.client_health
        )
        source = MusicBrainz(
            session,
            clock,
            url=settings.musicbrainz_url,
            user_agent=settings.user_agent,
        )
        indexers = IndexerService(session, clock, settings.indexers)
        client_retry = Retry(clock)
        self.custody = TorrentManager(
            settings, clock, database, client, client_retry, spawn
        )
        self._parts = Parts(
            settings=settings,
            clock=clock,
            spawn=spawn,
            database=database,
            journal=Journal(database, self.bus, clock),
            service=MusicAgregatorService(database, source, clock),
            understanding=AlbumResolver(source),
            indexers=indexers,
            finder=ReleaseFinder(database, clock, indexers, settings.preferences),
            resolver=MagnetResolver(session, clock),
            client=client,
            library=OwnedDownloads(database, client),
            shelf=LibraryIndex(database, clock, settings.library_folders),
            custody=self.custody,
            client_retry=client_retry,
            metadata_retry=Retry(clock, ServiceHealth("MusicBrainz", clock).note),
        )
        self.service = self._parts.service
        self.indexer_health = indexers.health
        self.monitor = DownloadMonitor(self._parts)
        workflow = MonitorWorkflow(self._parts)
        self._runner = Runner(self._parts, {**workflow.steps, **self.monitor.steps})
        self.bus.published.connect(self._runner.follow)
        self.reconciler = Reconciler(self._parts, self._runner.take_up)
        self.caretaker = Maintenance(self._parts, self.reconciler)
        self.wanted = WantedList(self._parts, self._begin_wanted)

    async def start(self) -> None:
        """Make the tables and take up every unfinished run; wait for no network.

        Raises StoreTooNewError, StoreError.
        """
        self.store_id = await self._database.write(schema.prepare)
        self._database.restore = self._restore
        self._database.restored = self._told_restored
        self.head_at_start = await self.history.head()
        await self._runner.resume()
        await self.custody.remover.take_back_all()

    def keep_watch(self) -> None:
        """Begin to look after the services and the store, as long as this lives."""
        parts = self._parts
        parts.spawn(self.caretaker.run(), "music_agregator caretaker")
        parts.spawn(self.wanted.keep(), "music_agregator wanted")
        if parts.settings.library_folders:
            parts.spawn(parts.shelf.keep(), "music_agregator library")

    async def close(self) -> None:
        """Stop every run where it is; what is being committed is committed."""
        await self._runner.close()
        await self._parts.journal.close()
        await self.monitor.close()
        await self.service.close()
        self.bus.close()
        self._database.restore = None
        await self._database.close()

    @property
    def live_runs(self) -> list[Run]:
        """Return the runs in progress."""
        return [live.run for live in self._runner.registry]

    async def request(self, request: MonitorRequest) -> MonitorResponse:
        """Start a run, or find the live one of its topic; answer at once.

        Raises RequestError for what whoever asks must change, and
        MetadataUnavailableError when a text cannot be looked up now.
        """
        self._check_indexers()
        album = await self._resolve(request)
        run, created = await self._runner.get_or_create(
            Topic(album.album_id, request.quality),
            request.mode,
            request.ladder,
            artist=album.artist,
            title=album.title,
        )
        if created:
            await self._database.write(
                wanted.wish, topic=run.topic, ladder=request.ladder, mode=request.mode
            )
        return MonitorResponse(run=run, created=created, year=album.year)

    async def search(self, request: MonitorRequest) -> SearchResponse:
        """Return what would be picked, and why; nothing is saved or added.

        Raises as `request` does, and IndexersFailedError when none can be searched.
        """
        self._check_indexers()
        parts = self._parts
        resolved = await self._resolve(request)
        album = await self.service.album(resolved.album_id)
        found = await parts.finder.find(album, (request.quality, *request.ladder))
        if found.all_failed:
            raise IndexersFailedError(detail=found.failures)
        return SearchResponse(album=album, result=found)

    async def search_albums(
        self, *, artist: str | None, album: str
    ) -> list[AlbumMatch]:
        """Return the albums that a text may mean, best first.

        Raises MetadataUnavailableError, MetadataError.
        """
        understanding = self._parts.understanding
        return await self._soon(understanding.search(artist=artist, album=album))

    async def cancel(self, run_id: str, *, delete_files: bool = False) -> Run:
        """End a run; its torrent goes too, if no other run holds it.

        Of a run that has ended without music, the search that goes on is ended. Raises
        RunNotFoundError, RunEndedError.
        """
        run = await self.history.run(run_id)
        if run.status in ENDS:
            one = await self._database.read(wanted.find, topic=run.topic)
            if one is not None and await self.wanted.drop(one):
                return run
        return await self._runner.cancel(run, delete_files=delete_files)

    async def forget(self, topic: Topic) -> None:
        """Want an album no longer: end its live run, and the search for it.

        Raises ClosingError.
        """
        for run in self.live_runs:
            if run.topic == topic:
                with suppress(RunEndedError):
                    await self._runner.cancel(run, delete_files=False)
        one = await self._database.read(wanted.find, topic=topic)
        if one is not None:
            await self.wanted.drop(one)

    async def select(self, run_id: str, rank: int | None) -> Run:
        """Take a person's choice for a run in `awaiting_selection`.

        `rank` is a candidate's, accepted or not; None says that none of them will do.
        Raises RunNotFoundError, NotAwaitingError, CandidateNotFoundError,
        CandidateGoneError when its links are dead, CandidateAwayError when they do not
        answer now: the run then still waits.
        """
        return await self._runner.select(await self.history.run(run_id), rank)

    async def retry(self, run_id: str) -> MonitorResponse:
        """Start a new run for what an ended one wanted.

        Raises RunNotFoundError, RunLiveError, NoIndexersError.
        """
        if self._runner.registry.find(run_id):
            raise RunLiveError(run_id=run_id)
        self._check_indexers()
        ended = await self.history.run(run_id)
        # A run of the wanted list may have stepped down from what was asked for.
        wish = await self._database.read(wanted.find, topic=ended.topic)
        run, created = await self._runner.get_or_create(
            ended.topic,
            ended.mode,
            wish.ladder if wish else ended.ladder,
            artist=ended.artist,
            title=ended.title,
        )
        return MonitorResponse(run=run, created=created)

    async def subscribe(
        self,
        *,
        since_seq: int | None = None,
        store_id: str | None = None,
        album_id: str | None = None,
        quality: QualityProfile | None = None,
    ) -> tuple[Subscription, bool]:
        """Return the events after a seq, then live ones, and whether it began anew.

        None for `since_seq` means from now on. A `store_id` that is not ours, or a seq
        ahead of the store, is one of a lost store: the replay begins at the start.
        """
        head = await self.history.head()
        since = head if since_seq is None else since_seq
        is_lost = since > head or store_id not in {None, self.store_id}
        subscription = self.bus.subscribe(
            0 if is_lost else since, album_id=album_id, quality=quality
        )
        return subscription, is_lost

    async def run_events(self, run_id: str) -> AsyncIterator[AlbumEvent]:
        """Yield the events of a run, from its first to its last, as they come.

        It is only watched: whoever leaves, leaves the run as it is. Of a run that ended
        long ago there may be none left. Raises RunNotFoundError, StoreError.
        """
        run = await self.history.run(run_id)
        if run.status in ENDS:
            for event in await self.history.run_events(run_id):
                yield event
            return
        subscription = self.bus.subscribe(0, album_id=run.album_id, quality=run.quality)
        try:
            async for event in subscription:
                if event.run_id == run_id:
                    yield event
                    if event.status in ENDS:
                        return
        finally:
            subscription.close()

    async def _begin_wanted(
        self,
        one: WantedAlbum,
        profiles: tuple[QualityProfile, ...],
        album: Album,
    ) -> None:
        """Start a run for what can be had by now."""
        await self._runner.get_or_create(
            one.topic, one.mode, profiles[1:], artist=album.artist, title=album.title
        )

    def _check_indexers(self) -> None:
        if not self._parts.indexers.names:
            raise NoIndexersError

    async def _resolve(self, request: MonitorRequest) -> Album:
        if request.album_id is None:
            if not request.album:
                raise InvalidAlbumIdError(album_id="")
            understanding = self._parts.understanding
            return await self._soon(
                understanding.resolve(artist=request.artist, album=request.album)
            )
        try:
            return await self._soon(self.service.identify(request.album_id))
        except MetadataUnavailableError:
            # The run itself has the patience that whoever asks has not.
            return Album(album_id=request.album_id.strip().lower(), title="")

    async def _soon[T](self, asking: Awaitable[T]) -> T:
        """Return what MusicBrainz says, as long as anybody waits for it."""
        try:
            return await within(self.clock, _RESOLVE_SECONDS, asking)
        except TimeoutError:
            raise MetadataUnavailableError from None

    def _restore(self, connection: Connection) -> str:
        """Make lost tables again, with every live run as it is (in a worker thread)."""
        store_id = schema.prepare(connection)
        self._runner.write_again(connection)
        return store_id

    def _told_restored(self, store_id: str) -> None:
        self.store_id = store_id
        _LOGGER.warning("The event table was lost and made again")
        self.bus.rewind()
        self._runner.look_again()
        self.caretaker.hurry()
        self.restored.emit()
