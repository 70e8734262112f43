"""App: the composition that every host calls.

A host brings the ports: a database, an HTTP session, a clock and the settings; a
torrent client only if that is not qBittorrent.
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from typing import Self

from aiohttp import ClientSession

from .background.adopter import TorrentAdopter
from .background.maintenance import Maintenance
from .background.store_recovery import StoreRecovery
from .background.wanted_list import WantedList
from .common.clock import SYSTEM_CLOCK, Clock, within
from .common.health import ServiceHealth
from .common.rate_limit import Urgency
from .common.reach import Reach
from .common.signal import Signal
from .common.tasks import BackgroundTasks
from .downloads.download_outcomes import DownloadOutcomes
from .downloads.inspector import Inspector
from .downloads.monitor import DownloadMonitor
from .errors import (
    CandidateNotFoundError,
    IndexersFailedError,
    InvalidAlbumIdError,
    MetadataUnavailableError,
    NoIndexersError,
    RunEndedError,
    RunLiveError,
)
from .events.bus import EventBus
from .events.history import History
from .events.journal import Journal
from .library.index import LibraryIndex
from .library.media_reader import MediaReader
from .library.owned import OwnedAlbums
from .library.owned_downloads import OwnedDownloads
from .metadata.album_resolver import AlbumResolver
from .metadata.album_service import MusicAgregatorService
from .metadata.musicbrainz_client import MusicBrainz
from .model import Album, AlbumEvent, AlbumMatch, MonitorRequest, Requester, Run, Topic
from .quality import QualityProfile
from .responses import MonitorResponse, SearchResponse
from .search.finder import ReleaseFinder
from .search.indexer_service import IndexerService
from .settings import Settings
from .store import schema, wanted
from .store.database import Database
from .store.tables import MOST_INTEGER
from .store.wanted import WantedAlbum
from .torrents.client import TorrentClient, WatchedClient
from .torrents.disk_space import DiskSpace
from .torrents.handover import TorrentHandover
from .torrents.link_resolver import MagnetResolver
from .torrents.missing_prompts import MissingTorrentPrompts
from .torrents.observer import TorrentObserver
from .torrents.poller import Poller
from .torrents.qbittorrent import QBittorrentClient
from .torrents.reconciler import Reconciler
from .torrents.remover import Remover
from .torrents.wipe_suspects import WipeSuspects
from .transitions import ENDS
from .workflow.grabber import ReleaseGrabber
from .workflow.handover_step import HandoverStep
from .workflow.metadata_step import MetadataStep
from .workflow.owned_step import OwnedStep
from .workflow.runner import Runner
from .workflow.search_step import SearchStep
from .workflow.selection import CandidateSelector
from .workflow.steps import MonitorWorkflow

_RESOLVE_SECONDS = 10.0


class App:
    """The core at work: started once, closed once; `async with` does both."""

    def __init__(
        self,
        *,
        database: Database,
        session: ClientSession,
        settings: Settings,
        clock: Clock = SYSTEM_CLOCK,
        client: TorrentClient | None = None,
    ) -> None:
        self.clock = clock
        self.head_at_start = 0
        self.restored = Signal[()]()
        self._database = database
        self.settings = settings
        self.tasks = BackgroundTasks()

        self.bus = EventBus(database)
        self.history = History(database)
        self.journal = Journal(database, self.bus, clock)

        source = MusicBrainz(
            session,
            clock,
            url=settings.musicbrainz_url,
            user_agent=settings.user_agent,
        )
        self.service = MusicAgregatorService(database, source, clock)
        self._album_resolver = AlbumResolver(source)

        self.indexers = IndexerService(session, clock, settings.indexers)
        self.indexer_health = self.indexers.health
        self._finder = ReleaseFinder(
            database, clock, self.indexers, settings.preferences
        )
        self._reader = MediaReader()
        self.library = LibraryIndex(
            database, clock, self._reader, settings.library_folders
        )

        self.client_health = ServiceHealth("qBittorrent", clock)
        client = WatchedClient(
            client or QBittorrentClient(settings.client, clock),
            self.client_health,
            clock,
        )
        self.disk_space = DiskSpace(settings)
        self.missing_torrents = MissingTorrentPrompts()
        self._remover = Remover(
            settings=settings,
            database=database,
            client=client,
            clock=clock,
            tasks=self.tasks,
        )
        suspects = WipeSuspects(database)
        handover = TorrentHandover(
            database=database,
            client=client,
            disk_space=self.disk_space,
            suspects=suspects,
            settings=settings,
            clock=clock,
        )
        reconciler = Reconciler(
            database=database,
            client=client,
            handover=handover,
            suspects=suspects,
            prompts=self.missing_torrents,
            clock=clock,
        )

        self._links = MagnetResolver(
            clock,
            Reach([*(one.url for one in settings.indexers), *settings.link_hosts]),
        )
        search = SearchStep(
            journal=self.journal,
            service=self.service,
            finder=self._finder,
            clock=clock,
        )
        selector = CandidateSelector(
            database=database,
            journal=self.journal,
            search=search,
            grabber=ReleaseGrabber(
                database=database,
                journal=self.journal,
                resolver=self._links,
                clock=clock,
            ),
            settings=settings,
            clock=clock,
        )
        self.monitor = DownloadMonitor(
            database=database,
            journal=self.journal,
            client=client,
            disk_space=self.disk_space,
            observer=TorrentObserver(
                poller=Poller(client=client, clock=clock, instance=settings.instance),
                suspects=suspects,
                reconciler=reconciler,
                prompts=self.missing_torrents,
            ),
            inspector=Inspector(
                database=database,
                client=client,
                disk_space=self.disk_space,
                service=self.service,
                reader=self._reader,
                settings=settings,
            ),
            outcomes=DownloadOutcomes(
                database=database,
                journal=self.journal,
                remover=self._remover,
                settings=settings,
                clock=clock,
            ),
            settings=settings,
            clock=clock,
        )
        workflow = MonitorWorkflow(
            metadata=MetadataStep(journal=self.journal, service=self.service),
            owned=OwnedStep(
                journal=self.journal,
                service=self.service,
                owned=OwnedAlbums(
                    downloads=OwnedDownloads(database, client),
                    index=self.library,
                    client=client,
                    preferences=settings.preferences.quality,
                    waits_for_library=settings.waits_for_library,
                    clock=clock,
                ),
                indexers=self.indexers,
            ),
            search=search,
            selector=selector,
            handover=HandoverStep(
                database=database,
                journal=self.journal,
                handover=handover,
                selector=selector,
                clock=clock,
            ),
            downloads=self.monitor.steps,
        )
        self._runner = Runner(
            database=database,
            journal=self.journal,
            remover=self._remover,
            clock=clock,
            tasks=self.tasks,
            steps=workflow.steps,
        )
        self.bus.published.connect(self._runner.apply_event)

        self.adopter = TorrentAdopter(
            instance=settings.instance,
            database=database,
            client=client,
            remover=self._remover,
            resolver=self._album_resolver,
            adopt=self._runner.adopt,
            clock=clock,
        )
        self.maintenance = Maintenance(
            database=database,
            client=client,
            indexers=self.indexers,
            adopter=self.adopter,
            resume=self._runner.resume,
            retention_seconds=settings.retention_seconds,
            clock=clock,
        )
        self._recovery = StoreRecovery(
            database=database,
            journal=self.journal,
            bus=self.bus,
            runner=self._runner,
            maintenance=self.maintenance,
            tasks=self.tasks,
            restored=self.restored,
        )
        self.wanted = WantedList(
            database=database,
            service=self.service,
            indexers=self.indexers,
            finder=self._finder,
            begin=self._begin_wanted,
            settings=settings,
            clock=clock,
        )

    async def __aenter__(self) -> Self:
        """Start, and go on in the background."""
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        self.start_background()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def start(self) -> None:
        """Make the tables and resume every unfinished run; wait for no network.

        Raises StoreTooNewError, StoreError.
        """
        self.bus.store_id = await self._database.write(schema.prepare)
        self._recovery.start()
        self.head_at_start = await self.history.head()
        await self._runner.resume()
        await self._remover.schedule_removals()

    def start_background(self) -> None:
        """Begin to look after the services, the store, the wanted list, the library."""
        self.tasks.spawn(self.maintenance.run(), "music_agregator maintenance")
        self.tasks.spawn(self.wanted.run(), "music_agregator wanted")
        if self.settings.library_folders:
            self.tasks.spawn(self.library.run(), "music_agregator library")

    async def close(self) -> None:
        """Stop every run where it is; what is being committed is committed."""
        await self._recovery.close()
        await self._runner.close()
        await self.journal.close()
        await self.tasks.close()
        await self.monitor.close()
        await self._reader.close()
        await self._links.close()
        await self.service.close()
        self.bus.close()
        await self._database.close()

    @property
    def store_id(self) -> str:
        """Return the id of the store."""
        return self.bus.store_id

    @property
    def live_runs(self) -> list[Run]:
        """Return the runs in progress."""
        return [live.run for live in self._runner.registry]

    async def request(self, request: MonitorRequest) -> MonitorResponse:
        """Start a run, or find the live one of its topic; answer at once.

        Raises RequestError for what the caller must change, and
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
            requested_by=request.requested_by,
        )
        if created:
            await self._database.write(
                wanted.record_request,
                topic=run.topic,
                ladder=request.ladder,
                mode=request.mode,
            )
        return MonitorResponse(run=run, created=created, year=album.year)

    async def search(self, request: MonitorRequest) -> SearchResponse:
        """Return what would be picked, and why; nothing is saved or added.

        Raises as `request` does, and IndexersFailedError when none can be searched.
        """
        self._check_indexers()
        resolved = await self._resolve(request)
        album = await self.service.album(resolved.album_id, Urgency.PERSON)
        ladder = (request.quality, *request.ladder)
        found = await self._finder.find(album, ladder, urgency=Urgency.PERSON)
        if found.all_failed:
            raise IndexersFailedError(detail=found.failures)
        return SearchResponse(album=album, result=found)

    async def search_albums(
        self, *, artist: str | None, album: str
    ) -> list[AlbumMatch]:
        """Return the albums that a text may mean, best first.

        Raises MetadataUnavailableError, MetadataError.
        """
        return await self._within_limit(
            self._album_resolver.search(artist=artist, album=album)
        )

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

    async def unwant(self, topic: Topic) -> None:
        """End the live run of a topic, and the search for its album.

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
        """Take a user's choice for a run in `awaiting_selection`.

        `rank` is a candidate's, accepted or not; None takes none of them. Raises
        RunNotFoundError, NotAwaitingError, CandidateNotFoundError, CandidateGoneError
        when its links are dead, CandidateAwayError when they do not answer now: the run
        then still waits.
        """
        run = await self.history.run(run_id)
        if rank is not None and not 1 <= rank <= MOST_INTEGER:
            raise CandidateNotFoundError(rank=str(rank)[:20])
        return await self._runner.select(run, rank)

    async def retry(
        self, run_id: str, requested_by: Requester | None = None
    ) -> MonitorResponse:
        """Start a new run for what an ended one wanted.

        Raises RunNotFoundError, RunLiveError, NoIndexersError.
        """
        if self._runner.registry.find(run_id):
            raise RunLiveError(run_id=run_id)
        self._check_indexers()
        ended = await self.history.run(run_id)
        # A run of the wanted list may have stepped down from what was asked for.
        asked = await self._database.read(wanted.find, topic=ended.topic)
        run, created = await self._runner.get_or_create(
            ended.topic,
            ended.mode,
            asked.ladder if asked else ended.ladder,
            artist=ended.artist,
            title=ended.album_title,
            requested_by=requested_by or ended.requested_by,
        )
        return MonitorResponse(run=run, created=created)

    async def run_events(self, run_id: str) -> AsyncIterator[AlbumEvent]:
        """Yield the events of a run, from its first to its last, as they come.

        A watcher who leaves does not end the run. Of a run that ended long ago there
        may be none left. Raises RunNotFoundError, StoreError.
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
        """Start a run for a wanted album that was found."""
        await self._runner.get_or_create(
            one.topic,
            one.mode,
            profiles[1:],
            artist=album.artist,
            title=album.title,
            requested_by=one.requested_by,
        )

    def _check_indexers(self) -> None:
        if not self.indexers.names:
            raise NoIndexersError

    async def _resolve(self, request: MonitorRequest) -> Album:
        if request.album_id is None:
            if not request.album:
                raise InvalidAlbumIdError(album_id="")
            return await self._within_limit(
                self._album_resolver.resolve(artist=request.artist, album=request.album)
            )
        try:
            return await self._within_limit(self.service.identify(request.album_id))
        except MetadataUnavailableError:
            # The caller cannot wait for MusicBrainz, but the run can.
            return Album(album_id=request.album_id.strip().lower(), title="")

    async def _within_limit[T](self, asking: Awaitable[T]) -> T:
        """Return what MusicBrainz says, as long as a caller can wait for it."""
        try:
            return await within(self.clock, _RESOLVE_SECONDS, asking)
        except TimeoutError:
            raise MetadataUnavailableError from None
