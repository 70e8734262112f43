"""SyncState: merge qBittorrent's incremental list, and translate its states."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, cast

from qbittorrentapi import TorrentStates

from ..common.format import clean_text
from ..model import InfoHashes
from .client import Phase, Snapshot, TorrentState

_UNKNOWN_ETA = 8_640_000
_ANSWERS_UNTIL_SETTLED = 5
_LONGEST_PATH = 4_096
# It does not listen: its network interface is down.
_DISCONNECTED = "disconnected"

_PHASES: Mapping[TorrentStates, Phase] = {
    TorrentStates.MISSING_FILES: Phase.MISSING_FILES,
    TorrentStates.ERROR: Phase.ERROR,
    TorrentStates.PAUSED_DOWNLOAD: Phase.PAUSED,
    TorrentStates.STOPPED_DOWNLOAD: Phase.PAUSED,
    TorrentStates.METADATA_DOWNLOAD: Phase.METADATA,
    TorrentStates.FORCED_METADATA_DOWNLOAD: Phase.METADATA,
    TorrentStates.UPLOADING: Phase.FINISHED,
    TorrentStates.PAUSED_UPLOAD: Phase.FINISHED,
    TorrentStates.STOPPED_UPLOAD: Phase.FINISHED,
    TorrentStates.QUEUED_UPLOAD: Phase.FINISHED,
    TorrentStates.STALLED_UPLOAD: Phase.FINISHED,
    TorrentStates.FORCED_UPLOAD: Phase.FINISHED,
    TorrentStates.DOWNLOADING: Phase.DOWNLOADING,
    TorrentStates.FORCED_DOWNLOAD: Phase.DOWNLOADING,
    TorrentStates.STALLED_DOWNLOAD: Phase.DOWNLOADING,
}
_PHASE_OF = {state.value: phase for state, phase in _PHASES.items()}


def finite(value: object) -> float:
    """Return a number of an answer, 0 for none and for what is no number of anything.

    Raises TypeError, ValueError.
    """
    number = float(cast("float", value or 0.0))
    return number if isfinite(number) else 0.0


def phase_of(state: str) -> Phase:
    """Return the phase of a qBittorrent state; an unknown one counts as waiting."""
    return _PHASE_OF.get(state, Phase.WAITING)


class SyncState:
    """The state that qBittorrent has sent so far; it sends only changes."""

    def __init__(self) -> None:
        self.rid = 0
        self._known: dict[str, dict[str, Any]] = {}
        self._states: dict[str, TorrentState] = {}
        self._free_bytes: int | None = None
        self._is_connected = True
        self._answers = 0

    def merge(self, answer: Mapping[str, Any]) -> Snapshot:
        """Merge a response of `sync/maindata`, and return the whole state."""
        if answer.get("full_update"):
            self._answers = 0
            self._known = {}
            self._states = {}
        for torrent_id, changed in (answer.get("torrents") or {}).items():
            known = self._known.setdefault(torrent_id, {})
            known.update(changed)
            self._states[torrent_id] = _state(torrent_id, known)
        for torrent_id in answer.get("torrents_removed") or ():
            self._known.pop(torrent_id, None)
            self._states.pop(torrent_id, None)
        server = answer.get("server_state") or {}
        if "connection_status" in server:
            self._is_connected = server["connection_status"] != _DISCONNECTED
        free = server.get("free_space_on_disk")
        if isinstance(free, int) and free >= 0:
            self._free_bytes = free
        self.rid = answer.get("rid", 0)
        self._answers += 1
        # Until it has checked, it reports no free space at all.
        is_settled = self._free_bytes or self._answers > _ANSWERS_UNTIL_SETTLED
        return Snapshot(
            dict(self._states),
            self._free_bytes if is_settled else None,
            self._is_connected,
        )


def _state(torrent_id: str, known: Mapping[str, Any]) -> TorrentState:
    """Parse a torrent of maindata; any field may be missing."""
    progress = min(max(finite(known.get("progress")), 0.0), 1.0)
    eta = int(finite(known.get("eta")))
    size = int(finite(known.get("size")))
    v1 = known.get("infohash_v1")
    v2 = known.get("infohash_v2")
    return TorrentState(
        torrent_id=torrent_id,
        hashes=InfoHashes(v1=v1 or (None if v2 else torrent_id), v2=v2 or None),
        phase=phase_of(str(known.get("state", ""))),
        name=clean_text(known.get("name")),
        has_names=finite(known.get("total_size") or 1) > 0,
        progress=progress,
        speed=int(finite(known.get("dlspeed"))),
        time_left=eta if 0 < eta < _UNKNOWN_ETA else None,
        size_bytes=size if size > 0 else None,
        path=clean_text(known.get("content_path"), limit=_LONGEST_PATH) or None,
        save_path=clean_text(known.get("save_path"), limit=_LONGEST_PATH) or None,
        tags=frozenset(
            t.strip() for t in str(known.get("tags") or "").split(",") if t.strip()
        ),
    )
