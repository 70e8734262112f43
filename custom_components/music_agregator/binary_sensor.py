"""Binary sensors of Music Agregator: which services answer."""

from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .core.common.health import ServiceHealth
from .entity import MusicAgregatorEntity
from .runtime import MusicAgregatorConfigEntry

PARALLEL_UPDATES = 0

ATTR_ERROR = "error"


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MusicAgregatorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors."""
    app = entry.runtime_data.app
    async_add_entities(
        [ConnectivitySensor(entry, "qbittorrent_connectivity", app.client_health)]
    )
    for subentry_id, health in app.indexer_health.items():
        async_add_entities(
            [IndexerSensor(entry, subentry_id, health)],
            config_subentry_id=subentry_id,
        )


class ConnectivitySensor(MusicAgregatorEntity, BinarySensorEntity):
    """Whether a service answers."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(
        self, entry: MusicAgregatorConfigEntry, key: str, health: ServiceHealth
    ) -> None:
        """Initialize the sensor."""
        super().__init__(entry, key)
        self._health = health

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it answered last."""
        return self._health.is_up

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str | None]:
        """Return the code of the error."""
        error = self._health.error
        return {ATTR_ERROR: error.code if error else None}

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the service."""
        await super().async_added_to_hass()
        self.async_on_remove(self._health.changed.connect(self.async_write_soon))


class IndexerSensor(ConnectivitySensor):
    """Whether an indexer answers, on a device of its own."""

    def __init__(
        self, entry: MusicAgregatorConfigEntry, subentry_id: str, health: ServiceHealth
    ) -> None:
        """Initialize the sensor."""
        super().__init__(entry, "indexer_connectivity", health)
        self._attr_unique_id = f"{entry.entry_id}_{subentry_id}_connectivity"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, f"{entry.entry_id}_{subentry_id}")},
            name=entry.subentries[subentry_id].title,
            entry_type=DeviceEntryType.SERVICE,
            model="Torznab",
            via_device_id=entry.runtime_data.device_id,
        )
