"""ServiceHealth: whether a service answers, since when, and its error if not."""

import logging

from ..errors import MusicAgregatorError
from .clock import Clock
from .signal import Signal

_LOGGER = logging.getLogger(__name__)


class ServiceHealth:
    """The health of one service; a failure and a recovery are logged once each."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.changed = Signal[()]()
        self.name = name
        self._clock = clock
        self.error: MusicAgregatorError | None = None
        self.is_known = False
        self.since = clock.now()
        self._since = clock.monotonic()

    @property
    def is_up(self) -> bool | None:
        """Return whether it answered last; None before the first request."""
        return self.error is None if self.is_known else None

    @property
    def seconds(self) -> float:
        """Return for how long it has answered, or failed (seconds)."""
        return self._clock.monotonic() - self._since

    def __str__(self) -> str:
        """Return its error in a line, an empty one while it answers."""
        if self.error is None:
            return ""
        return f"{self.name} fails, and is asked again: {self.error}"

    def note(self, error: MusicAgregatorError | None) -> None:
        """Record an error, or with None that it answered."""
        if error is None:
            self.mark_up()
        else:
            self.mark_down(error)

    def mark_down(self, error: MusicAgregatorError) -> None:
        """Record an error."""
        if self.error is None:
            _LOGGER.info("%s fails: %s (%s)", self.name, error.code, error)
        self._become(error)

    def mark_up(self) -> None:
        """Record that it answered."""
        if self.error is not None:
            _LOGGER.info("%s answers again", self.name)
        self._become(None)

    def _become(self, error: MusicAgregatorError | None) -> None:
        before = (self.is_up, self.error.code if self.error else None)
        if (self.error is None) != (error is None) or not self.is_known:
            self.since = self._clock.now()
            self._since = self._clock.monotonic()
        self.is_known = True
        self.error = error
        if before != (self.is_up, error.code if error else None):
            self.changed.emit()
