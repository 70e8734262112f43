"""Sensors of Music Agregator: of the service, and of each album."""

from functools import partial

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..entity import async_add_albums
from ..runtime import MusicAgregatorConfigEntry
from .album import album_sensors
from .service import service_sensors

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MusicAgregatorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors."""
    async_add_entities(service_sensors(entry))
    async_add_albums(hass, entry, async_add_entities, partial(album_sensors, entry))
