"""Base entities for Music Agregator."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import batched
from typing import override
from weakref import WeakSet

from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import (
    AddConfigEntryEntitiesCallback,
    async_get_platforms,
)
from yarl import URL

from .bridge.album_tracker import TrackedAlbum, device_name
from .const import DOMAIN
from .runtime import MusicAgregatorConfigEntry

# The recorder should not have to write every step of a busy second.
WRITE_SECONDS = 1.0
PROGRESS_SECONDS = 5.0
ALBUMS_AT_ONCE = 8


def service_device(entry: MusicAgregatorConfigEntry) -> DeviceInfo:
    """Return the device of the service itself."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        entry_type=DeviceEntryType.SERVICE,
        configuration_url=str(URL(entry.data[CONF_URL]).with_query(None)),
    )


class MusicAgregatorEntity(Entity):
    """Defines an entity that follows the core, and writes its state at a limited rate."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _written_at = float("-inf")
    _timer: asyncio.TimerHandle | None = None

    def __init__(self, entry: MusicAgregatorConfigEntry, key: str) -> None:
        """Initialize the entity."""
        self.app = entry.runtime_data.app
        self._attr_unique_id = f"{entry.entry_id}_{key}"
        self._attr_translation_key = key
        self._attr_device_info = service_device(entry)

    @override
    async def async_added_to_hass(self) -> None:
        """Cancel a pending write when the entity is removed."""
        await super().async_added_to_hass()
        self.async_on_remove(self._async_cancel)

    @property
    def is_client_away(self) -> bool:
        """Return whether qBittorrent does not answer: what it told is not true now."""
        return self.app.client_health.is_up is False

    @callback
    def async_write_soon(self, *, is_progress: bool = False) -> None:
        """Write the state now, or as soon as the rate allows."""
        loop = self.hass.loop
        pause = PROGRESS_SECONDS if is_progress else WRITE_SECONDS
        due = self._written_at + pause
        if due <= loop.time():
            self._async_cancel()
            self._async_write()
        elif self._timer is None or due < self._timer.when():
            self._async_cancel()
            self._timer = loop.call_at(due, self._async_write)

    @callback
    def _async_write(self) -> None:
        """Write the state."""
        self._timer = None
        self._written_at = self.hass.loop.time()
        self.async_write_ha_state()

    @callback
    def _async_cancel(self) -> None:
        """Cancel a pending write."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


@callback
def async_add_albums(
    hass: HomeAssistant,
    entry: MusicAgregatorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[TrackedAlbum], Sequence[Entity]],
) -> None:
    """Add the entities of every tracked album, once each, as the albums appear."""
    added: WeakSet[TrackedAlbum] = WeakSet()

    async def add_all(albums: Sequence[TrackedAlbum]) -> None:
        for some in batched(albums, ALBUMS_AT_ONCE, strict=False):
            made = {album: make(album) for album in some if album not in added}
            added.update(album for album, entities in made.items() if entities)
            if entities := [one for few in made.values() for one in few]:
                async_add_entities(entities)
            # Hundreds of albums must not block the event loop.
            await asyncio.sleep(0)

    @callback
    def add(albums: Sequence[TrackedAlbum]) -> None:
        entry.async_create_task(hass, add_all(albums), "music_agregator albums")

    entry.runtime_data.albums.async_add_listener(add)


async def async_remove_entities(
    hass: HomeAssistant, entry: MusicAgregatorConfigEntry
) -> None:
    """Remove the entities a few at a time; unloading would block the event loop."""
    for platform in async_get_platforms(hass, DOMAIN):
        if platform.config_entry is not entry:
            continue
        for some in batched(tuple(platform.entities.values()), 10, strict=False):
            for entity in some:
                await entity.async_remove()
            await asyncio.sleep(0)


class AlbumEntity(MusicAgregatorEntity):
    """Defines an entity on an album's own device."""

    def __init__(
        self, entry: MusicAgregatorConfigEntry, album: TrackedAlbum, key: str
    ) -> None:
        """Initialize the entity."""
        super().__init__(entry, f"album_{key}")
        self.album = album
        name = device_name(entry, album.key)
        self._attr_unique_id = f"{name}_{key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, name)},
            name=entry.runtime_data.albums.label(album),
            entry_type=DeviceEntryType.SERVICE,
            model=album.topic.quality.replace("_", "-").capitalize(),
            via_device_id=entry.runtime_data.device_id,
        )

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the album."""
        await super().async_added_to_hass()
        self.async_on_remove(self.album.changed.connect(self._async_follow))

    @callback
    def _async_follow(self) -> None:
        """Write the state."""
        self.async_write_soon()
