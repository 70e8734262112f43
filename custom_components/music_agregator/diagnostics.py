"""Diagnostics: what helps to understand a run, without secrets.

Nothing here holds one: secrets are in the entry's data and in the table `links` only
(`core/store/links.py`), and both are left out.
"""

from collections import Counter
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_API_KEY, CONF_PASSWORD, CONF_URL, CONF_USERNAME
from homeassistant.core import HomeAssistant

from .const import CONF_MUSICBRAINZ_URL
from .core.common.health import ServiceHealth
from .core.store import schema
from .runtime import MusicAgregatorConfigEntry

TO_REDACT = {
    CONF_API_KEY,
    CONF_MUSICBRAINZ_URL,
    CONF_PASSWORD,
    CONF_URL,
    CONF_USERNAME,
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
                "album_id": run.album_id,
                "quality": run.quality.value,
                "mode": run.mode.value,
                "status": run.status.value,
                "attempt": run.attempt,
                "reason": run.reason,
            }
            for run in runs
        ],
        "events": [event.as_dict() for event in events],
    }


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
