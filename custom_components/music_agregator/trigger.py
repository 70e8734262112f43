"""Triggers: an album is completed, failed, or needs a choice."""

from typing import TYPE_CHECKING, Any, ClassVar, cast, override

from homeassistant.const import CONF_OPTIONS
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .const import ATTR_REQUESTED_BY, ATTR_STATUS, EVENT_STATUS
from .core.model import WorkflowStatus as S
from .schemas import FILTERS, fits

_SCHEMA = vol.Schema({vol.Optional(CONF_OPTIONS, default=dict): FILTERS})
_FAILURES = [S.NOT_FOUND.value, S.FAILED.value, S.CANCELLED.value]
_FAILED_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_OPTIONS, default=dict): {
            **FILTERS,
            vol.Optional(ATTR_STATUS, default=_FAILURES[:2]): vol.All(
                [vol.In(_FAILURES)], vol.Length(min=1)
            ),
        }
    }
)


class StatusTrigger(Trigger):
    """Fires for announced events of some statuses."""

    _schema: ClassVar[vol.Schema] = _SCHEMA
    _statuses: ClassVar[tuple[str, ...]] = ()
    _description: ClassVar[str]

    @classmethod
    @override
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Validate config."""
        return cast("ConfigType", cls._schema(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialize the trigger."""
        super().__init__(hass, config)
        if TYPE_CHECKING:
            assert config.options is not None
        self._options = config.options
        self._wanted = frozenset(self._options.get(ATTR_STATUS, self._statuses))

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Follow the announced events."""

        @callback
        def follow(event: Event[dict[str, Any]]) -> None:
            """Run the action for a matching event."""
            told = event.data
            data = told["data"]
            names = {
                "artist": data.get("artist") or "",
                "album": data.get("album") or "",
                "album_id": told["album_id"],
                "quality": told["quality"],
            }
            user = data.get(ATTR_REQUESTED_BY)
            if told[ATTR_STATUS] in self._wanted and fits(
                self._options, **names, requested_by=user
            ):
                payload = {**told, **names, "choices": data.get("top", [])}
                payload[ATTR_REQUESTED_BY] = user
                run_action(
                    payload,
                    f"{names['artist']} - {names['album']}: {self._description}",
                    event.context,
                )

        return self._hass.bus.async_listen(EVENT_STATUS, follow)


class AlbumCompletedTrigger(StatusTrigger):
    """Fires when an album is on disk."""

    _statuses = (S.DOWNLOADED.value,)
    _description = "on disk"


class AlbumFailedTrigger(StatusTrigger):
    """Fires when a run has ended without music."""

    _schema = _FAILED_SCHEMA
    _description = "ended without music"


class ChoiceNeededTrigger(StatusTrigger):
    """Fires when a run waits for a person to choose a release."""

    _statuses = (S.AWAITING_SELECTION.value,)
    _description = "a choice is needed"


TRIGGERS: dict[str, type[Trigger]] = {
    "album_completed": AlbumCompletedTrigger,
    "album_failed": AlbumFailedTrigger,
    "choice_needed": ChoiceNeededTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
