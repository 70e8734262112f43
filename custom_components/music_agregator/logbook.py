"""Describe events in the logbook."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
    LazyEventPartialState,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN, EVENT_STATUS


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[
        [str, str, Callable[[LazyEventPartialState], dict[str, Any]]], None
    ],
) -> None:
    """Describe our events."""

    @callback
    def describe(event: LazyEventPartialState) -> dict[str, Any]:
        """Return an event in words."""
        told: Mapping[str, Any] = event.data
        data: Mapping[str, Any] = told.get("data") or {}
        status = str(told.get("status", ""))
        words = async_get_cached_translations(
            hass, hass.config.language, "entity", DOMAIN
        ).get(f"component.{DOMAIN}.entity.sensor.latest_status.state.{status}")
        names = [name for name in (data.get("artist"), data.get("album")) if name]
        reason = data.get("reason")
        percent = data.get("percent")
        message = words or status.replace("_", " ")
        if percent:
            message = f"{message} {percent} %"
        return {
            LOGBOOK_ENTRY_NAME: " - ".join(names) or "Music Agregator",
            LOGBOOK_ENTRY_MESSAGE: f"{message}: {reason}" if reason else message,
            LOGBOOK_ENTRY_ICON: "mdi:album",
        }

    async_describe_event(DOMAIN, EVENT_STATUS, describe)
