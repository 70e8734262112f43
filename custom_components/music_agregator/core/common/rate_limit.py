"""RateLimit: requests to one service keep their distance, the most urgent first."""

import asyncio
from enum import IntEnum
from heapq import heapify, heappush
from itertools import count

from .clock import Clock


class Urgency(IntEnum):
    """For whom a request is: the lowest comes first."""

    PERSON = 0
    RUN = 1
    WANTED = 2
    FOLLOWED = 3


class RateLimit:
    """Turns that are `seconds` apart. Who leaves the queue gives the turn back."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._free_at = float("-inf")
        self._queue: list[tuple[Urgency, int]] = []
        self._numbers = count()
        self._moved = asyncio.Event()

    async def wait(self, urgency: Urgency = Urgency.RUN) -> None:
        """Wait for one's turn: after the more urgent, and those that came before."""
        ticket = (urgency, next(self._numbers))
        heappush(self._queue, ticket)
        try:
            while True:
                left = self._free_at - self._clock.monotonic()
                if self._queue[0] is not ticket:
                    await self._moved.wait()
                elif left > 0:
                    await self._clock.sleep(left)
                else:
                    break
            self._free_at = self._clock.monotonic() + self._seconds
        finally:
            self._queue.remove(ticket)
            heapify(self._queue)
            self._moved.set()
            self._moved = asyncio.Event()
