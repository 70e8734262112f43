"""The actions of Music Agregator."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import service
import voluptuous as vol

from . import schemas as s
from .assist.phrasing import async_get_speak
from .bridge.permissions import (
    async_check_may_ask,
    async_check_may_delete_files,
    async_requester,
)
from .config.options import default_ladder
from .const import (
    ATTR_ALBUM,
    ATTR_ALBUM_ID,
    ATTR_ARTIST,
    ATTR_QUALITY,
    ATTR_RANK,
    ATTR_RUN_ID,
    DOMAIN,
)
from .core.app import App
from .core.model import Mode, MonitorRequest, WorkflowStatus
from .core.quality import QualityProfile
from .core.responses import candidate_data, match_data, run_data
from .errors import translated
from .runtime import MusicAgregatorConfigEntry

type Handler = Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]


def _entry(call: ServiceCall) -> MusicAgregatorConfigEntry:
    """Return the loaded entry. Raises ServiceValidationError."""
    entry: MusicAgregatorConfigEntry = service.async_get_config_entry(
        call.hass, DOMAIN, None
    )
    return entry


def _app(call: ServiceCall) -> App:
    """Return the app of the loaded entry."""
    return _entry(call).runtime_data.app


async def _async_asking(call: ServiceCall) -> App:
    """Return the app for a user who may ask. Raises Unauthorized."""
    entry = _entry(call)
    await async_check_may_ask(call.hass, entry, call.context)
    return entry.runtime_data.app


async def _async_request(call: ServiceCall) -> MonitorRequest:
    """Return the request: an album, by id or by name, in a quality."""
    if (ATTR_ALBUM_ID in call.data) == (ATTR_ALBUM in call.data):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="album_or_album_id"
        )
    ladder = call.data.get(ATTR_QUALITY) or default_ladder(_entry(call))
    quality, *others = map(QualityProfile, ladder)
    return MonitorRequest(
        album_id=call.data.get(ATTR_ALBUM_ID),
        album=call.data.get(ATTR_ALBUM),
        artist=call.data.get(ATTR_ARTIST),
        quality=quality,
        ladder=tuple(others),
        mode=Mode(call.data.get(s.ATTR_MODE, Mode.AUTOMATIC)),
        requested_by=await async_requester(call.hass, call.context),
    )


async def _async_monitor_album(call: ServiceCall) -> ServiceResponse:
    """Request an album."""
    app = await _async_asking(call)
    answer = await translated(app.request(await _async_request(call)))
    return answer.as_dict() if call.return_response else None


async def _async_search_album(call: ServiceCall) -> ServiceResponse:
    """Return the albums that a text may mean."""
    matches = await translated(
        _app(call).search_albums(
            artist=call.data.get(ATTR_ARTIST), album=call.data[ATTR_ALBUM]
        )
    )
    return {"albums": [match_data(m) for m in matches[: call.data[s.ATTR_LIMIT]]]}


async def _async_search_releases(call: ServiceCall) -> ServiceResponse:
    """Return what would be picked, and why."""
    answer = await translated(_app(call).search(await _async_request(call)))
    speak = await async_get_speak(call.hass)
    return await call.hass.async_add_executor_job(
        partial(answer.as_dict, limit=call.data[s.ATTR_LIMIT], translate=speak)
    )


async def _async_select_release(call: ServiceCall) -> ServiceResponse:
    """Choose a release for a run, or none of them."""
    if (ATTR_RANK in call.data) == call.data[s.ATTR_DECLINE]:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="rank_or_decline"
        )
    app = await _async_asking(call)
    run = await translated(app.select(call.data[ATTR_RUN_ID], call.data.get(ATTR_RANK)))
    return run_data(run) if call.return_response else None


async def _async_cancel(call: ServiceCall) -> ServiceResponse:
    """Cancel a run."""
    app = await _async_asking(call)
    is_deleting = call.data[s.ATTR_DELETE_FILES]
    if is_deleting:
        await async_check_may_delete_files(call.hass, call.context)
    run = await translated(app.cancel(call.data[ATTR_RUN_ID], delete_files=is_deleting))
    return run_data(run) if call.return_response else None


async def _async_retry(call: ServiceCall) -> ServiceResponse:
    """Request again what an ended run wanted."""
    app = await _async_asking(call)
    requester = await async_requester(call.hass, call.context)
    answer = await translated(app.retry(call.data[ATTR_RUN_ID], requester))
    return answer.as_dict() if call.return_response else None


async def _async_get_runs(call: ServiceCall) -> ServiceResponse:
    """Return runs, newest first."""
    app = _app(call)
    runs = await translated(
        app.history.runs(
            album_id=call.data.get(ATTR_ALBUM_ID),
            only_live=call.data[s.ATTR_LIVE],
            limit=call.data[s.ATTR_LIMIT],
            offset=call.data[s.ATTR_OFFSET],
        )
    )
    due = await translated(app.history.next_searches(run.topic for run in runs))
    return {
        "store_id": app.store_id,
        "runs": [
            {**run_data(run), "next_search_at": due.get(run.topic)}
            if run.status is WorkflowStatus.NOT_FOUND
            else run_data(run)
            for run in runs
        ],
    }


async def _async_get_events(call: ServiceCall) -> ServiceResponse:
    """Return events in order."""
    app = _app(call)
    events = await translated(
        app.history.events(
            since_seq=call.data[s.ATTR_SINCE_SEQ],
            run_id=call.data.get(ATTR_RUN_ID),
            album_id=call.data.get(ATTR_ALBUM_ID),
            limit=call.data[s.ATTR_LIMIT],
        )
    )
    return {"store_id": app.store_id, "events": [event.as_dict() for event in events]}


async def _async_get_candidates(call: ServiceCall) -> ServiceResponse:
    """Return what a run found, best first, with every reason."""
    total, ranked = await translated(
        _app(call).history.candidates(
            call.data[ATTR_RUN_ID],
            limit=call.data[s.ATTR_LIMIT],
            offset=call.data[s.ATTR_OFFSET],
        )
    )
    speak = await async_get_speak(call.hass)
    return {
        "total": total,
        "candidates": [candidate_data(candidate, speak) for candidate in ranked],
    }


_ACTS, _ASKS = SupportsResponse.OPTIONAL, SupportsResponse.ONLY
SERVICES: tuple[tuple[str, Handler, vol.Schema, SupportsResponse], ...] = (
    ("monitor_album", _async_monitor_album, s.SERVICE_MONITOR_ALBUM_SCHEMA, _ACTS),
    ("search_album", _async_search_album, s.SERVICE_SEARCH_ALBUM_SCHEMA, _ASKS),
    (
        "search_releases",
        _async_search_releases,
        s.SERVICE_SEARCH_RELEASES_SCHEMA,
        _ASKS,
    ),
    ("select_release", _async_select_release, s.SERVICE_SELECT_RELEASE_SCHEMA, _ACTS),
    ("cancel", _async_cancel, s.SERVICE_CANCEL_SCHEMA, _ACTS),
    ("retry", _async_retry, s.SERVICE_RETRY_SCHEMA, _ACTS),
    ("get_runs", _async_get_runs, s.SERVICE_GET_RUNS_SCHEMA, _ASKS),
    ("get_events", _async_get_events, s.SERVICE_GET_EVENTS_SCHEMA, _ASKS),
    ("get_candidates", _async_get_candidates, s.SERVICE_GET_CANDIDATES_SCHEMA, _ASKS),
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Set up the actions."""
    for name, handler, schema, response in SERVICES:
        hass.services.async_register(
            DOMAIN, name, handler, schema, supports_response=response
        )
