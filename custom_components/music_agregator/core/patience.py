"""Wait for a service that is away."""

from collections.abc import Awaitable, Callable

from .clock import Clock, backoff
from .errors import ClientAuthError, MusicAgregatorError, UnavailableError
from .health import Health

LONGEST_PAUSE = 60.0


class Patience:
    """What everybody who waits for one service shares."""

    def __init__(self, health: Health, clock: Clock) -> None:
        self.health = health
        self._clock = clock

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
                self.health.note_down(error)
                asked_for = getattr(error, "retry_after", None) or 0.0
                pause = max(backoff(attempt, longest=LONGEST_PAUSE), asked_for)
            except ClientAuthError as error:
                self.health.note_down(error)
                raise
            else:
                self.health.note_up()
                return result
            attempt += 1
            await self._clock.sleep(pause)
