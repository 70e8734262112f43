"""Conditions: whether an album is in progress."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Unpack, cast, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_OPTIONS
from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import (
    Condition,
    ConditionCheckParams,
    ConditionConfig,
)
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .const import DOMAIN
from .runtime import MusicAgregatorConfigEntry
from .schemas import FILTERS, fits

_SCHEMA = vol.Schema({vol.Optional(CONF_OPTIONS, default=dict): FILTERS})


class AlbumInProgressCondition(Condition):
    """True while a matching run is live."""

    @classmethod
    @override
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Validate config."""
        return cast("ConfigType", _SCHEMA(config))

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Initialize the condition."""
        super().__init__(hass, config)
        if TYPE_CHECKING:
            assert config.options is not None
        self._options = config.options

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        """Check the condition."""
        entries: list[MusicAgregatorConfigEntry] = (
            self._hass.config_entries.async_entries(DOMAIN)
        )
        return any(
            fits(
                self._options,
                artist=run.artist,
                album=run.album_title,
                album_id=run.album_id,
                quality=run.quality.value,
                requested_by=asdict(run.requested_by) if run.requested_by else None,
            )
            for entry in entries
            if entry.state is ConfigEntryState.LOADED
            for run in entry.runtime_data.app.live_runs
        )


CONDITIONS: dict[str, type[Condition]] = {"album_in_progress": AlbumInProgressCondition}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
