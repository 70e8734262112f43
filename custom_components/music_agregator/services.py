"""The actions of Music Agregator."""

from collections.abc import Awaitable
from dataclasses import asdict
from functools import partial
from typing import Any

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, service
import voluptuous as vol

from .const import (
    ATTR_ALBUM,
    ATTR_ALBUM_ID,
    ATTR_ARTIST,
    ATTR_QUALITY,
    ATTR_RUN_ID,
    DOMAIN,
)
from .core.app import App
from .core.errors import MusicAgregatorError, RequestError
from .core.model import Mode, MonitorRequest, Run
from .core.quality import QualityProfile
from .runtime import MusicAgregatorConfigEntry
from .speech import async_get_speak

SERVICE_MONITOR_ALBUM = "monitor_album"
SERVICE_SEARCH_RELEASES = "search_releases"
SERVICE_CANCEL = "cancel"
SERVICE_RETRY = "retry"
SERVICE_GET_RUNS = "get_runs"
SERVICE_GET_EVENTS = "get_events"

ATTR_DELETE_FILES = "delete_files"
ATTR_LIMIT = "limit"
ATTR_LIVE = "live"
ATTR_MODE = "mode"
ATTR_OFFSET = "offset"
ATTR_SINCE_SEQ = "since_seq"

_TEXT = vol.All(cv.string, vol.Strip, vol.Length(min=1, max=300))
_LIMIT = vol.All(vol.Coerce(int), vol.Range(min=1, max=500))
_COUNT = vol.All(vol.Coerce(int), vol.Range(min=0))

_PROFILE = vol.In([profile.value for profile in QualityProfile])
_WANTED = {
    vol.Optional(ATTR_ALBUM_ID): _TEXT,
    vol.Optional(ATTR_ALBUM): _TEXT,
    vol.Optional(ATTR_ARTIST): _TEXT,
    # One profile, or a ladder of them.
    vol.Required(ATTR_QUALITY): vol.All(
        cv.ensure_list, vol.Length(min=1), [_PROFILE], vol.Unique()
    ),
}

SERVICE_MONITOR_ALBUM_SCHEMA = vol.Schema(
    {
        **_WANTED,
        vol.Optional(ATTR_MODE, default=Mode.AUTOMATIC.value): vol.In(
            [mode.value for mode in Mode]
        ),
    }
)
SERVICE_SEARCH_RELEASES_SCHEMA = vol.Schema(
    {**_WANTED, vol.Optional(ATTR_LIMIT, default=50): _LIMIT}
)
SERVICE_CANCEL_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_RUN_ID): _TEXT,
        vol.Optional(ATTR_DELETE_FILES, default=False): cv.boolean,
    }
)
SERVICE_RETRY_SCHEMA = vol.Schema({vol.Required(ATTR_RUN_ID): _TEXT})
SERVICE_GET_RUNS_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_ALBUM_ID): _TEXT,
        vol.Optional(ATTR_LIVE, default=False): cv.boolean,
        vol.Optional(ATTR_LIMIT, default=50): _LIMIT,
        vol.Optional(ATTR_OFFSET, default=0): _COUNT,
    }
)
SERVICE_GET_EVENTS_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_SINCE_SEQ, default=0): _COUNT,
        vol.Optional(ATTR_RUN_ID): _TEXT,
        vol.Optional(ATTR_ALBUM_ID): _TEXT,
        vol.Optional(ATTR_LIMIT, default=200): _LIMIT,
    }
)


def _app(call: ServiceCall) -> App:
    """Return the app, or say that there is none."""
    entry: MusicAgregatorConfigEntry = service.async_get_config_entry(
        call.hass, DOMAIN, None
    )
    return entry.runtime_data


async def _translated[T](work: Awaitable[T]) -> T:
    """Turn the errors of the core into translated ones."""
    try:
        return await work
    except MusicAgregatorError as err:
        kind = (
            ServiceValidationError
            if isinstance(err, RequestError)
            else HomeAssistantError
        )
        raise kind(
            translation_domain=DOMAIN,
            translation_key=err.code,
            translation_placeholders=dict(err.details),
        ) from err


