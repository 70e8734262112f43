"""What a loaded entry has at work."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant

from .bridge.album_tracker import AlbumTracker
from .bridge.announcer import Announcer
from .bridge.pending_items import PendingItems
from .const import DOMAIN
from .core.app import App
from .core.metadata.covers import Covers

type MusicAgregatorConfigEntry = ConfigEntry[Runtime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtime:
    """The parts of a loaded entry."""

    app: App
    albums: AlbumTracker
    announcer: Announcer
    pending: PendingItems
    covers: Covers
    device_id: str


def loaded_entry(hass: HomeAssistant) -> MusicAgregatorConfigEntry | None:
    """Return the entry, if it is loaded."""
    entries: list[MusicAgregatorConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    is_loaded = entries and entries[0].state is ConfigEntryState.LOADED
    return entries[0] if is_loaded else None
