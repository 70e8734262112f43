"""The event entity of Music Agregator: its types are the statuses."""

from collections import deque
from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import (
    ATTR_ALBUM,
    ATTR_ALBUM_ID,
    ATTR_ARTIST,
    ATTR_QUALITY,
    ATTR_REASON,
    ATTR_RUN_ID,
    ATTR_SEQ,
)
from .core.model import AlbumEvent, WorkflowStatus as S
from .core.transitions import ENDS
from .entity import MusicAgregatorEntity
from .runtime import MusicAgregatorConfigEntry

PARALLEL_UPDATES = 0

LONG_QUEUE = 30
_NEVER_LEFT_OUT = ENDS | {S.AWAITING_SELECTION}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MusicAgregatorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entity."""
    async_add_entities([StatusEvent(entry, "status")])


class StatusEvent(MusicAgregatorEntity, EventEntity):
    """Every announced event, one after the other and at most one a second.

    Skipped are the progress of a download that has gone on meanwhile, and, in a long
    queue, the steps of a run that has gone on. A reload or a stop empties the queue.
    """

    _attr_event_types = [status.value for status in S]

    def __init__(self, entry: MusicAgregatorConfigEntry, key: str) -> None:
        """Initialize the entity."""
        super().__init__(entry, key)
        self._announcer = entry.runtime_data.announcer
        self._waiting: deque[AlbumEvent] = deque()

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the announcer."""
        await super().async_added_to_hass()
        self.async_on_remove(self._announcer.fired.connect(self._async_follow))
        self.async_on_remove(self._announcer.closed.connect(self._async_flush))

    @callback
    def _async_flush(self) -> None:
        """Write all queued events without a pause: the announcer does not repeat them."""
        self._async_cancel()
        while self._waiting:
            self._async_next()

    @callback
    def _async_follow(self, event: AlbumEvent) -> None:
        """Queue an event."""
        is_long = len(self._waiting) >= LONG_QUEUE
        older = [
            one
            for one in self._waiting
            if one.run_id == event.run_id
            and (is_long or one.status is event.status is S.DOWNLOADING)
            and one.status not in _NEVER_LEFT_OUT
        ]
        for one in older:
            self._waiting.remove(one)
        self._waiting.append(event)
        self.async_write_soon()

    @override
    @callback
    def _async_write(self) -> None:
        """Write the next queued event, and schedule the others."""
        self._async_next()
        if self._waiting:
            self.async_write_soon()

    @callback
    def _async_next(self) -> None:
        """Write the next queued event."""
        if not self._waiting:
            return
        event = self._waiting.popleft()
        self._trigger_event(
            event.status.value,
            {
                ATTR_RUN_ID: event.run_id,
                ATTR_ALBUM_ID: event.album_id,
                ATTR_ARTIST: event.data.get("artist"),
                ATTR_ALBUM: event.data.get("album"),
                ATTR_QUALITY: event.quality.value,
                ATTR_REASON: event.data.get("reason"),
                ATTR_SEQ: event.seq,
            },
        )
        super()._async_write()
