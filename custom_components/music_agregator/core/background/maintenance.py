"""Caretaker: looks after the services and the store while nothing else does."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
import logging

from ..errors import MusicAgregatorError, StoreError
from ..parts import Parts
from ..store import retention
from .reconciler import Reconciler

_LOGGER = logging.getLogger(__name__)

ROUND_SECONDS = 45.0
INDEXER_SECONDS = 3_600.0
RECONCILE_SECONDS = 3_600.0
PRUNE_SECONDS = 86_400.0


class Maintenance:
    """Goes round and round: each duty when it is due."""

    def __init__(self, parts: Parts, reconciler: Reconciler) -> None:
        self._parts = parts
        self._duties: tuple[tuple[float, Callable[[], Awaitable[None]]], ...] = (
            (0.0, self.check_client),
            (INDEXER_SECONDS, parts.indexers.check),
            (RECONCILE_SECONDS, reconciler.reconcile),
            (PRUNE_SECONDS, self.prune),
        )
        self._due = [0.0] * len(self._duties)

    def hurry(self) -> None:
        """Do everything in the next round: the store was lost and made again."""
        self._due = [0.0] * len(self._duties)

    async def run(self) -> None:
        """Go round until cancelled."""
        clock = self._parts.clock
        while True:
            for number, (seconds, duty) in enumerate(self._duties):
                if clock.now() < self._due[number]:
                    continue
                self._due[number] = clock.now() + seconds
                try:
                    await duty()
                except StoreError as error:
                    _LOGGER.warning("The database refuses (%s)", error)
                except Exception:
                    # One duty that breaks must not end the others.
                    _LOGGER.exception("Unexpected error while looking after things")
            await clock.sleep(ROUND_SECONDS)

    async def check_client(self) -> None:
        """Find out whether qBittorrent answers: its health is noted by the way."""
        with suppress(MusicAgregatorError):
            await self._parts.client.version()

    async def prune(self) -> None:
        """Forget what ended long ago."""
        parts = self._parts
        kept = parts.settings.retention_seconds
        if kept is None:
            return
        before = parts.clock.now() - kept
        while await parts.database.write(retention.prune, before=before):
            await parts.clock.sleep(1.0)
