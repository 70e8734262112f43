"""Background tasks as a port, and waiting that survives cancellation."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, Protocol


class Spawn(Protocol):
    """Starts a background task that its host ends when the core is closed."""

    def __call__(
        self, work: Coroutine[Any, Any, None], name: str
    ) -> asyncio.Task[None]:
        """Start `work`."""


async def wait_without_cancelling[T](future: asyncio.Future[T]) -> T:
    """Return the result of a future that goes on when the caller is cancelled.

    Unlike `asyncio.shield`, nothing is logged when it fails after that.
    """
    await asyncio.wait((future,))
    return future.result()


async def finish_before_cancelling[T](work: Awaitable[T]) -> T:
    """Return the result of a thread; a cancelled caller waits for its end.

    So two calls of one caller never overlap.
    """
    future = asyncio.ensure_future(work)
    try:
        return await wait_without_cancelling(future)
    except asyncio.CancelledError:
        await asyncio.wait((future,))
        if not future.cancelled():
            future.exception()
        raise
