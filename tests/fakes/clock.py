"""A clock that tests move."""

import asyncio
from heapq import heappop, heappush
import math


class ManualClock:
    """Time that passes by itself in short waits, and in long ones when it is moved."""

    def __init__(self, *, short: float = 5.0) -> None:
        self._now = 1_800_000_000.0
        self.set_by = 0.0
        self._short = short
        self._sleepers: list[tuple[float, float, asyncio.Future[None]]] = []
        self._short_sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> float:
        return self._now + self.set_by

    def monotonic(self) -> float:
        return self._now

    def set(self, seconds: float) -> None:
        """Set the wall clock, as a person or NTP does: no time passes."""
        self.set_by += seconds

    async def sleep(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        if seconds <= self._short:
            self._count += 1
            heappush(self._short_sleepers, (self._now + seconds, self._count, future))
            loop.call_later(0.001, self._wake_next)
            await future
            return
        sleeper = (self._now + seconds, seconds, future)
        self._sleepers.append(sleeper)
        try:
            await future
        finally:
            self._sleepers.remove(sleeper)

    def _wake_next(self) -> None:
        """Wake who is due first: short waits end in the order of their time."""
        at, _, future = heappop(self._short_sleepers)
        self._now = max(self._now, at)
        if not future.done():
            future.set_result(None)

    def advance(self, seconds: float) -> None:
        self._now += seconds
        for at, _, future in self._sleepers:
            if at <= self._now and not future.done():
                future.set_result(None)

    def hold(self) -> None:
        """Let no wait pass by itself from now on."""
        self._short = -math.inf

    def fly(self) -> None:
        """Let every wait pass by itself from now on: nobody looks any more."""
        self._short = math.inf
        for at, _, future in self._sleepers:
            self._now = max(self._now, at)
            if not future.done():
                future.set_result(None)

    @property
    def waits(self) -> list[float]:
        """How long each sleeper still has to wait."""
        return sorted(at - self._now for at, _, _ in self._sleepers)

    async def until_waiting(self, seconds: float) -> None:
        """Return when somebody has begun to wait for about that long."""
        async with asyncio.timeout(30):
            while not any(
                abs(asked - seconds) < 1.0 and not future.done()
                for _, asked, future in self._sleepers
            ):
                await asyncio.sleep(0.001)
