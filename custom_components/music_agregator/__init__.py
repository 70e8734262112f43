"""The Music Agregator integration."""

from functools import partial
from shutil import rmtree

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HassJob, HomeAssistant
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

from .assist.sentences import async_setup_sentences
from .bridge.album_tracker import AlbumTracker
from .bridge.announcer import Announcer
from .bridge.app_factory import covers_folder, create_app, create_covers
from .bridge.pending_items import PendingItems, async_remove_pending_items
from .bridge.recorder_database import RecorderDatabase
from .bridge.repair_issues import (
    async_check_store,
    async_delete_issues,
    async_forget_store,
    async_watch,
)
from .config.options import in_sections
from .const import CONF_ALBUM_ENTITIES, DOMAIN, SECTION_UPKEEP
from .core.app import App
from .core.common.clock import SYSTEM_CLOCK
from .core.errors import StoreError, StoreTooNewError
from .core.store import schema
from .entity import async_remove_entities, service_device
from .frontend import async_add_card, async_remove_card, async_setup_frontend
from .runtime import MusicAgregatorConfigEntry, Runtime
from .services import async_setup_services
from .websocket_api import async_setup_websocket_api

PLATFORMS: list[Platform] = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.TODO,
]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what is independent of the entry."""
    async_setup_services(hass)
    async_setup_websocket_api(hass)
    await async_setup_frontend(hass)
    return True


async def async_setup_entry(
    hass: HomeAssistant, entry: MusicAgregatorConfigEntry
) -> bool:
    """Set up Music Agregator from a config entry; wait for no network."""
    app = create_app(hass, entry)
    try:
        await _async_start(hass, entry, app)
    except BaseException as err:
        # Its runs belong to the app, not to the entry.
        await app.close()
        if isinstance(err, StoreTooNewError):
            raise ConfigEntryError(
                translation_domain=DOMAIN, translation_key=err.code
            ) from err
        if isinstance(err, StoreError):
            raise ConfigEntryNotReady(
                translation_domain=DOMAIN, translation_key=err.code
            ) from err
        raise
    return True


async def _async_start(
    hass: HomeAssistant, entry: MusicAgregatorConfigEntry, app: App
) -> None:
    """Start the core and all that follows it."""
    albums = AlbumTracker(hass, entry, app)
    pending = PendingItems(hass, entry, app)
    await app.start()
    await albums.async_setup()
    announcer = Announcer(hass, entry, app)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, **service_device(entry)
    )
    entry.runtime_data = Runtime(
        app=app,
        albums=albums,
        announcer=announcer,
        pending=pending,
        covers=create_covers(hass),
        device_id=device.id,
    )
    await pending.async_setup()
    async_watch(hass, entry, app)
    await async_check_store(hass, app)
    # Home Assistant does not await tasks when it stops: stop ours before.
    entry.async_on_unload(
        hass.async_add_shutdown_job(HassJob(partial(_async_stop, entry.runtime_data)))
    )
    entry.async_on_unload(entry.add_update_listener(_async_reload))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await async_add_card(hass)
    async_setup_sentences(hass, entry)
    app.start_background()
    entry.async_on_unload(async_at_started(hass, announcer.async_start))


async def _async_stop(runtime: Runtime) -> None:
    """Stop the core before Home Assistant stops."""
    runtime.announcer.async_close()
    await runtime.covers.close()
    await runtime.app.close()


async def async_unload_entry(
    hass: HomeAssistant, entry: MusicAgregatorConfigEntry
) -> bool:
    """Unload a config entry."""
    entry.runtime_data.albums.async_stop()
    entry.runtime_data.announcer.async_close()
    await async_remove_entities(hass, entry)
    if unloaded := await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        await entry.runtime_data.covers.close()
        await entry.runtime_data.app.close()
    return unloaded


async def async_remove_entry(
    hass: HomeAssistant, entry: MusicAgregatorConfigEntry
) -> None:
    """Remove the tables, the issues, the card and the covers."""
    async_delete_issues(hass)
    await async_remove_card(hass)
    await hass.async_add_executor_job(
        partial(rmtree, covers_folder(hass), ignore_errors=True)
    )
    await async_forget_store(hass)
    await async_remove_pending_items(hass)
    await RecorderDatabase(hass, SYSTEM_CLOCK).write(schema.drop)


async def async_migrate_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Migrate an entry of an earlier version."""
    if entry.version > 3:
        return False
    options = dict(entry.options)
    if entry.version == 1:
        options = dict(in_sections(options))
    if entry.version < 3:
        # What was there before stays: now it is an option.
        upkeep = {**options.get(SECTION_UPKEEP, {}), CONF_ALBUM_ENTITIES: True}
        hass.config_entries.async_update_entry(
            entry, options={**options, SECTION_UPKEEP: upkeep}, version=3
        )
    return True


async def _async_reload(hass: HomeAssistant, entry: MusicAgregatorConfigEntry) -> None:
    """Reload an entry whose indexers or options changed."""
    hass.config_entries.async_schedule_reload(entry.entry_id)
