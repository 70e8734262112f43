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
from .entity import MusicAgregatorEntity
from .runtime import MusicAgregatorConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MusicAgregatorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entity."""
    async_add_entities([StatusEvent(entry, "status")])


class StatusEvent(MusicAgregatorEntity, EventEntity):
    """Every announced event, one after the other and at most one a second.

    Nothing is left out but the progress of a download that goes on meanwhile.
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
        self.async_on_remove(self._announcer.listen(self._async_follow))

    @callback
    def _async_follow(self, event: AlbumEvent) -> None:
        """Let an event take its turn."""
        if event.status is S.DOWNLOADING:
            older = [
                one
                for one in self._waiting
                if one.run_id == event.run_id and one.status is S.DOWNLOADING
            ]
            for one in older:
                self._waiting.remove(one)
        self._waiting.append(event)
        self.async_write_soon()

    @override
    @callback
    def _async_write(self) -> None:
        """Become the next event that waits."""
        if self._waiting:
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
        if self._waiting:
            self.async_write_soon()
