"""QBittorrentClient: qBittorrent 4.5 and later behind the TorrentClient port.

qbittorrent-api is synchronous: it runs in a thread, one call at a time.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import qbittorrentapi
from qbittorrentapi import Client, TorrentStates

from .clock import Clock
from .errors import (
    ClientAuthError,
    ClientBannedError,
    ClientRefusedError,
    ClientUnavailableError,
    MusicAgregatorError,
)
from .model import InfoHashes, Link
from .settings import ClientSettings
from .threads import to_its_end
from .torrents import Phase, Snapshot, TorrentState, find

_APPEAR_TRIES = 20
_APPEAR_PAUSE = 0.5
# How long a refused login is believed before it is tried again (seconds): five wrong
# ones ban this address for an hour.
_AUTH_PAUSE = 900.0
_UNKNOWN_ETA = 8_640_000
_REFUSED = "Fails."

_PHASES: tuple[tuple[frozenset[TorrentStates], Phase], ...] = (
    (frozenset({TorrentStates.MISSING_FILES}), Phase.MISSING_FILES),
    (frozenset({TorrentStates.ERROR}), Phase.ERROR),
    (
        frozenset({TorrentStates.PAUSED_DOWNLOAD, TorrentStates.STOPPED_DOWNLOAD}),
        Phase.PAUSED,
    ),
    (
        frozenset(
            {TorrentStates.METADATA_DOWNLOAD, TorrentStates.FORCED_METADATA_DOWNLOAD}
        ),
        Phase.METADATA,
    ),
    (
        frozenset(
            {
                TorrentStates.UPLOADING,
                TorrentStates.PAUSED_UPLOAD,
                TorrentStates.STOPPED_UPLOAD,
                TorrentStates.QUEUED_UPLOAD,
                TorrentStates.STALLED_UPLOAD,
                TorrentStates.FORCED_UPLOAD,
            }
        ),
        Phase.FINISHED,
    ),
    (
        frozenset(
            {
                TorrentStates.DOWNLOADING,
                TorrentStates.FORCED_DOWNLOAD,
                TorrentStates.STALLED_DOWNLOAD,
            }
        ),
        Phase.DOWNLOADING,
    ),
)


_PHASE_OF = {state.value: phase for states, phase in _PHASES for state in states}


def phase_of(state: str) -> Phase:
    """Return the phase of a qBittorrent state; unknown ones wait."""
    return _PHASE_OF.get(state, Phase.WAITING)


class QBittorrentClient:
    """qBittorrent 4.5 and later, over its Web API."""

    def __init__(self, settings: ClientSettings, clock: Clock) -> None:
        self._clock = clock
        self._one_call = asyncio.Lock()
        self._refused: ClientAuthError | None = None
        self._refused_until = 0.0
        self._rid = 0
        self._torrents: dict[str, dict[str, Any]] = {}
        self._client = Client(
            host=settings.url,
            username=settings.username,
            password=settings.password,
            api_key=settings.api_key,
            VERIFY_WEBUI_CERTIFICATE=settings.verify_certificate,
            FORCE_SCHEME_FROM_HOST=True,
            HTTPADAPTER_ARGS={"max_retries": 0},
            REQUESTS_ARGS={"timeout": (5, 30)},
            SIMPLE_RESPONSES=True,
            DISABLE_LOGGING_DEBUG_OUTPUT=True,
        )

    async def version(self) -> str:
        """Return what the client calls itself; proves that it can be used."""
        return str(await self._call(self._client.app_version))

    async def snapshot(self) -> Snapshot:
        """Return every torrent by its id; only what changed crosses the wire."""
        answer = await self._call(lambda: self._client.sync_maindata(rid=self._rid))
        if answer.get("full_update"):
            self._torrents = {}
        for torrent_id, changed in (answer.get("torrents") or {}).items():
            self._torrents.setdefault(torrent_id, {}).update(changed)
        for torrent_id in answer.get("torrents_removed") or ():
            self._torrents.pop(torrent_id, None)
        self._rid = answer.get("rid", 0)
        return {name: _state(name, known) for name, known in self._torrents.items()}

    async def add(
        self,
        link: Link,
        hashes: InfoHashes,
        *,
        tags: Sequence[str],
        category: str,
        save_path: str | None,
    ) -> None:
        """Add a magnet or a .torrent, and return when the client lists it.

        Raises ClientRefusedError. One that it has already counts as added: every
        version says so in another way, so only the list is believed.
        """

        def add() -> object:
            return self._client.torrents_add(
                urls=link.magnet_uri if link.torrent is None else None,
                torrent_files=link.torrent,
                category=category,
                tags=list(tags),
                save_path=save_path,
                use_auto_torrent_management=False if save_path else None,
                is_stopped=False,
            )

        try:
            answer = await self._call(add, may_refuse=True)
        except ClientRefusedError as error:
            if error.is_final:
                raise
            answer = _REFUSED
        for _ in range(_APPEAR_TRIES):
            if find(await self.snapshot(), hashes) is not None:
                return
            await self._clock.sleep(_APPEAR_PAUSE)
        if answer == _REFUSED:
            raise ClientRefusedError("qBittorrent does not take this torrent")
        raise ClientUnavailableError("qBittorrent does not list the torrent yet")

    async def add_tags(self, torrent_id: str, tags: Sequence[str]) -> None:
        """Tag a torrent."""
        await self._call(
            lambda: self._client.torrents_add_tags(
                tags=list(tags), torrent_hashes=torrent_id
            )
        )

    async def remove(self, torrent_id: str, *, delete_files: bool) -> None:
        """Remove a torrent; it may be gone already."""
        await self._call(
            lambda: self._client.torrents_delete(
                delete_files=delete_files, torrent_hashes=torrent_id
            )
        )

    async def file_names(self, torrent_id: str) -> list[str]:
        """Return the names of a torrent's files."""
        with suppress(ClientRefusedError):
            files = await self._call(
                lambda: self._client.torrents_files(torrent_hash=torrent_id),
                may_refuse=True,
            )
            return [str(file.get("name", "")) for file in files]
        return []

    async def _call(self, work: Callable[[], Any], *, may_refuse: bool = False) -> Any:
        """Run one call in a thread; raise only typed errors, without an address."""
        async with self._one_call:
            if self._refused and self._clock.now() < self._refused_until:
                raise type(self._refused)(str(self._refused))
            outcome = await to_its_end(asyncio.to_thread(_typed, work))
            self._refused = None
            if isinstance(outcome, ClientAuthError):
                self._refused = outcome
                self._refused_until = self._clock.now() + _AUTH_PAUSE
            if isinstance(outcome, ClientRefusedError) and not may_refuse:
                # A proxy whose qBittorrent is away says so with any status.
                raise ClientUnavailableError(str(outcome))
            if isinstance(outcome, MusicAgregatorError):
                raise outcome
            return outcome


