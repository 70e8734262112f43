"""What tests of every part wait for and look at."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web

from custom_components.music_agregator.core.model import AlbumEvent, WorkflowStatus as S
from custom_components.music_agregator.core.transitions import ENDS


async def until(condition: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.002)


def run_tasks() -> list[asyncio.Task[Any]]:
    """The tasks of the live runs."""
    every = asyncio.all_tasks()
    return [
        task for task in every if task.get_name().startswith("music_agregator run ")
    ]


async def until_end(subscription: Any) -> list[AlbumEvent]:
    """Read a subscription until a run ends."""
    events = []
    async for event in subscription:
        events.append(event)
        if event.status in ENDS:
            break
    subscription.close()
    return events


def statuses(events: Sequence[AlbumEvent]) -> list[str]:
    return [event.status.value for event in events]


async def never(request: web.Request) -> web.Response:
    """Answer nothing until the client has gone."""
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.005)
    return web.Response()


def last(events: list[AlbumEvent], status: S) -> dict[str, Any]:
    return dict(next(e.data for e in reversed(events) if e.status is status))
