"""Subscription: what the store has after any seq, then live events, each once.

It is a cursor with a short queue in front of it. A watcher that falls behind loses the queue
and reads the store instead, so that it never slows the others down. Where a watcher begins,
and that it begins again when the store was lost, `EventBus.catch_up` decides.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Self, override

from sqlalchemy import Connection

from ..model import AlbumEvent, Topic
from ..quality import QualityProfile
from ..store import events
from ..store.database import Database

QUEUE_LENGTH = 256


class Subscription(AsyncIterator[AlbumEvent]):
    """The events after a seq: those in the store, then live ones, without end."""

    def __init__(
        self,
        database: Database,
        since_seq: int,
        *,
        album_id: str | None,
        quality: QualityProfile | None,
        leave: Callable[["Subscription"], None],
    ) -> None:
        self._database = database
        self._leave = leave
        self._album_id = album_id
        self._quality = quality
        self._news = asyncio.Event()
        self._generation = 0
        self._closed = False
        self.rewind(since_seq)

    def rewind(self, seq: int) -> None:
        """Begin again after a seq."""
        self._seq = seq
        self._replay: deque[AlbumEvent] = deque()
        self._queue: deque[AlbumEvent] = deque()
        self._generation += 1
        self._behind = True
        self._news.set()

    def wants(self, topic: Topic) -> bool:
        """Return whether this is about a topic."""
        if self._album_id not in {None, topic.album_id}:
            return False
        return self._quality in {None, topic.quality}

    def enqueue(self, event: AlbumEvent) -> None:
        """Queue a live event; when the queue is full, drop it and read the store."""
        if not self.wants(event.topic):
            return
        if len(self._queue) >= QUEUE_LENGTH:
            self._queue.clear()
            self._behind = True
        self._queue.append(event)
        self._news.set()

    def close(self) -> None:
        """End the iteration."""
        self._closed = True
        self._leave(self)
        self._news.set()

    @override
    def __aiter__(self) -> Self:
        return self

    @override
    async def __anext__(self) -> AlbumEvent:
        """Return the next event.

        Raises StoreError when the store cannot be read; the next call tries again.
        """
        while not self._closed:
            if self._replay:
                event = self._replay.popleft()
            elif self._behind:
                await self._read()
                continue
            elif self._queue:
                event = self._queue.popleft()
            else:
                self._news.clear()
                await self._news.wait()
                continue
            if event.seq > self._seq:
                self._seq = event.seq
                return event
        raise StopAsyncIteration

    async def _read(self) -> None:
        """Read a page of the store; a queue that overflows meanwhile is behind again."""

        def page(connection: Connection) -> list[AlbumEvent]:
            return events.after(
                connection, self._seq, album_id=self._album_id, quality=self._quality
            )

        self._behind = False
        generation = self._generation
        try:
            found = await self._database.read(page)
        except BaseException:
            self._behind = True
            raise
        if generation != self._generation:
            return
        self._replay.extend(found)
        if len(found) == events.PAGE:
            self._behind = True
