"""Threads and tasks that outlive whoever waits for them."""

import asyncio
from collections.abc import Awaitable


async def result_of[T](future: asyncio.Future[T]) -> T:
    """Return what somebody else's future brings; a cancelled caller leaves it be.

    Unlike `asyncio.shield`, nothing is logged when it fails after that.
    """
    await asyncio.wait((future,))
    return future.result()


async def to_its_end[T](work: Awaitable[T]) -> T:
    """Wait for a thread; a cancelled caller still waits, so that two never overlap."""
    future = asyncio.ensure_future(work)
    try:
        return await result_of(future)
    except asyncio.CancelledError:
        await asyncio.wait((future,))
        if not future.cancelled():
            future.exception()
        raise
