"""SingleFlight: callers that ask for the same thing at once share one call."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from ..errors import ClosingError


class SingleFlight[T]:
    """The calls in flight, by key.

    A call ends with its last caller, unless it `goes_on` for later ones.
    """

    def __init__(self, *, goes_on: bool = False) -> None:
        self._goes_on = goes_on
        self._calls: dict[str, asyncio.Task[T]] = {}
        self._callers = Counter[asyncio.Task[T]]()

    def __len__(self) -> int:
        """Return the number of calls in flight."""
        return len(self._callers)

    async def call(self, key: str, work: Callable[[str], Coroutine[Any, Any, T]]) -> T:
        """Return what `work(key)` returns; a call in flight is joined.

        Raises what `work` raises, and ClosingError when the call was cancelled by `close`.
        """
        task = self._calls.get(key)
        if task is None:
            task = self._calls[key] = asyncio.create_task(work(key))
            task.add_done_callback(partial(self._forget, key))
        self._callers[task] += 1
        try:
            await asyncio.wait((task,))
        finally:
            if not task.done():
                self._callers[task] -= 1
            if not (task.done() or self._callers[task] or self._goes_on):
                # A later caller begins again, and does not join what is being cancelled.
                del self._calls[key]
                task.cancel()
        if task.cancelled():
            raise ClosingError
        return task.result()

    def _forget(self, key: str, task: asyncio.Task[T]) -> None:
        del self._callers[task]
        if self._calls.get(key) is task:
            del self._calls[key]
        if not task.cancelled():
            # Its callers may be gone: nobody else retrieves what it raised.
            task.exception()

    async def close(self) -> None:
        """Cancel the calls in flight."""
        for task in tuple(self._callers):
            task.cancel()
            await asyncio.wait((task,))
