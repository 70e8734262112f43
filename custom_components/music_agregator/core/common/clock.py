"""Time as a port: back-offs, time limits and schedules ask it, tests move it."""

import asyncio
from collections.abc import Awaitable
import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """Return the seconds since the epoch."""

    async def sleep(self, seconds: float) -> None:
        """Wait for that many seconds."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait for that many seconds."""
        await asyncio.sleep(seconds)


SYSTEM_CLOCK = SystemClock()


async def within[T](clock: Clock, seconds: float, work: Awaitable[T]) -> T:
    """Return what `work` returns, or raise TimeoutError after `seconds`."""
    working = asyncio.ensure_future(work)
    timer = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((working, timer), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise TimeoutError
    finally:
        for task in (working, timer):
            task.cancel()
        await asyncio.gather(working, timer, return_exceptions=True)


def backoff(attempt: int, *, first: float = 1.0, longest: float = 60.0) -> float:
    """Return the seconds to wait before try `attempt + 1`: doubling, bounded."""
    return float(min(first * 2 ** min(attempt, 30), longest))
