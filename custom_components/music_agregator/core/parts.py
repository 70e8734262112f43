"""What the steps of a run work with, and what a step is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .common.clock import Clock
from .common.retry import Retry
from .common.tasks import Spawn
from .events.journal import Journal
from .library.index import LibraryIndex
from .library.owned import OwnedDownloads
from .metadata.album_resolver import AlbumResolver
from .metadata.service import MusicAgregatorService
from .model import Run
from .search.finder import ReleaseFinder
from .search.service import IndexerService
from .settings import Settings
from .store.database import Database
from .torrents.client import TorrentClient
from .torrents.manager import TorrentManager
from .torrents.resolver import MagnetResolver
from .workflow.registry import LiveRun

# Finds a run in one committed status, commits the next, and returns the run.
type Step = Callable[[LiveRun], Awaitable[Run]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """The services and ports, put together by the App."""

    settings: Settings
    clock: Clock
    spawn: Spawn
    database: Database
    journal: Journal
    service: MusicAgregatorService
    understanding: AlbumResolver
    indexers: IndexerService
    finder: ReleaseFinder
    resolver: MagnetResolver
    client: TorrentClient
    library: OwnedDownloads
    shelf: LibraryIndex
    custody: TorrentManager
    client_retry: Retry
    metadata_retry: Retry
