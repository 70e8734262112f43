"""Caretaker: looks after the services and the store while nothing else does."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
import logging

from .errors import MusicAgregatorError, StoreError
from .parts import Parts
from .store import retention

_LOGGER = logging.getLogger(__name__)

ROUND_SECONDS = 45.0
INDEXER_SECONDS = 3_600.0
PRUNE_SECONDS = 86_400.0


class Caretaker:
    """Goes round and round: each duty when it is due."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._duties: tuple[tuple[float, Callable[[], Awaitable[None]]], ...] = (
            (0.0, self.check_client),
            (INDEXER_SECONDS, parts.indexers.check),
            (PRUNE_SECONDS, self.prune),
        )

    async def run(self) -> None:
        """Go round until cancelled."""
        clock = self._parts.clock
        due = dict.fromkeys(range(len(self._duties)), clock.now())
        while True:
            for number, (seconds, duty) in enumerate(self._duties):
                if clock.now() < due[number]:
                    continue
                due[number] = clock.now() + seconds
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
        while await parts.database.write(partial(retention.prune, before=before)):
            await parts.clock.sleep(1.0)
