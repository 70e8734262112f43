"""Base entity for Music Agregator."""

from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity

from .const import DOMAIN
from .runtime import MusicAgregatorConfigEntry


class MusicAgregatorEntity(Entity):
    """Defines an entity on the service's device, told of changes by the core."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: MusicAgregatorConfigEntry, key: str) -> None:
        """Initialize the entity."""
        self.app = entry.runtime_data
        self._attr_unique_id = f"{entry.entry_id}_{key}"
        self._attr_translation_key = key
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)},
            entry_type=DeviceEntryType.SERVICE,
            configuration_url=entry.data["url"],
        )
