"""RateLimit: requests to one service keep their distance."""

from .clock import Clock


class RateLimit:
    """Slots that are `seconds` apart, in the order in which they were asked for."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._next_slot = 0.0

    async def wait(self) -> None:
        """Wait for the next free slot."""
        now = self._clock.now()
        slot = max(now, self._next_slot)
        self._next_slot = slot + self._seconds
        if slot > now:
            await self._clock.sleep(slot - now)
