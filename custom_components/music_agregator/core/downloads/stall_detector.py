"""Watchdog: notices that a download does not move."""

from ..torrents.client import Phase
from ..torrents.watcher import Observation

# In these a download does not move, and is not meant to.
_RESTING = frozenset({Phase.WAITING, Phase.PAUSED, Phase.FINISHED})
# How much of the time between two looks counts (seconds): while the client, or this
# machine, was away nobody knows whether it moved.
_LONGEST_LOOK = 60.0


class StallDetector:
    """Counts the seconds in which one download should move and does not."""

    def __init__(self, limit: float | None) -> None:
        self._limit = limit
        self._looked_at: float | None = None
        self._progress: float | None = None
        self.idle = 0.0

    def observe(self, sight: Observation, now: float) -> bool:
        """Take a look; say whether it has not moved for the limit (None: never)."""
        state = sight.state
        passed = 0.0 if self._looked_at is None else now - self._looked_at
        has_moved = self._progress is not None and state.progress != self._progress
        self._looked_at, self._progress = now, state.progress
        if state.phase in _RESTING or has_moved:
            self.idle = 0.0
        elif sight.snapshot.is_connected:
            self.idle += min(max(passed, 0.0), _LONGEST_LOOK)
        return self._limit is not None and self.idle >= self._limit

    def reset(self) -> None:
        """Begin to count anew."""
        self.idle = 0.0
