"""Background tasks, and waiting that survives cancellation."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any


class BackgroundTasks:
    """The background tasks of one owner: closing ends what was begun."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Start `work`."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def __len__(self) -> int:
        """Return the number of tasks that have not ended."""
        return len(self._tasks)

    async def close(self) -> None:
        """Cancel every task, and wait for its end."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


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
