"""Background tasks, and waiting that survives cancellation."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from threading import Thread
from typing import Any, cast


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


def is_shortage(error: Exception) -> bool:
    """Return whether this machine lacked a thread, a file handle, memory or a disk.

    asyncio raises RuntimeError where no thread can be started.
    """
    if isinstance(error, RuntimeError):
        return "can't start new thread" in str(error)
    return isinstance(error, (OSError, MemoryError)) and not isinstance(
        error, TimeoutError
    )


def in_daemon_thread[T](work: Callable[[], T]) -> asyncio.Future[T]:
    """Start `work` in a thread of its own, which nobody has to wait for.

    A thread that hangs keeps no process alive. Raises RuntimeError where no thread can be
    started.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    future.add_done_callback(retrieve)

    def settle(outcome: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(cast("T", outcome))

    def run() -> None:
        outcome, failure = None, None
        try:
            outcome = work()
        except BaseException as error:  # noqa: BLE001
            failure = error
        with suppress(RuntimeError):
            # The loop may be closed by now.
            loop.call_soon_threadsafe(settle, outcome, failure)

    Thread(target=run, name="music_agregator call", daemon=True).start()
    return future


def retrieve(task: asyncio.Future[Any]) -> None:
    """Take note of how a future ended whose caller may have left: nothing is logged."""
    if not task.cancelled():
        task.exception()


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