# Which answers mean what; the first that fits.
_ERRORS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Any], ...] = (
    (
        qbittorrentapi.LoginFailed,
        partial(ClientAuthError, "qBittorrent refuses the user name or password"),
    ),
    (
        (qbittorrentapi.Forbidden403Error, qbittorrentapi.Unauthorized401Error),
        partial(ClientAuthError, "qBittorrent refuses access"),
    ),
    (
        (
            qbittorrentapi.UnsupportedMediaType415Error,
            qbittorrentapi.TorrentFileError,
        ),
        partial(ClientRefusedError, "no torrent for qBittorrent", is_final=True),
    ),
    (
        (
            qbittorrentapi.Conflict409Error,
            qbittorrentapi.NotFound404Error,
            qbittorrentapi.HTTP400Error,
        ),
        partial(ClientRefusedError, "qBittorrent refuses the request"),
    ),
    (
        (qbittorrentapi.APIError, OSError, ValueError),
        partial(ClientUnavailableError, "no answer from qBittorrent"),
    ),
)


def _typed(work: Callable[[], Any]) -> Any:
    """Return what a call returns, or the typed error of how it failed."""
    try:
        return work()
    except Exception as error:
        if isinstance(error, qbittorrentapi.Forbidden403Error) and (
            "banned" in str(error).lower()
        ):
            return ClientBannedError("qBittorrent bans this address for now")
        for kinds, make in _ERRORS:
            if isinstance(error, kinds):
                return make()
        raise


def _state(torrent_id: str, known: Mapping[str, Any]) -> TorrentState:
    """Read what maindata says of a torrent; any field may be missing."""
    progress = min(max(float(known.get("progress") or 0.0), 0.0), 1.0)
    phase = phase_of(str(known.get("state", "")))
    eta = int(known.get("eta") or 0)
    size = int(known.get("size") or 0)
    v1 = known.get("infohash_v1")
    v2 = known.get("infohash_v2")
    return TorrentState(
        torrent_id=torrent_id,
        hashes=InfoHashes(v1=v1 or (None if v2 else torrent_id), v2=v2 or None),
        phase=phase,
        progress=progress,
        speed=int(known.get("dlspeed") or 0),
        time_left=eta if 0 < eta < _UNKNOWN_ETA else None,
        size_bytes=size if size > 0 else None,
        path=known.get("content_path") or None,
        tags=frozenset(
            t.strip() for t in str(known.get("tags") or "").split(",") if t.strip()
        ),
    )
