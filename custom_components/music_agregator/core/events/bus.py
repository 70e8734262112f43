"""EventBus: publish committed events to every watcher, in order and each once.

A subscription is a cursor with a short queue in front of it: it replays what the store has
after any seq, then goes on live. A watcher that falls behind loses the queue and reads the
store instead, so that it never slows the others down.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Self, override

from sqlalchemy import Connection

from ..common.signal import Signal
from ..model import AlbumEvent, Topic
from ..quality import QualityProfile
from ..store import events
from ..store.database import Database

QUEUE_LENGTH = 256


class Subscription(AsyncIterator[AlbumEvent]):
    """The events after a seq: those in the store, then live ones, without end."""

    def __init__(
        self,
        bus: "EventBus",
        since_seq: int,
        album_id: str | None,
        quality: QualityProfile | None,
    ) -> None:
        self._bus = bus
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
        self._bus.leave(self)
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
            found = await self._bus.database.read(page)
        except BaseException:
            self._behind = True
            raise
        if generation != self._generation:
            return
        self._replay.extend(found)
        if len(found) == events.PAGE:
            self._behind = True


class EventBus:
    """Publishes events to subscriptions, and by the signal `published` to listeners."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store_id = ""
        self.published = Signal[AlbumEvent]()
        self._subscriptions: set[Subscription] = set()

    def subscribe(
        self,
        since_seq: int,
        *,
        album_id: str | None = None,
        quality: QualityProfile | None = None,
    ) -> Subscription:
        """Return the events after a seq, of one topic, one album, or of all."""
        subscription = Subscription(self, since_seq, album_id, quality)
        self._subscriptions.add(subscription)
        return subscription

    async def catch_up(
        self,
        *,
        since_seq: int | None = None,
        store_id: str | None = None,
        album_id: str | None = None,
        quality: QualityProfile | None = None,
    ) -> tuple[Subscription, bool]:
        """Return the events after a seq, then live ones, and whether it began again.

        None for `since_seq` means from now on. A `store_id` that is not ours, or a seq
        ahead of the store, is one of a lost store: the replay begins at the start. Raises
        StoreError.
        """
        head = await self.database.read(events.head)
        since = head if since_seq is None else since_seq
        is_lost = since > head or store_id not in {None, self.store_id}
        subscription = self.subscribe(
            0 if is_lost else since, album_id=album_id, quality=quality
        )
        return subscription, is_lost

    def leave(self, subscription: Subscription) -> None:
        """Remove a subscription."""
        self._subscriptions.discard(subscription)

    def publish(self, event: AlbumEvent) -> None:
        """Publish a committed event. Never waits, never raises."""
        for subscription in tuple(self._subscriptions):
            subscription.enqueue(event)
        self.published.emit(event)

    def rewind(self) -> None:
        """Restart every subscription at the beginning: the store was lost."""
        for subscription in tuple(self._subscriptions):
            subscription.rewind(0)

    def close(self) -> None:
        """End every subscription."""
        for subscription in tuple(self._subscriptions):
            subscription.close()
