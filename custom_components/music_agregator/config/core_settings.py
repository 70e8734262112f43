"""Convert an entry to the core's settings."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    CONF_API_KEY,
    CONF_NAME,
    CONF_PASSWORD,
    CONF_URL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)

from ..const import CONF_PRIORITY, SUBENTRY_TYPE_INDEXER
from ..core.quality import QualityPreferences
from ..core.settings import (
    USUAL_PRIORITY,
    ClientSettings,
    IndexerSettings,
    Preferences,
    Settings,
)
from .options import part_of_settings


def client_settings(data: dict[str, Any]) -> ClientSettings:
    """Return the settings of qBittorrent."""
    return ClientSettings(
        url=data[CONF_URL],
        username=data.get(CONF_USERNAME),
        password=data.get(CONF_PASSWORD),
        api_key=data.get(CONF_API_KEY),
        verify_certificate=data.get(CONF_VERIFY_SSL, True),
    )


def indexer_settings(subentry_id: str, data: dict[str, Any]) -> IndexerSettings:
    """Return the settings of an indexer."""
    return IndexerSettings(
        indexer_id=subentry_id,
        name=data[CONF_NAME],
        url=data[CONF_URL],
        api_key=data.get(CONF_API_KEY),
    )


def preferences(entry: ConfigEntry) -> Preferences:
    """Return the user's preferences, from the options and the indexers."""
    return Preferences(
        quality=QualityPreferences(**part_of_settings(entry, QualityPreferences)),
        indexer_priorities={
            subentry.data[CONF_NAME]: subentry.data.get(CONF_PRIORITY, USUAL_PRIORITY)
            for subentry in entry.subentries.values()
            if subentry.subentry_type == SUBENTRY_TYPE_INDEXER
        },
        **part_of_settings(entry, Preferences),
    )


def core_settings(entry: ConfigEntry, user_agent: str) -> Settings:
    """Return all settings of the core."""
    return Settings(
        instance=entry.entry_id,
        client=client_settings(dict(entry.data)),
        indexers=tuple(
            indexer_settings(subentry_id, dict(subentry.data))
            for subentry_id, subentry in entry.subentries.items()
            if subentry.subentry_type == SUBENTRY_TYPE_INDEXER
        ),
        user_agent=user_agent,
        preferences=preferences(entry),
        **part_of_settings(entry, Settings),
    )
