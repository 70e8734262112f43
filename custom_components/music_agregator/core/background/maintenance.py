"""Maintenance: check the services, adopt torrents and prune, each when it is due."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
import logging

from ..common.clock import Clock, ClockWatch
from ..errors import MusicAgregatorError, StoreError
from ..search.indexer_service import IndexerService
from ..store import retention
from ..store.database import Database
from ..torrents.client import TorrentClient
from .adopter import TorrentAdopter

_LOGGER = logging.getLogger(__name__)

ROUND_SECONDS = 45.0
INDEXER_SECONDS = 3_600.0
ADOPT_SECONDS = 3_600.0
PRUNE_SECONDS = 86_400.0


@dataclass(eq=False, kw_only=True, repr=False)
class Maintenance:
    """Runs each job when it is due, as long as the core lives.

    `resume` starts what is live in the store, and not at work.
    """

    database: Database
    client: TorrentClient
    indexers: IndexerService
    adopter: TorrentAdopter
    resume: Callable[[], Awaitable[None]]
    retention_seconds: float | None
    clock: Clock

    def __post_init__(self) -> None:
        self._jobs: tuple[tuple[float, Callable[[], Awaitable[None]]], ...] = (
            (0.0, self.resume),
            (0.0, self.check_client),
            (INDEXER_SECONDS, self.indexers.check),
            (ADOPT_SECONDS, self.adopter.adopt_torrents),
            (PRUNE_SECONDS, self.prune),
        )
        self._due = [float("-inf")] * len(self._jobs)
        self._watch = ClockWatch(self.clock)

    def run_all_soon(self) -> None:
        """Run every job in the next round."""
        self._due = [float("-inf")] * len(self._jobs)

    async def run(self) -> None:
        """Run the jobs until cancelled."""
        while True:
            for number, (seconds, job) in enumerate(self._jobs):
                if self.clock.monotonic() < self._due[number]:
                    continue
                self._due[number] = self.clock.monotonic() + seconds
                try:
                    await job()
                except StoreError as error:
                    _LOGGER.warning("The database refuses (%s)", error)
                except Exception:
                    # One job that breaks must not end the others.
                    _LOGGER.exception("Unexpected error during maintenance")
            await self.clock.sleep(ROUND_SECONDS)

    async def check_client(self) -> None:
        """Ask qBittorrent for its version, so that its health is known."""
        with suppress(MusicAgregatorError):
            await self.client.version()

    async def prune(self) -> None:
        """Delete the history of runs that ended long ago. Raises StoreError."""
        if self.retention_seconds is None:
            return
        # A clock that is set years ahead must not make everything old.
        before = self._watch.now() - self.retention_seconds
        while await self.database.write(retention.prune, before=before):
            await self.clock.sleep(1.0)
