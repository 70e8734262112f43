"""The Music Agregator integration."""

from homeassistant.const import Platform
from homeassistant.core import HassJob, HomeAssistant
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

from .announcer import Announcer
from .const import DOMAIN
from .core.errors import StoreError, StoreTooNewError
from .repairs import async_watch
from .runtime import MusicAgregatorConfigEntry, create_app
from .services import async_setup_services
from .websocket_api import async_setup_websocket_api

PLATFORMS: list[Platform] = [Platform.SENSOR]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what exists without an entry."""
    async_setup_services(hass)
    async_setup_websocket_api(hass)
    return True


async def async_setup_entry(
    hass: HomeAssistant, entry: MusicAgregatorConfigEntry
) -> bool:
    """Set up Music Agregator from a config entry; wait for no network."""
    app = create_app(hass, entry)
    try:
        await app.start()
    except StoreTooNewError as err:
        raise ConfigEntryError(
            translation_domain=DOMAIN, translation_key=err.code
        ) from err
    except StoreError as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key=err.code
        ) from err
    entry.runtime_data = app
    announcer = Announcer(hass, entry, app)
    async_watch(hass, entry, app)
    # Tasks are not awaited when Home Assistant stops: stop ours before.
    entry.async_on_unload(hass.async_add_shutdown_job(HassJob(app.close)))
    entry.async_on_unload(entry.add_update_listener(_async_reload))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(async_at_started(hass, announcer.async_start))
    return True


async def async_unload_entry(
    hass: HomeAssistant, entry: MusicAgregatorConfigEntry
) -> bool:
    """Unload a config entry."""
    if unloaded := await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        await entry.runtime_data.close()
    return unloaded


async def _async_reload(hass: HomeAssistant, entry: MusicAgregatorConfigEntry) -> None:
    """Reload an entry whose indexers or options changed."""
    hass.config_entries.async_schedule_reload(entry.entry_id)
