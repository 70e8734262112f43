"""Poller: one poll of the client for all who wait for the next one."""

import asyncio

from .custody import AWAY
from .parts import Parts
from .threads import result_of
from .torrents import Snapshot

POLL_SECONDS = 2.0
AWAY_SECONDS = 10.0


class Poller:
    """Asks the client while somebody waits, and rests while nobody does."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._poll: asyncio.Task[Snapshot] | None = None
        self._is_first = True

    async def next(self) -> Snapshot:
        """Return the client's torrents, a moment from now; wait while it is away."""
        if self._poll is None or self._poll.done():
            self._poll = asyncio.create_task(self._fetch())
        return await result_of(self._poll)

    async def close(self) -> None:
        """End the poll under way."""
        if self._poll is not None:
            self._poll.cancel()
            await asyncio.wait((self._poll,))

    async def _fetch(self) -> Snapshot:
        parts = self._parts
        if not self._is_first:
            await parts.clock.sleep(POLL_SECONDS)
        self._is_first = False
        while True:
            try:
                snapshot = await parts.client.snapshot()
            except AWAY:
                await parts.clock.sleep(AWAY_SECONDS)
            else:
                return snapshot
