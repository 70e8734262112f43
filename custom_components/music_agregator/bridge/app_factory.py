"""Create the core with Home Assistant's ports."""

from pathlib import Path

from homeassistant import const
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.loader import async_get_loaded_integration

from ..config.core_settings import core_settings
from ..const import DOMAIN
from ..core.app import App
from ..core.common.clock import SYSTEM_CLOCK
from ..core.metadata.covers import Covers
from .recorder_database import RecorderDatabase


def create_app(hass: HomeAssistant, entry: ConfigEntry) -> App:
    """Return the App of an entry, not started yet."""
    return App(
        database=RecorderDatabase(hass, SYSTEM_CLOCK),
        session=async_create_clientsession(hass),
        settings=core_settings(entry, _user_agent(hass)),
        clock=SYSTEM_CLOCK,
    )


def covers_folder(hass: HomeAssistant) -> Path:
    """Return the folder of the covers."""
    return Path(hass.config.cache_path(DOMAIN, "covers"))


def create_covers(hass: HomeAssistant) -> Covers:
    """Return what fetches and keeps the covers."""
    return Covers(
        async_create_clientsession(hass),
        SYSTEM_CLOCK,
        covers_folder(hass),
        user_agent=_user_agent(hass),
    )


def _user_agent(hass: HomeAssistant) -> str:
    """Return who we are and where to complain, as MusicBrainz asks for it."""
    integration = async_get_loaded_integration(hass, DOMAIN)
    return (
        f"{DOMAIN}/{integration.version} HomeAssistant/{const.__version__}"
        f" ( {integration.documentation} )"
    )
