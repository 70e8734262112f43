"""The options: their defaults and their form."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import UnitOfInformation, UnitOfTime
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

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
    CONF_QUALITY,
    CONF_REQUIRED_WORDS,
    CONF_RETENTION_DAYS,
    CONF_SAVE_PATH,
    CONF_SELECTION_HOURS,
    CONF_SENTENCES,
    CONF_SHOWN_HOURS,
    CONF_STALL_MINUTES,
    CONF_STEP_DOWN_DAYS,
    CONF_WAIT_FOR_LIBRARY,
    CONF_WANTED_DAYS,
    CONF_WORDING,
    DOMAIN,
    SECTION_ASKING,
    SECTION_DOWNLOADS,
    SECTION_LIBRARY,
    SECTION_QUALITY,
    SECTION_RELEASES,
    SECTION_UPKEEP,
    SECTION_VOICE,
    SECTION_WANTED,
)
from ..core.quality import QualityProfile
from ..core.settings import EditionPreference, Preferences, WordingPreference

_HOUR = 3_600.0

_USUAL = Preferences()


def number(least: int, most: int, unit: str | None = None) -> vol.All[Any]:
    """Return a field for a whole number."""
    config = NumberSelectorConfig(min=least, max=most, mode=NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return vol.All(NumberSelector(config), vol.Coerce(int))


def _choice(
    key: str, choices: type[StrEnum], *, multiple: bool = False
) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[choice.value for choice in choices],
            translation_key=key,
            multiple=multiple,
            # Several are shown as chips in their order.
            mode=SelectSelectorMode.DROPDOWN if multiple else SelectSelectorMode.LIST,
        )
    )


_TEXT = TextSelector()
_WORDS = TextSelector(TextSelectorConfig(multiple=True))
_URL = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
_SWITCH = BooleanSelector()

_LADDER = vol.All(
    _choice(CONF_QUALITY, QualityProfile, multiple=True), vol.Length(min=1)
)

# The options by section: how each is asked for, and what it is for an entry that has none yet.
_OPTIONS: Mapping[str, Mapping[str, tuple[Any, Any]]] = {
    SECTION_QUALITY: {
        CONF_QUALITY: (_LADDER, [QualityProfile.LOSSLESS.value]),
        CONF_LOSSLESS_PREFERS_HI_RES: (_SWITCH, False),
        CONF_HIGH_ACCEPTS_LOSSLESS: (_SWITCH, True),
    },
    SECTION_RELEASES: {
        CONF_EDITION: (_choice(CONF_EDITION, EditionPreference), _USUAL.edition.value),
        CONF_WORDING: (_choice(CONF_WORDING, WordingPreference), _USUAL.wording.value),
        CONF_MINIMUM_SEEDERS: (number(0, 1_000), _USUAL.minimum_seeders),
        CONF_MINIMUM_SIZE: (number(0, 100_000, UnitOfInformation.MEGABYTES), 0),
        CONF_MAXIMUM_SIZE: (number(0, 1_000_000, UnitOfInformation.MEGABYTES), 0),
        CONF_REQUIRED_WORDS: (_WORDS, []),
        CONF_IGNORED_WORDS: (_WORDS, []),
        CONF_ALLOW_PACKS: (_SWITCH, _USUAL.allow_packs),
    },
    SECTION_ASKING: {
        CONF_ASK_ABOVE: (number(0, 1_000, UnitOfInformation.GIGABYTES), 0),
        CONF_SELECTION_HOURS: (number(0, 8_760, UnitOfTime.HOURS), 0),
    },
    SECTION_DOWNLOADS: {
        CONF_SAVE_PATH: (_TEXT, ""),
        CONF_CATEGORY: (_TEXT, DOMAIN),
        CONF_CLIENT_FOLDER: (_TEXT, ""),
        CONF_HOME_FOLDER: (_TEXT, ""),
        CONF_STALL_MINUTES: (number(0, 10_080, UnitOfTime.MINUTES), 30),
        CONF_MOST_ATTEMPTS: (number(1, 50), 5),
    },
    SECTION_LIBRARY: {
        CONF_LIBRARY_FOLDERS: (_WORDS, []),
        CONF_WAIT_FOR_LIBRARY: (_SWITCH, False),
    },
    SECTION_WANTED: {
        CONF_WANTED_DAYS: (number(0, 3_650, UnitOfTime.DAYS), 365),
        CONF_STEP_DOWN_DAYS: (number(0, 365, UnitOfTime.DAYS), 0),
    },
    SECTION_VOICE: {
        CONF_SENTENCES: (_SWITCH, True),
    },
    SECTION_UPKEEP: {
        CONF_RETENTION_DAYS: (number(0, 3_650, UnitOfTime.DAYS), 180),
        CONF_SHOWN_HOURS: (number(0, 8_760, UnitOfTime.HOURS), 24),
        CONF_MUSICBRAINZ_URL: (_URL, ""),
    },
}
_DEFAULTS = {
    name: usual for fields in _OPTIONS.values() for name, (_, usual) in fields.items()
}
# Without a default, so that the form does not bring a cleared text back.
_CLEARABLE = {
    CONF_CLIENT_FOLDER,
    CONF_HOME_FOLDER,
    CONF_MUSICBRAINZ_URL,
    CONF_SAVE_PATH,
}


def _marker(name: str, default: Any) -> vol.Marker:
    if name in _CLEARABLE:
        return vol.Optional(name)
    return vol.Required(name, default=default)


OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(name): section(
            vol.Schema(
                {_marker(field, usual): kind for field, (kind, usual) in fields.items()}
            ),
            {"collapsed": name != SECTION_QUALITY},
        )
        for name, fields in _OPTIONS.items()
    }
)


def contradicts(releases: Mapping[str, Any]) -> bool:
    """Return whether no size is within the limits."""
    return bool(0 < releases[CONF_MAXIMUM_SIZE] < releases[CONF_MINIMUM_SIZE])


def is_half_mapped(fields: Mapping[str, Any]) -> bool:
    """Return whether only one of the two mapped folders is given."""
    return bool(fields.get(CONF_CLIENT_FOLDER)) != bool(fields.get(CONF_HOME_FOLDER))


def in_sections(flat: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the options of version 1 in the sections of version 2."""
    return {
        name: {field: flat[field] for field in fields if field in flat}
        for name, fields in _OPTIONS.items()
    }


def flat_options(entry: ConfigEntry) -> dict[str, Any]:
    """Return every option by its name, with defaults."""
    given = {
        field: value
        for fields in entry.options.values()
        for field, value in fields.items()
    }
    return {**_DEFAULTS, **given}


def default_ladder(entry: ConfigEntry) -> list[str]:
    """Return the qualities for a request that names none."""
    return list(flat_options(entry)[CONF_QUALITY])


def shown_seconds(entry: ConfigEntry) -> float:
    """Return how long an album is tracked after its run has ended."""
    return float(flat_options(entry)[CONF_SHOWN_HOURS] * _HOUR)
