"""EventBus: publish committed events to every watcher, in order and each once.

`EventBus.catch_up` decides where a watcher begins, also when the store was lost;
`subscription.py` takes it from the replay to live events. A listener that raises is logged
and harms nobody: `common/signal.py`.
"""

from ..common.signal import Signal
from ..model import AlbumEvent
from ..quality import QualityProfile
from ..store import events
from ..store.database import Database
from .subscription import Subscription


class EventBus:
    """Publishes events to subscriptions, and by the signal `published` to listeners."""

    def __init__(self, database: Database) -> None:
        self._database = database
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
        subscription = Subscription(
            self._database,
            since_seq,
            album_id=album_id,
            quality=quality,
            leave=self._subscriptions.discard,
        )
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
        head = await self._database.read(events.head)
        since = head if since_seq is None else since_seq
        is_lost = since > head or store_id not in {None, self.store_id}
        subscription = self.subscribe(
            0 if is_lost else since, album_id=album_id, quality=quality
        )
        return subscription, is_lost

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
