"""Provide info to system health."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .config.options import flat_options
from .const import CONF_MUSICBRAINZ_URL, DOMAIN
from .core.common.health import ServiceHealth
from .core.settings import DEFAULT_MUSICBRAINZ_URL
from .runtime import MusicAgregatorConfigEntry


@callback
def async_register(
    hass: HomeAssistant, register: system_health.SystemHealthRegistration
) -> None:
    """Register system health callbacks."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Get info for the info page."""
    entries: list[MusicAgregatorConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    if not entries or entries[0].state is not ConfigEntryState.LOADED:
        return {"is_loaded": False}
    entry = entries[0]
    app = entry.runtime_data.app
    server = flat_options(entry)[CONF_MUSICBRAINZ_URL] or DEFAULT_MUSICBRAINZ_URL
    return {
        "is_loaded": True,
        "musicbrainz": system_health.async_check_can_reach_url(hass, server),
        "qbittorrent": _word(app.client_health),
        "indexers": len(app.indexer_health),
        "indexers_down": sum(h.is_up is False for h in app.indexer_health.values()),
        "active_workflows": len(app.live_runs),
        "events": await app.history.head(),
    }


def _word(health: ServiceHealth) -> str | dict[str, str]:
    """Return whether a service answers, as system health shows it."""
    if health.error is not None:
        return {"type": "failed", "error": health.error.code}
    return "ok" if health.is_up else "unknown"
