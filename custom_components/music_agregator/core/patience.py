"""Wait for a service that is away."""

from collections.abc import Awaitable, Callable

from .clock import Clock, backoff
from .errors import MusicAgregatorError, UnavailableError

LONGEST_PAUSE = 60.0


class Patience:
    """What everybody who waits for one service shares.

    `note` is told of every error that is waited out, and of None when that is over.
    """

    def __init__(
        self,
        clock: Clock,
        note: Callable[[MusicAgregatorError | None], None] | None = None,
    ) -> None:
        self._clock = clock
        self._note = note

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
                self._tell(error)
                asked_for = getattr(error, "retry_after", None) or 0.0
                pause = max(backoff(attempt, longest=LONGEST_PAUSE), asked_for)
            else:
                self._tell(None)
                return result
            attempt += 1
            await self._clock.sleep(pause)

    def _tell(self, error: MusicAgregatorError | None) -> None:
        if self._note is not None:
            self._note(error)
