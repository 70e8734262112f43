"""Diagnostics: what helps to understand a run, without secrets.

Nothing here holds one: secrets are in the entry's data and in the table `links` only
(`core/store/links.py`), and both are left out.
"""

from collections import Counter
from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.const import (
    CONF_API_KEY,
    CONF_NAME,
    CONF_PASSWORD,
    CONF_URL,
    CONF_USERNAME,
)
from homeassistant.core import HomeAssistant

from .const import (
    CONF_CLIENT_FOLDER,
    CONF_HOME_FOLDER,
    CONF_LIBRARY_FOLDERS,
    CONF_MUSICBRAINZ_URL,
)
from .core.common.health import ServiceHealth
from .core.store import schema
from .runtime import MusicAgregatorConfigEntry

TO_REDACT = {
    CONF_API_KEY,
    CONF_CLIENT_FOLDER,
    CONF_HOME_FOLDER,
    CONF_LIBRARY_FOLDERS,
    CONF_MUSICBRAINZ_URL,
    CONF_NAME,
    CONF_PASSWORD,
    "link_hosts",
    "save_path",
    CONF_URL,
    CONF_USERNAME,
}
# What of an event is a code, and no name.
_CODES = {
    "because",
    "chosen_by",
    "error",
    "event_id",
    "ladder",
    "library",
    "mode",
    "phase",
    "profile",
    "quality",
    "run_id",
    "status",
}
_RUNS = 50
_EVENTS = 100


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: MusicAgregatorConfigEntry
) -> dict[str, Any]:
    """Return diagnostics for a config entry."""
    app = entry.runtime_data.app
    head = await app.history.head()
    runs = await app.history.runs(limit=_RUNS)
    events = await app.history.events(since_seq=max(head - _EVENTS, 0), limit=_EVENTS)
    return {
        "entry": async_redact_data(dict(entry.data), TO_REDACT),
        "options": async_redact_data(
            {name: dict(fields) for name, fields in entry.options.items()}, TO_REDACT
        ),
        "indexers": [
            {
                **async_redact_data(dict(subentry.data), TO_REDACT),
                "health": _health(app.indexer_health.get(subentry_id)),
            }
            for subentry_id, subentry in entry.subentries.items()
        ],
        "qbittorrent": _health(app.client_health),
        "store": {
            "store_id": app.store_id,
            "schema_version": schema.VERSION,
            "head": head,
            "wanted": await app.history.wanted(),
        },
        "statuses": Counter(run.status.value for run in runs),
        "runs": [
            {
                "run_id": run.run_id,
                "quality": run.quality.value,
                "mode": run.mode.value,
                "status": run.status.value,
                "attempt": run.attempt,
                "reason": run.reason,
            }
            for run in runs
        ],
        "events": [_told(event.as_dict()) for event in events],
    }


def _told(value: Any, name: str = "") -> Any:
    """Return what an event says, without names, hashes and paths: codes and numbers."""
    if isinstance(value, dict):
        return {key: _told(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_told(one, name) for one in value]
    return REDACTED if isinstance(value, str) and name not in _CODES else value


def _health(health: ServiceHealth | None) -> dict[str, Any] | None:
    """Return the health of a service."""
    if health is None:
        return None
    error = health.error
    return {
        "is_up": health.is_up,
        "since": health.since,
        "error": error.code if error else None,
        "detail": str(error) if error else None,
    }
