"""Poller: one poll of the client for all who wait for the next one."""

import asyncio
from contextlib import suppress

from ..common.clock import within
from ..common.tasks import wait_without_cancelling
from ..parts import Parts
from .client import (
    Snapshot,
    TorrentState,
    is_ours,
)
from .remover import CLIENT_UNAVAILABLE

POLL_SECONDS = 2.0
# While nothing of ours has moved for so many polls, it is asked less often.
QUIET_POLLS = 30
QUIET_SECONDS = 5.0
AWAY_SECONDS = 10.0


class Poller:
    """Asks the client while somebody waits, and rests while nobody does."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._poll: asyncio.Task[Snapshot] | None = None
        self._is_first = True
        self._quiet = 0
        self._last: dict[str, TorrentState] = {}
        self._wanted_soon = asyncio.Event()

    async def next(self) -> Snapshot:
        """Return the client's torrents, a moment from now; wait while it is away."""
        if self._poll is None or self._poll.done():
            self._poll = asyncio.create_task(self._fetch())
        return await wait_without_cancelling(self._poll)

    def hurry(self) -> None:
        """Ask often again: something new is there to be seen."""
        self._quiet = 0
        self._wanted_soon.set()

    async def close(self) -> None:
        """End the poll under way."""
        if self._poll is not None:
            self._poll.cancel()
            await asyncio.wait((self._poll,))

    async def _fetch(self) -> Snapshot:
        parts = self._parts
        if not self._is_first:
            await self._pause()
        self._is_first = False
        while True:
            try:
                snapshot = await parts.client.snapshot()
            except CLIENT_UNAVAILABLE:
                await parts.clock.sleep(AWAY_SECONDS)
            else:
                self._compare(snapshot)
                return snapshot

    async def _pause(self) -> None:
        clock = self._parts.clock
        if self._quiet < QUIET_POLLS:
            await clock.sleep(POLL_SECONDS)
            return
        self._wanted_soon.clear()
        with suppress(TimeoutError):
            await within(clock, QUIET_SECONDS, self._wanted_soon.wait())

    def _compare(self, snapshot: Snapshot) -> None:
        """Count the polls in which nothing of ours has moved."""
        instance = self._parts.settings.instance
        ours = {n: t for n, t in snapshot.torrents.items() if is_ours(t, instance)}
        self._quiet = self._quiet + 1 if ours == self._last else 0
        self._last = ours
