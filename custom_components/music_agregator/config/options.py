"""The options: their defaults and their form."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

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
    CONF_ALBUM_ENTITIES,
    CONF_CLIENT_FOLDER,
    CONF_HOME_FOLDER,
    CONF_LIBRARY_FOLDERS,
    CONF_LLM_TOOLS,
    CONF_MAXIMUM_SIZE,
    CONF_MINIMUM_SIZE,
    CONF_MUSICBRAINZ_URL,
    CONF_QUALITY,
    CONF_SENTENCES,
    CONF_SHOWN_HOURS,
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
from ..core.quality import QualityPreferences, QualityProfile
from ..core.settings import (
    DEFAULT_MUSICBRAINZ_URL,
    EditionPreference,
    Preferences,
    Settings,
    WordingPreference,
)

_UNITS: Mapping[str, float] = {
    UnitOfInformation.MEGABYTES: 1_000_000,
    UnitOfInformation.GIGABYTES: 1_000_000_000,
    UnitOfTime.MINUTES: 60.0,
    UnitOfTime.HOURS: 3_600.0,
    UnitOfTime.DAYS: 86_400.0,
}

_USUAL = Preferences()


class Option(NamedTuple):
    """An option: its field in the form, its value where none is set, and its setting.

    `part` is the part of the core's settings that has it, `setting` its name there if that
    is another, and `convert` makes its value there.
    """

    field: Any
    default: Any
    part: type | None = None
    setting: str | None = None
    convert: Callable[[Any], Any] | None = None


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


def _preference(name: str, choices: type[StrEnum], usual: StrEnum) -> Option:
    return Option(_choice(name, choices), usual.value, Preferences, convert=choices)


def _limit(
    most: int, unit: str, setting: str, default: int, part: type = Settings
) -> Option:
    """Return an option for a limit; 0 means that there is none."""
    return Option(
        number(0, most, unit),
        default,
        part,
        setting,
        lambda amount: amount * _UNITS[unit] or None,
    )


def _size(most: int, setting: str) -> Option:
    return _limit(most, UnitOfInformation.MEGABYTES, setting, 0, Preferences)


def _text(field: TextSelector = _TEXT, default: str | None = None) -> Option:
    return Option(field, "", Settings, convert=lambda text: text or default)


_OPTIONS: Mapping[str, Mapping[str, Option]] = {
    SECTION_QUALITY: {
        CONF_QUALITY: Option(_LADDER, [QualityProfile.LOSSLESS.value]),
        "lossless_prefers_hi_res": Option(_SWITCH, False, QualityPreferences),
        "high_accepts_lossless": Option(_SWITCH, True, QualityPreferences),
    },
    SECTION_RELEASES: {
        "edition": _preference("edition", EditionPreference, _USUAL.edition),
        "wording": _preference("wording", WordingPreference, _USUAL.wording),
        "minimum_seeders": Option(
            number(0, 1_000), _USUAL.minimum_seeders, Preferences
        ),
        CONF_MINIMUM_SIZE: _size(100_000, "minimum_bytes"),
        CONF_MAXIMUM_SIZE: _size(1_000_000, "maximum_bytes"),
        "required_words": Option(_WORDS, [], Preferences, convert=tuple),
        "ignored_words": Option(_WORDS, [], Preferences, convert=tuple),
        "allow_packs": Option(_SWITCH, _USUAL.allow_packs, Preferences),
        "link_hosts": Option(_WORDS, [], Settings, convert=tuple),
    },
    SECTION_ASKING: {
        "ask_above": _limit(1_000, UnitOfInformation.GIGABYTES, "ask_above_bytes", 0),
        "selection_hours": _limit(8_760, UnitOfTime.HOURS, "selection_seconds", 0),
    },
    SECTION_DOWNLOADS: {
        "save_path": _text(),
        "category": Option(_TEXT, DOMAIN, Settings),
        CONF_CLIENT_FOLDER: _text(),
        CONF_HOME_FOLDER: _text(),
        "stall_minutes": _limit(10_080, UnitOfTime.MINUTES, "stall_seconds", 30),
        "most_attempts": Option(number(1, 50), 5, Settings),
    },
    SECTION_LIBRARY: {
        CONF_LIBRARY_FOLDERS: Option(_WORDS, [], Settings, convert=tuple),
        "wait_for_library": Option(_SWITCH, False, Settings, "waits_for_library"),
    },
    SECTION_WANTED: {
        "wanted_days": _limit(3_650, UnitOfTime.DAYS, "wanted_seconds", 365),
        "step_down_days": _limit(365, UnitOfTime.DAYS, "step_down_seconds", 0),
    },
    SECTION_VOICE: {
        CONF_SENTENCES: Option(_SWITCH, True),
        CONF_LLM_TOOLS: Option(_SWITCH, True),
    },
    SECTION_UPKEEP: {
        "retention_days": _limit(3_650, UnitOfTime.DAYS, "retention_seconds", 180),
        CONF_ALBUM_ENTITIES: Option(_SWITCH, False),
        CONF_SHOWN_HOURS: Option(number(0, 8_760, UnitOfTime.HOURS), 24),
        CONF_MUSICBRAINZ_URL: _text(_URL, DEFAULT_MUSICBRAINZ_URL),
    },
}
_FLAT = {name: one for fields in _OPTIONS.values() for name, one in fields.items()}
# Without a default, so that the form does not bring a cleared text back.
_CLEARABLE = {
    CONF_CLIENT_FOLDER,
    CONF_HOME_FOLDER,
    CONF_MUSICBRAINZ_URL,
    "save_path",
}


def _marker(name: str, default: Any) -> vol.Marker:
    if name in _CLEARABLE:
        return vol.Optional(name)
    return vol.Required(name, default=default)


OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(name): section(
            vol.Schema(
                {
                    _marker(field, one.default): one.field
                    for field, one in fields.items()
                }
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
    return {**{name: one.default for name, one in _FLAT.items()}, **given}


def part_of_settings(entry: ConfigEntry, part: type) -> dict[str, Any]:
    """Return the options of one part of the core's settings, by their names there."""
    options = flat_options(entry)
    return {
        one.setting or name: one.convert(options[name])
        if one.convert
        else options[name]
        for name, one in _FLAT.items()
        if one.part is part
    }


def default_ladder(entry: ConfigEntry) -> list[str]:
    """Return the qualities for a request that names none."""
    return list(flat_options(entry)[CONF_QUALITY])


def has_album_entities(entry: ConfigEntry) -> bool:
    """Return whether every tracked album has a device with entities."""
    return bool(flat_options(entry)[CONF_ALBUM_ENTITIES])


def shown_seconds(entry: ConfigEntry) -> float:
    """Return how long an album is tracked after its run has ended."""
    return float(flat_options(entry)[CONF_SHOWN_HOURS] * _UNITS[UnitOfTime.HOURS])
