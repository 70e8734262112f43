"""A wanted list that time passes for."""

import asyncio
from collections.abc import Callable
from typing import Any

from custom_components.music_agregator.core.model import Topic
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.store import wanted
from custom_components.music_agregator.core.store.wanted import WantedAlbum
from sandbox import catalogue as c
from tests.fakes import LightWorld
from tests.helpers import until

HOUR = 3_600.0


DAY = 24 * HOUR


class Looking:
    """A world whose wanted list is looked after, and time that passes for it."""

    def __init__(self, world: LightWorld) -> None:
        self.world = world
        self.rest: float | None = None
        self._sleep = world.clock.sleep
        world.clock.sleep = self._sleeping  # type: ignore[method-assign]
        self._task = world.tasks.spawn(world.app.wanted.run(), "wanted")

    async def _sleeping(self, seconds: float) -> None:
        """Note how long the list itself rests; what it asks others has limits, too."""
        if asyncio.current_task() is self._task:
            self.rest = seconds
        await self._sleep(seconds)

    async def turn(self, seconds: float = 0.0) -> None:
        """Let time pass until the list is looked at next, or more; and it be done."""
        await until(lambda: self.rest is not None)
        assert self.rest is not None
        self.world.clock.advance(max(self.rest, seconds))
        self.rest = None
        await until(lambda: self.rest is not None or self.world.app.live_runs)

    async def passes(
        self, seconds: float, note: Callable[[], Any] = lambda: None
    ) -> None:
        end = self.world.clock.now() + seconds
        while self.world.clock.now() < end and not self.world.app.live_runs:
            await self.turn()
            note()

    async def row(self, album: c.Album, quality: Q = Q.ANY) -> WantedAlbum | None:
        topic = Topic(album.album_id, quality)
        return await self.world.database.read(wanted.find, topic=topic)

    async def jumps(self, seconds: float) -> None:
        """Let days pass in which the list is looked at once an hour."""
        end = self.world.clock.now() + seconds
        while self.world.clock.now() < end and not self.world.app.live_runs:
            await self.turn(HOUR)

    @property
    def feeds(self) -> int:
        return self.world.indexer.queries.count("")

    @property
    def searches(self) -> int:
        return len(self.world.indexer.queries) - self.feeds


def made_up(count: int) -> tuple[c.Album, ...]:
    """Albums that no indexer has."""
    return tuple(
        c.Album(
            artist=f"Nobody {number}",
            title=f"Nothing {number}",
            editions=(c.Edition(date="1999", tracks=(("Silence", 20_000),)),),
        )
        for number in range(count)
    )
