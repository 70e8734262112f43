"""The entry's App, with Home Assistant's ports plugged in."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from homeassistant.config_entries import ConfigEntry
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

from .const import (
    CONF_ALLOW_PACKS,
    CONF_EDITION,
    CONF_HIGH_ACCEPTS_LOSSLESS,
    CONF_IGNORED_WORDS,
    CONF_LOSSLESS_PREFERS_HI_RES,
    CONF_MINIMUM_SEEDERS,
    CONF_MUSICBRAINZ_URL,
    CONF_PRIORITY,
    CONF_REQUIRED_WORDS,
    CONF_SAVE_PATH,
    CONF_WORDING,
    DOMAIN,
    SUBENTRY_TYPE_INDEXER,
)
from .core.app import App
from .core.clock import SYSTEM_CLOCK
from .core.decision import EditionPreference, Preferences, WordingPreference
from .core.decision.preferences import USUAL_PRIORITY
from .core.musicbrainz import DEFAULT_URL
from .core.quality import QualityPreferences
from .core.settings import ClientSettings, IndexerSettings, Settings
from .recorder_database import RecorderDatabase

type MusicAgregatorConfigEntry = ConfigEntry[App]


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


def preferences(entry: MusicAgregatorConfigEntry) -> Preferences:
    """Return what the household prefers, from the options and the indexers."""
    options = entry.options
    usual = Preferences()
    return Preferences(
        quality=QualityPreferences(
            lossless_prefers_hi_res=options.get(CONF_LOSSLESS_PREFERS_HI_RES, False),
            high_accepts_lossless=options.get(CONF_HIGH_ACCEPTS_LOSSLESS, True),
        ),
        edition=EditionPreference(options.get(CONF_EDITION, usual.edition)),
        wording=WordingPreference(options.get(CONF_WORDING, usual.wording)),
        minimum_seeders=options.get(CONF_MINIMUM_SEEDERS, usual.minimum_seeders),
        required_words=tuple(options.get(CONF_REQUIRED_WORDS, ())),
        ignored_words=tuple(options.get(CONF_IGNORED_WORDS, ())),
        allow_packs=options.get(CONF_ALLOW_PACKS, usual.allow_packs),
        indexer_priorities={
            subentry.data[CONF_NAME]: subentry.data.get(CONF_PRIORITY, USUAL_PRIORITY)
            for subentry in entry.subentries.values()
            if subentry.subentry_type == SUBENTRY_TYPE_INDEXER
        },
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

    def spawn(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        return entry.async_create_background_task(hass, work, name)

    settings = Settings(
        instance=entry.entry_id,
        client=client_settings(dict(entry.data)),
        indexers=tuple(
            indexer_settings(subentry_id, dict(subentry.data))
            for subentry_id, subentry in entry.subentries.items()
            if subentry.subentry_type == SUBENTRY_TYPE_INDEXER
        ),
        musicbrainz_url=entry.options.get(CONF_MUSICBRAINZ_URL) or DEFAULT_URL,
        user_agent=_user_agent(hass),
        save_path=entry.options.get(CONF_SAVE_PATH) or None,
        preferences=preferences(entry),
    )
    return App(
        database=RecorderDatabase(hass, SYSTEM_CLOCK),
        session=async_create_clientsession(hass),
        spawn=spawn,
        settings=settings,
        clock=SYSTEM_CLOCK,
    )
