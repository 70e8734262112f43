"""StallDetector: notice that a download does not move.

What follows is decided in `monitor.py`: it commits `stalled`, then gives up or goes on.
"""

from ..torrents.client import Phase, Snapshot, TorrentState

# In these a download does not move, and is not meant to.
_RESTING = frozenset({Phase.WAITING, Phase.PAUSED, Phase.FINISHED})
# How much of the time between two polls counts (seconds): while the client, or this
# machine, was away, the download may have moved.
_LONGEST_INTERVAL = 60.0


class StallDetector:
    """Counts the seconds in which one download should move and does not."""

    def __init__(self, limit: float | None) -> None:
        self._limit = limit
        self._observed_at: float | None = None
        self._progress: float | None = None
        self.idle = 0.0

    def observe(self, state: TorrentState, snapshot: Snapshot, now: float) -> bool:
        """Take a poll; return whether the download stood still for the limit (None: never)."""
        passed = 0.0 if self._observed_at is None else now - self._observed_at
        has_moved = self._progress is not None and state.progress != self._progress
        self._observed_at, self._progress = now, state.progress
        if state.phase in _RESTING or has_moved:
            self.idle = 0.0
        elif snapshot.is_connected:
            self.idle += min(max(passed, 0.0), _LONGEST_INTERVAL)
        return self._limit is not None and self.idle >= self._limit

    def reset(self) -> None:
        """Count from zero again."""
        self.idle = 0.0
