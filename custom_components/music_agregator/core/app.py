"""App: the composition that every host calls.

A host brings the ports: a database, an HTTP session, `spawn` for background tasks, a
clock and the settings; a torrent client only if it is not to be qBittorrent.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
import logging
from typing import Any, Protocol

from aiohttp import ClientSession
from sqlalchemy import Connection
from ulid_transform import ulid_at_time

from .bus import EventBus, Subscription
from .clock import SYSTEM_CLOCK, Clock, within
from .downloads import DownloadMonitor
from .errors import (
    AlbumMergedError,
    IllegalTransitionError,
    InvalidAlbumIdError,
    MetadataUnavailableError,
    MusicAgregatorError,
    NoIndexersError,
    RunEndedError,
    RunLiveError,
    RunNotFoundError,
    StoreError,
    UnsupportedModeError,
)
from .indexer import IndexerService
from .journal import Journal
from .library import Library
from .model import (
    AlbumEvent,
    Download,
    DownloadStatus,
    Mode,
    MonitorRequest,
    Run,
    Topic,
    WorkflowStatus as S,
)
from .musicbrainz import MusicBrainz
from .patience import Patience
from .quality import QualityProfile
from .reasons import reason
from .registry import LiveRun, WorkflowRegistry
from .resolver import MagnetResolver
from .service import MusicAgregatorService
from .settings import Settings
from .store import cursors, downloads, events, runs, schema
from .store.database import Database
from .torrents import QBittorrentClient, TorrentClient
from .transitions import ENDS
from .workflow import MonitorWorkflow, Parts, Step

_LOGGER = logging.getLogger(__name__)

_RESOLVE_SECONDS = 10.0


class Spawn(Protocol):
    """Starts a background task that its host looks after."""

    def __call__(
        self, work: Coroutine[Any, Any, None], name: str
    ) -> asyncio.Task[None]:
        """Start `work`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitorAnswer:
    """What whoever asks hears at once."""

    run: Run
    created: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the answer of the action."""
        run = self.run
        return {
            "run_id": run.run_id,
            "album_id": run.album_id,
            "quality": run.quality.value,
            "mode": run.mode.value,
            "status": run.status.value,
            "created": self.created,
            "seq": run.seq,
        }


def _itself(run: Run) -> Run:
    return run


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
        self._spawn = spawn
        self._clock = clock
        self._registry = WorkflowRegistry()
        self._is_closing = False
        self.store_id = ""
        self.head_at_start = 0
        self.bus = EventBus(database)
        self.bus.listen(self._track)
        self.client = client or QBittorrentClient(settings.client, clock)
        source = MusicBrainz(
            session,
            clock,
            url=settings.musicbrainz_url,
            user_agent=settings.user_agent,
        )
        self.service = MusicAgregatorService(database, source, clock)
        self._indexers = IndexerService(session, clock, settings.indexers)
        self._journal = Journal(database, self.bus, clock)
        parts = Parts(
            settings=settings,
            clock=clock,
            database=database,
            journal=self._journal,
            service=self.service,
            indexers=self._indexers,
            resolver=MagnetResolver(session, clock),
            client=self.client,
            library=Library(database, self.client),
            client_patience=Patience("qBittorrent", clock),
            metadata_patience=Patience("MusicBrainz", clock),
        )
        self.monitor = DownloadMonitor(parts)
        self._steps: dict[S, Step] = {
            **MonitorWorkflow(parts).steps,
            **self.monitor.steps,
        }
        self.restored_listeners: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Make the tables and take up every unfinished run; wait for no network.

        Raises StoreTooNewError, StoreError.
        """
        self.store_id = await self._database.write(schema.prepare)
        self._database.restore = self._restore
        self._database.restored = self._told_restored
        self.head_at_start = await self.head()
        for run in await self._database.read(runs.live):
            live, created = self._registry.get_or_create(
                run.topic, partial(_itself, run)
            )
            if created:
                live.begun.set_result(run)
                self._start(live)
        for download in await self._database.read(downloads.left_behind):
            self._remove_later(download, delete_files=False)

    async def close(self) -> None:
        """Stop every run where it is; what is being committed is committed."""
        self._is_closing = True
        tasks = [live.task for live in self._registry if live.task]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._journal.settled()
        await self.monitor.close()
        await self.service.close()
        self.bus.close()
        self._database.restore = None
        await self._database.close()

    @property
    def live_runs(self) -> list[Run]:
        """Return the runs in progress."""
        return [live.run for live in self._registry]

    async def request(self, request: MonitorRequest) -> MonitorAnswer:
        """Start a run, or find the live one of its topic; answer at once.

        Raises RequestError for what whoever asks must change, and
        MetadataUnavailableError when a text cannot be looked up now.
        """
        if request.mode is not Mode.AUTOMATIC:
            raise UnsupportedModeError(mode=request.mode.value)
        if not self._indexers.names:
            raise NoIndexersError
        album_id = await self._resolve(request)
        return await self._get_or_create(Topic(album_id, request.quality), request.mode)

    async def cancel(self, run_id: str, *, delete_files: bool = False) -> Run:
        """End a run; its torrent goes too, if no other run holds it.

        Raises RunNotFoundError, RunEndedError.
        """
        live = self._registry.find(run_id)
        if live is None:
            await self.run(run_id)
            raise RunEndedError(run_id=run_id)
        live.is_cancelled = True
        if live.task is not None:
            live.task.cancel()
            await asyncio.wait((live.task,))
        given_up: list[Download] = []

        def give_up(connection: Connection, moved: Run) -> Run:
            given_up.clear()
            download_id = moved.download_id or ""
            download = downloads.get(connection, download_id)
            holders = runs.holding(connection, download_id)
            if download and all(holder.run_id == run_id for holder in holders):
                downloads.mark(
                    connection,
                    download_id,
                    DownloadStatus.CANCELLED,
                    moved.updated_at,
                    seen=True,
                )
                given_up.append(download)
            return moved

        try:
            ended = await self._journal.record(
                live.run, S.CANCELLED, reason("cancelled"), also=give_up
            )
        except IllegalTransitionError:
            raise RunEndedError(run_id=run_id) from None
        for download in given_up:
            self._remove_later(download, delete_files=delete_files)
        return ended

    async def retry(self, run_id: str) -> MonitorAnswer:
        """Start a new run for what an ended one wanted.

        Raises RunNotFoundError, RunLiveError, NoIndexersError.
        """
        if self._registry.find(run_id):
            raise RunLiveError(run_id=run_id)
        if not self._indexers.names:
            raise NoIndexersError
        run = await self.run(run_id)
        return await self._get_or_create(run.topic, run.mode)

    async def run(self, run_id: str) -> Run:
        """Return one run. Raises RunNotFoundError."""
        run = await self._database.read(partial(runs.find, run_id=run_id))
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
            partial(
                runs.recent,
                album_id=album_id,
                only_live=only_live,
                limit=limit,
                offset=offset,
            )
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
            partial(
                events.after,
                seq=since_seq,
                run_id=run_id,
                album_id=album_id,
                limit=limit,
            )
        )

    async def last_event(self) -> AlbumEvent | None:
        """Return the last event of all."""
        return await self._database.read(events.last)

    async def cursor(self, name: str) -> int:
        """Return how far a reader has come."""
        return await self._database.read(partial(cursors.get, name=name))

    async def keep_cursor(self, name: str, seq: int) -> None:
        """Keep how far a reader has come."""
        await self._database.write(partial(cursors.put, name=name, seq=seq))

    async def head(self) -> int:
        """Return the seq of the last event, 0 before the first."""
        return await self._database.read(events.head)

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
        head = await self.head()
        since = head if since_seq is None else since_seq
        is_lost = since > head or store_id not in {None, self.store_id}
        subscription = self.bus.subscribe(
            0 if is_lost else since, album_id=album_id, quality=quality
        )
        return subscription, is_lost

    async def _resolve(self, request: MonitorRequest) -> str:
        if request.album_id is None:
            if not request.album:
                raise InvalidAlbumIdError(album_id="")
            return await self.service.resolve(
                artist=request.artist, album=request.album
            )
        try:
            return await within(
                self._clock,
                _RESOLVE_SECONDS,
                self.service.canonical_id(request.album_id),
            )
        except (MetadataUnavailableError, TimeoutError):
            # The run itself has the patience that whoever asks has not.
            return request.album_id.strip().lower()

    async def _get_or_create(self, topic: Topic, mode: Mode) -> MonitorAnswer:
        now = self._clock.now()
        live, created = self._registry.get_or_create(
            topic,
            lambda: Run(
                run_id=ulid_at_time(now),
                album_id=topic.album_id,
                quality=topic.quality,
                mode=mode,
                status=S.FETCHING_METADATA,
                created_at=now,
                updated_at=now,
            ),
        )
        if created:
            self._start(live)
        await asyncio.shield(live.begun)
        return MonitorAnswer(run=live.run, created=created)

    def _start(self, live: LiveRun) -> None:
        name = f"music_agregator run {live.run.run_id}"
        live.task = self._spawn(self._drive(live), name)

    async def _drive(self, live: LiveRun) -> None:
        """Take one step after the other until the run has ended."""
        try:
            if not live.begun.done():
                live.run = await self._journal.record(
                    live.run,
                    S.FETCHING_METADATA,
                    {"quality": live.run.quality.value, "mode": live.run.mode.value},
                )
                live.begun.set_result(live.run)
            while live.run.status not in ENDS:
                live.run = await self._steps[live.run.status](live)
        except AlbumMergedError as error:
            await self._go_on_as(live, error.details["album_id"])
        except StoreError as error:
            _LOGGER.error("Run %s stops here: %s", live.run.run_id, error)
            if not live.begun.done():
                live.begun.set_exception(error)
        except MusicAgregatorError as error:
            await self._fail(live, error.code, error.details)
        except Exception:
            _LOGGER.exception("Run %s failed", live.run.run_id)
            await self._fail(live, "internal_error", {})
        finally:
            live.begun.cancel()
            if not live.is_cancelled:
                self._registry.remove(live)

    async def _fail(self, live: LiveRun, code: str, details: Any) -> None:
        try:
            live.run = await self._journal.record(
                live.run, S.FAILED, reason(code, **details)
            )
        except StoreError as error:
            _LOGGER.error("Run %s stops here: %s", live.run.run_id, error)

    async def _go_on_as(self, live: LiveRun, album_id: str) -> None:
        """End a run whose album was merged, and start one for what it is now."""
        answer = await self._get_or_create(
            Topic(album_id, live.run.quality), live.run.mode
        )
        await self._fail(
            live,
            AlbumMergedError.code,
            {"album_id": album_id, "run_id": answer.run.run_id},
        )

    def _track(self, event: AlbumEvent) -> None:
        """Keep the registry as new as the store: an ended run lives no more."""
        live = self._registry.find(event.run_id)
        if live is None:
            return
        live.run = replace(
            live.run, status=event.status, seq=event.seq, updated_at=event.at
        )
        if event.status in ENDS:
            self._registry.remove(live)

    def _remove_later(self, download: Download, *, delete_files: bool) -> None:
        async def remove() -> None:
            try:
                await self.monitor.remove(download, delete_files=delete_files)
            except MusicAgregatorError as error:
                _LOGGER.warning("A cancelled torrent stays in the client: %s", error)

        self._spawn(remove(), f"music_agregator removal {download.download_id}")

    def _restore(self, connection: Connection) -> str:
        """Make lost tables again, with every live run as it is (in a worker thread)."""
        store_id = schema.prepare(connection)
        for live in self._registry:
            if not live.begun.done():
                continue
            if live.download and not downloads.get(
                connection, live.download.download_id
            ):
                downloads.add(
                    connection, live.run.run_id, live.download, live.run.updated_at
                )
            self._journal.write_again(connection, live.run)
        return store_id

    def _told_restored(self, store_id: str) -> None:
        self.store_id = store_id
        _LOGGER.warning("The event table was lost and made again")
        self.bus.rewind()
        for listener in self.restored_listeners:
            listener()
