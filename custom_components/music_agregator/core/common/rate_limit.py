"""Queues for one service, the most urgent first: at a distance, or one at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import IntEnum
from heapq import heapify, heappush
from itertools import count
from math import inf

from .clock import Clock


class Urgency(IntEnum):
    """For whom a request is: the lowest comes first."""

    PERSON = 0
    RUN = 1
    WANTED = 2
    FOLLOWED = 3


class _Queue:
    """Who waits. Who leaves gives the turn back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[tuple[Urgency, int]] = []
        self._numbers = count()
        self._moved = asyncio.Event()

    async def turn(self, urgency: Urgency, left: Callable[[], float]) -> None:
        """Wait to be the first, and until there is nothing `left` to wait for (seconds)."""
        ticket = (urgency, next(self._numbers))
        heappush(self._waiting, ticket)
        try:
            while True:
                if self._waiting[0] is not ticket or left() == inf:
                    await self._moved.wait()
                elif (seconds := left()) > 0:
                    await self._clock.sleep(seconds)
                else:
                    return
        finally:
            self._waiting.remove(ticket)
            heapify(self._waiting)
            self.move()

    def move(self) -> None:
        """Have those who wait look again."""
        self._moved.set()
        self._moved = asyncio.Event()


class RateLimit:
    """Turns that are `seconds` apart."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._free_at = -inf
        self._queue = _Queue(clock)

    async def wait(self, urgency: Urgency = Urgency.RUN) -> None:
        """Wait for one's turn: after the more urgent, and those that came before."""
        await self._queue.turn(urgency, self._left)
        self._free_at = self._clock.monotonic() + self._seconds

    def _left(self) -> float:
        return self._free_at - self._clock.monotonic()


class UrgentLock:
    """A lock that the most urgent gets next."""

    def __init__(self, clock: Clock) -> None:
        self._is_held = False
        self._queue = _Queue(clock)

    @asynccontextmanager
    async def hold(self, urgency: Urgency = Urgency.RUN) -> AsyncIterator[None]:
        """Hold the lock."""
        await self._queue.turn(urgency, lambda: inf if self._is_held else 0.0)
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
            self._queue.move()
