"""Retry: call a service until it answers."""

from collections.abc import Awaitable, Callable

from ..errors import MusicAgregatorError, UnavailableError
from .clock import Clock, backoff

LONGEST_PAUSE = 60.0


class Retry:
    """What all callers of one service share.

    `note` is called with each error that is retried, and with None after a success.
    """

    def __init__(
        self,
        clock: Clock,
        note: Callable[[MusicAgregatorError | None], None] | None = None,
    ) -> None:
        self._clock = clock
        self._note = note

    async def call[T](
        self,
        work: Callable[[], Awaitable[T]],
        *,
        retry_on: tuple[type[MusicAgregatorError], ...] = (UnavailableError,),
    ) -> T:
        """Return what `work` returns, as soon as the service answers.

        Pauses double up to a minute, or last as long as the service asks for. Raises
        every error that is not in `retry_on`.
        """
        attempt = 0
        while True:
            try:
                result = await work()
            except retry_on as error:
                self._notify(error)
                asked_for = getattr(error, "retry_after", None) or 0.0
                pause = max(backoff(attempt, longest=LONGEST_PAUSE), asked_for)
            else:
                self._notify(None)
                return result
            attempt += 1
            await self._clock.sleep(pause)

    def _notify(self, error: MusicAgregatorError | None) -> None:
        if self._note is not None:
            self._note(error)
