"""Time as a port: back-offs, time limits and schedules ask it, tests move it.

Dates are the wall clock's, which a person or NTP may set by years, either way. How long to
wait, and how long something took, is measured by `monotonic`.
"""

import asyncio
from collections.abc import Awaitable
import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """Return the seconds since the epoch: a date, which may be set back."""

    def monotonic(self) -> float:
        """Return seconds that only ever go on, from an unknown start."""

    async def sleep(self, seconds: float) -> None:
        """Wait for that many seconds."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that only ever go on, from an unknown start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for that many seconds."""
        await asyncio.sleep(seconds)


SYSTEM_CLOCK = SystemClock()


class ClockWatch:
    """Notices when the wall clock is set: it then differs from the monotonic one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = clock.now() - clock.monotonic()

    def set_by(self) -> float:
        """Return by how much the wall clock was set since the watch began (seconds)."""
        return self._clock.now() - self._clock.monotonic() - self._offset

    def now(self) -> float:
        """Return what the wall clock would show had nobody set it."""
        return self._offset + self._clock.monotonic()


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