def _request(call: ServiceCall) -> MonitorRequest:
    """Return what is asked for: an album, by id or by name, in a quality."""
    if (ATTR_ALBUM_ID in call.data) == (ATTR_ALBUM in call.data):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="album_or_album_id"
        )
    quality, *ladder = map(QualityProfile, call.data[ATTR_QUALITY])
    return MonitorRequest(
        album_id=call.data.get(ATTR_ALBUM_ID),
        album=call.data.get(ATTR_ALBUM),
        artist=call.data.get(ATTR_ARTIST),
        quality=quality,
        ladder=tuple(ladder),
        mode=Mode(call.data.get(ATTR_MODE, Mode.AUTOMATIC)),
    )


async def _async_monitor_album(call: ServiceCall) -> ServiceResponse:
    """Ask for an album."""
    answer = await _translated(_app(call).request(_request(call)))
    return answer.as_dict() if call.return_response else None


async def _async_search_releases(call: ServiceCall) -> ServiceResponse:
    """Return what would be picked, and why."""
    answer = await _translated(_app(call).search(_request(call)))
    speak = await async_get_speak(call.hass)
    return await call.hass.async_add_executor_job(
        partial(answer.as_dict, limit=call.data[ATTR_LIMIT], speak=speak)
    )


async def _async_cancel(call: ServiceCall) -> ServiceResponse:
    """Cancel a run."""
    run = await _translated(
        _app(call).cancel(
            call.data[ATTR_RUN_ID], delete_files=call.data[ATTR_DELETE_FILES]
        )
    )
    return _run_data(run) if call.return_response else None


async def _async_retry(call: ServiceCall) -> ServiceResponse:
    """Ask again for what an ended run wanted."""
    answer = await _translated(_app(call).retry(call.data[ATTR_RUN_ID]))
    return answer.as_dict() if call.return_response else None


async def _async_get_runs(call: ServiceCall) -> ServiceResponse:
    """Return runs, newest first."""
    app = _app(call)
    runs = await _translated(
        app.history.runs(
            album_id=call.data.get(ATTR_ALBUM_ID),
            only_live=call.data[ATTR_LIVE],
            limit=call.data[ATTR_LIMIT],
            offset=call.data[ATTR_OFFSET],
        )
    )
    return {"store_id": app.store_id, "runs": [_run_data(run) for run in runs]}


async def _async_get_events(call: ServiceCall) -> ServiceResponse:
    """Return events in order."""
    app = _app(call)
    events = await _translated(
        app.history.events(
            since_seq=call.data[ATTR_SINCE_SEQ],
            run_id=call.data.get(ATTR_RUN_ID),
            album_id=call.data.get(ATTR_ALBUM_ID),
            limit=call.data[ATTR_LIMIT],
        )
    )
    return {"store_id": app.store_id, "events": [event.as_dict() for event in events]}


def _run_data(run: Run) -> dict[str, Any]:
    """Return a run for a response."""
    known = {**asdict(run), "ladder": [profile.value for profile in run.ladder]}
    del known["download_id"]
    return known


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Set up the actions."""
    for name, handler, schema, response in (
        (
            SERVICE_MONITOR_ALBUM,
            _async_monitor_album,
            SERVICE_MONITOR_ALBUM_SCHEMA,
            SupportsResponse.OPTIONAL,
        ),
        (
            SERVICE_SEARCH_RELEASES,
            _async_search_releases,
            SERVICE_SEARCH_RELEASES_SCHEMA,
            SupportsResponse.ONLY,
        ),
        (
            SERVICE_CANCEL,
            _async_cancel,
            SERVICE_CANCEL_SCHEMA,
            SupportsResponse.OPTIONAL,
        ),
        (SERVICE_RETRY, _async_retry, SERVICE_RETRY_SCHEMA, SupportsResponse.OPTIONAL),
        (
            SERVICE_GET_RUNS,
            _async_get_runs,
            SERVICE_GET_RUNS_SCHEMA,
            SupportsResponse.ONLY,
        ),
        (
            SERVICE_GET_EVENTS,
            _async_get_events,
            SERVICE_GET_EVENTS_SCHEMA,
            SupportsResponse.ONLY,
        ),
    ):
        hass.services.async_register(
            DOMAIN, name, handler, schema, supports_response=response
        )
