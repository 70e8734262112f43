"""Event data: what an event holds, and how secrets stay out of it.

Secrets are in two places only: the host's settings, and the table `links`
(`store/links.py`). The steps build event data from values without them:
`workflow/search_step.candidate_event_data` and `ReleaseGrabber.grab` (`workflow/grabber.py`)
take no link and no guid of a release; texts of errors have no address, which
`common/http.py`, `torznab.error_of` and `torrents/qbittorrent.py` take care of; `Release`,
`Link` and the settings hide secrets in their repr. `tests/homeassistant/test_secrets.py`
looks for canaries everywhere.
"""

from collections.abc import Mapping
from dataclasses import asdict
import json
from typing import Any

from ..common.format import whole_characters
from ..model import Run

DATA_LIMIT = 8_000


def event_data(run: Run, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a run's event: the album's names and the step's data, in limit."""
    known: dict[str, Any] = {}
    if run.album_title:
        known = {"artist": run.artist, "album": run.album_title}
    if run.requested_by is not None:
        known["requested_by"] = asdict(run.requested_by)
    return fitted(_clean({**known, **data}))


def _clean(value: Any) -> Any:
    """Return plain values whose texts every socket and database takes."""
    if isinstance(value, str):
        return whole_characters(value)
    if isinstance(value, Mapping):
        return {name: _clean(one) for name, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list | tuple) else value


def fitted(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return event data within the limit of 8 KB; the longest lists are shortened."""
    kept = dict(data)
    while len(json.dumps(kept)) > DATA_LIMIT:
        name = max(kept, key=lambda key: len(json.dumps(kept[key])))
        value = kept[name]
        kept[name] = value[: len(value) // 2] if isinstance(value, list | str) else None
    return kept
