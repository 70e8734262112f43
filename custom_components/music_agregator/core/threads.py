"""Threads that outlive whoever waits for them."""

import asyncio
from collections.abc import Awaitable


async def to_its_end[T](work: Awaitable[T]) -> T:
    """Wait for a thread; a cancelled caller still waits, so that two never overlap."""
    future = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait((future,))
        if not future.cancelled():
            future.exception()
        raise
