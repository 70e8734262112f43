"""Poller: one poll of the client for all runs that wait for the next one."""

import asyncio
from contextlib import suppress

from ..common.clock import Clock, within
from ..common.tasks import wait_without_cancelling
from .client import CLIENT_UNAVAILABLE, Snapshot, TorrentClient, TorrentState
from .tags import is_ours

POLL_SECONDS = 2.0
# After so many polls in which nothing of ours moved, polls are rarer.
QUIET_POLLS = 30
QUIET_SECONDS = 5.0
AWAY_SECONDS = 10.0


class Poller:
    """Polls the client while a run waits, and rests otherwise."""

    def __init__(self, *, client: TorrentClient, clock: Clock, instance: str) -> None:
        self._client = client
        self._clock = clock
        self._instance = instance
        self._poll: asyncio.Task[Snapshot] | None = None
        self._is_first = True
        self._quiet = 0
        self._last: dict[str, TorrentState] = {}
        self._wakeup = asyncio.Event()

    async def next(self) -> Snapshot:
        """Return the client's torrents, a moment from now; wait while it is away."""
        if self._poll is None or self._poll.done():
            self._poll = asyncio.create_task(self._fetch())
        return await wait_without_cancelling(self._poll)

    def poll_soon(self) -> None:
        """Poll often again: there is something new to see."""
        self._quiet = 0
        self._wakeup.set()

    async def close(self) -> None:
        """Cancel the poll in flight."""
        if self._poll is not None:
            self._poll.cancel()
            await asyncio.wait((self._poll,))

    async def _fetch(self) -> Snapshot:
        if not self._is_first:
            await self._pause()
        self._is_first = False
        while True:
            try:
                snapshot = await self._client.snapshot()
            except CLIENT_UNAVAILABLE:
                await self._clock.sleep(AWAY_SECONDS)
            else:
                self._count_quiet(snapshot)
                return snapshot

    async def _pause(self) -> None:
        if self._quiet < QUIET_POLLS:
            await self._clock.sleep(POLL_SECONDS)
            return
        self._wakeup.clear()
        with suppress(TimeoutError):
            await within(self._clock, QUIET_SECONDS, self._wakeup.wait())

    def _count_quiet(self, snapshot: Snapshot) -> None:
        """Count the polls in which nothing of ours moved."""
        ours = {
            name: torrent
            for name, torrent in snapshot.torrents.items()
            if is_ours(torrent, self._instance)
        }
        self._quiet = self._quiet + 1 if ours == self._last else 0
        self._last = ours
