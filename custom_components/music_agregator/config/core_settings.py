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

from ..const import (
    CONF_ALLOW_PACKS,
    CONF_ASK_ABOVE,
    CONF_CATEGORY,
    CONF_CLIENT_FOLDER,
    CONF_EDITION,
    CONF_HIGH_ACCEPTS_LOSSLESS,
    CONF_HOME_FOLDER,
    CONF_IGNORED_WORDS,
    CONF_LIBRARY_FOLDERS,
    CONF_LOSSLESS_PREFERS_HI_RES,
    CONF_MAXIMUM_SIZE,
    CONF_MINIMUM_SEEDERS,
    CONF_MINIMUM_SIZE,
    CONF_MOST_ATTEMPTS,
    CONF_MUSICBRAINZ_URL,
    CONF_PRIORITY,
    CONF_REQUIRED_WORDS,
    CONF_RETENTION_DAYS,
    CONF_SAVE_PATH,
    CONF_SELECTION_HOURS,
    CONF_STALL_MINUTES,
    CONF_STEP_DOWN_DAYS,
    CONF_WAIT_FOR_LIBRARY,
    CONF_WANTED_DAYS,
    CONF_WORDING,
    SUBENTRY_TYPE_INDEXER,
)
from ..core.quality import QualityPreferences
from ..core.settings import (
    DEFAULT_MUSICBRAINZ_URL,
    USUAL_PRIORITY,
    ClientSettings,
    EditionPreference,
    IndexerSettings,
    Preferences,
    Settings,
    WordingPreference,
)
from .options import flat_options

_MEGABYTE = 1_000_000
_GIGABYTE = 1_000_000_000
_MINUTE = 60.0
_HOUR = 3_600.0
_DAY = 86_400.0


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
    options = flat_options(entry)
    return Preferences(
        quality=QualityPreferences(
            lossless_prefers_hi_res=options[CONF_LOSSLESS_PREFERS_HI_RES],
            high_accepts_lossless=options[CONF_HIGH_ACCEPTS_LOSSLESS],
        ),
        edition=EditionPreference(options[CONF_EDITION]),
        wording=WordingPreference(options[CONF_WORDING]),
        minimum_seeders=options[CONF_MINIMUM_SEEDERS],
        minimum_bytes=options[CONF_MINIMUM_SIZE] * _MEGABYTE or None,
        maximum_bytes=options[CONF_MAXIMUM_SIZE] * _MEGABYTE or None,
        required_words=tuple(options[CONF_REQUIRED_WORDS]),
        ignored_words=tuple(options[CONF_IGNORED_WORDS]),
        allow_packs=options[CONF_ALLOW_PACKS],
        indexer_priorities={
            subentry.data[CONF_NAME]: subentry.data.get(CONF_PRIORITY, USUAL_PRIORITY)
            for subentry in entry.subentries.values()
            if subentry.subentry_type == SUBENTRY_TYPE_INDEXER
        },
    )


def core_settings(entry: ConfigEntry, user_agent: str) -> Settings:
    """Return all settings of the core."""
    options = flat_options(entry)
    return Settings(
        instance=entry.entry_id,
        client=client_settings(dict(entry.data)),
        indexers=tuple(
            indexer_settings(subentry_id, dict(subentry.data))
            for subentry_id, subentry in entry.subentries.items()
            if subentry.subentry_type == SUBENTRY_TYPE_INDEXER
        ),
        musicbrainz_url=options[CONF_MUSICBRAINZ_URL] or DEFAULT_MUSICBRAINZ_URL,
        user_agent=user_agent,
        preferences=preferences(entry),
        save_path=options[CONF_SAVE_PATH] or None,
        category=options[CONF_CATEGORY],
        client_folder=options[CONF_CLIENT_FOLDER] or None,
        home_folder=options[CONF_HOME_FOLDER] or None,
        stall_seconds=options[CONF_STALL_MINUTES] * _MINUTE or None,
        most_attempts=options[CONF_MOST_ATTEMPTS],
        library_folders=tuple(options[CONF_LIBRARY_FOLDERS]),
        waits_for_library=options[CONF_WAIT_FOR_LIBRARY],
        wanted_seconds=options[CONF_WANTED_DAYS] * _DAY or None,
        step_down_seconds=options[CONF_STEP_DOWN_DAYS] * _DAY or None,
        ask_above_bytes=options[CONF_ASK_ABOVE] * _GIGABYTE or None,
        selection_seconds=options[CONF_SELECTION_HOURS] * _HOUR or None,
        retention_seconds=options[CONF_RETENTION_DAYS] * _DAY or None,
    )
