"""SingleFlight: callers that ask for the same thing at once share one call."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from ..errors import ClosingError


class SingleFlight[T]:
    """The calls in flight, by key; they belong to none of their callers."""

    def __init__(self) -> None:
        self._calls: dict[str, asyncio.Task[T]] = {}

    async def call(self, key: str, work: Callable[[str], Coroutine[Any, Any, T]]) -> T:
        """Return what `work(key)` returns; a call in flight is joined.

        A cancelled caller leaves the call alone. Raises what `work` raises, and
        ClosingError when the call was cancelled by `close`.
        """
        task = self._calls.get(key)
        if task is None:
            task = self._calls[key] = asyncio.create_task(work(key))
            task.add_done_callback(partial(self._forget, key))
        await asyncio.wait((task,))
        if task.cancelled():
            raise ClosingError
        return task.result()

    def _forget(self, key: str, task: asyncio.Task[T]) -> None:
        del self._calls[key]
        if not task.cancelled():
            # Its callers may be gone: nobody else retrieves what it raised.
            task.exception()

    async def close(self) -> None:
        """Cancel the calls in flight."""
        for task in tuple(self._calls.values()):
            task.cancel()
            await asyncio.wait((task,))
