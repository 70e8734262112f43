"""Wait for a service that is away, and say so once."""

from collections.abc import Awaitable, Callable
import logging

from .clock import Clock, backoff
from .errors import MusicAgregatorError, UnavailableError

_LOGGER = logging.getLogger(__name__)

LONGEST_PAUSE = 60.0


class Patience:
    """What everybody who waits for one service shares."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._away = False

    async def until[T](
        self,
        work: Callable[[], Awaitable[T]],
        *,
        through: tuple[type[MusicAgregatorError], ...] = (UnavailableError,),
    ) -> T:
        """Return what `work` returns, as soon as the service answers.

        `through` are the errors that are waited out; the others are raised.
        """
        attempt = 0
        while True:
            try:
                result = await work()
            except through as error:
                self.note_away(error)
                asked_for = getattr(error, "retry_after", None) or 0.0
                pause = max(backoff(attempt, longest=LONGEST_PAUSE), asked_for)
            else:
                self.note_back()
                return result
            attempt += 1
            await self._clock.sleep(pause)

    def note_away(self, error: Exception) -> None:
        """Note that it does not answer; the log says it once."""
        if not self._away:
            self._away = True
            _LOGGER.warning("%s does not answer (%s); waiting", self._name, error)

    def note_back(self) -> None:
        """Note that it answers; the log says it if it was away."""
        if self._away:
            self._away = False
            _LOGGER.info("%s answers again", self._name)
