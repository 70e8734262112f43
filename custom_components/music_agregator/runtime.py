"""The entry's App, with Home Assistant's ports plugged in."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import (
    CONF_API_KEY,
    CONF_NAME,
    CONF_PASSWORD,
    CONF_URL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
    __version__ as HA_VERSION,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.loader import async_get_loaded_integration

from .const import CONF_MUSICBRAINZ_URL, DOMAIN, SUBENTRY_TYPE_INDEXER
from .core.app import App
from .core.common.clock import SYSTEM_CLOCK
from .core.metadata.covers import Covers
from .core.settings import (
    DEFAULT_MUSICBRAINZ_URL,
    ClientSettings,
    IndexerSettings,
    Settings,
)
from .options import flat_options, limits, preferences
from .recorder_database import RecorderDatabase

if TYPE_CHECKING:
    from .albums import ShownAlbums
    from .announcer import Announcer
    from .wishes import Wishes

type MusicAgregatorConfigEntry = ConfigEntry[Runtime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtime:
    """What a loaded entry has at work."""

    app: App
    albums: ShownAlbums
    announcer: Announcer
    wishes: Wishes
    covers: Covers
    device_id: str


def loaded_entry(hass: HomeAssistant) -> MusicAgregatorConfigEntry | None:
    """Return the entry, if it is at work."""
    entries: list[MusicAgregatorConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    is_loaded = entries and entries[0].state is ConfigEntryState.LOADED
    return entries[0] if is_loaded else None


def covers_folder(hass: HomeAssistant) -> Path:
    """Return where the covers are kept."""
    return Path(hass.config.cache_path(DOMAIN, "covers"))


def create_covers(hass: HomeAssistant) -> Covers:
    """Return what fetches and keeps the covers."""
    return Covers(
        async_create_clientsession(hass),
        SYSTEM_CLOCK,
        covers_folder(hass),
        user_agent=_user_agent(hass),
    )


def client_settings(data: dict[str, Any]) -> ClientSettings:
    """Return where qBittorrent is, from what the user entered."""
    return ClientSettings(
        url=data[CONF_URL],
        username=data.get(CONF_USERNAME),
        password=data.get(CONF_PASSWORD),
        api_key=data.get(CONF_API_KEY),
        verify_certificate=data.get(CONF_VERIFY_SSL, True),
    )


def indexer_settings(subentry_id: str, data: dict[str, Any]) -> IndexerSettings:
    """Return where an indexer is, from what the user entered."""
    return IndexerSettings(
        indexer_id=subentry_id,
        name=data[CONF_NAME],
        url=data[CONF_URL],
        api_key=data.get(CONF_API_KEY),
    )


def _user_agent(hass: HomeAssistant) -> str:
    """Return who we are and where to complain, as MusicBrainz asks for it."""
    integration = async_get_loaded_integration(hass, DOMAIN)
    return (
        f"{DOMAIN}/{integration.version} HomeAssistant/{HA_VERSION}"
        f" ( {integration.documentation} )"
    )


def create_app(hass: HomeAssistant, entry: MusicAgregatorConfigEntry) -> App:
    """Return the App of an entry, not started yet."""
    settings = Settings(
        instance=entry.entry_id,
        client=client_settings(dict(entry.data)),
        indexers=tuple(
            indexer_settings(subentry_id, dict(subentry.data))
            for subentry_id, subentry in entry.subentries.items()
            if subentry.subentry_type == SUBENTRY_TYPE_INDEXER
        ),
        musicbrainz_url=flat_options(entry)[CONF_MUSICBRAINZ_URL]
        or DEFAULT_MUSICBRAINZ_URL,
        user_agent=_user_agent(hass),
        preferences=preferences(entry),
        **limits(entry),
    )
    return App(
        database=RecorderDatabase(hass, SYSTEM_CLOCK),
        session=async_create_clientsession(hass),
        settings=settings,
        clock=SYSTEM_CLOCK,
    )
