"""QBittorrentClient: qBittorrent 4.5 and later behind the TorrentClient port.

qbittorrent-api is synchronous: it runs in a thread, one call at a time.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import qbittorrentapi
from qbittorrentapi import Client

from ..common.clock import Clock
from ..common.tasks import finish_before_cancelling
from ..errors import (
    ClientAuthError,
    ClientBannedError,
    ClientRefusedError,
    ClientUnavailableError,
    MusicAgregatorError,
)
from ..settings import ClientSettings
from .client import NewTorrent, Snapshot, TorrentFile, find
from .sync import SyncState

_APPEAR_TRIES = 20
_APPEAR_PAUSE = 0.5
# How long a refused login is not tried again (seconds): five wrong ones ban this address
# for an hour.
_AUTH_PAUSE = 900.0
_REFUSED = "Fails."


class QBittorrentClient:
    """qBittorrent 4.5 and later, over its Web API."""

    def __init__(self, settings: ClientSettings, clock: Clock) -> None:
        self._clock = clock
        self._one_call = asyncio.Lock()
        self._refused: ClientAuthError | None = None
        self._refused_until = 0.0
        self._maindata = SyncState()
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
        """Return the client's version; proves that it can be used."""
        return str(await self._call(self._client.app_version))

    async def snapshot(self) -> Snapshot:
        """Return every torrent by its id; only what changed crosses the wire."""
        answer = await self._call(
            lambda: self._client.sync_maindata(rid=self._maindata.rid)
        )
        return self._maindata.merge(answer)

    async def add(self, new: NewTorrent) -> None:
        """Add a magnet or a .torrent, and return when the client lists it.

        Raises ClientRefusedError. One that it has already counts as added: the
        versions answer differently, so that only the list is trusted.
        """
        link = new.link
        is_magnet = link.torrent is None
        # 4.5 cannot stop a .torrent on its metadata: that is there from the start.
        waits: Literal["MetadataReceived"] | None = None
        if new.is_held and is_magnet:
            waits = "MetadataReceived"

        def add() -> object:
            return self._client.torrents_add(
                urls=link.magnet_uri if is_magnet else None,
                torrent_files=link.torrent,
                category=new.category,
                tags=list(new.tags),
                save_path=new.save_path,
                use_auto_torrent_management=False if new.save_path else None,
                is_stopped=new.is_held and not is_magnet,
                stop_condition=waits,
            )

        try:
            answer = await self._call(add, may_refuse=True)
        except ClientRefusedError as error:
            if error.is_final:
                raise
            answer = _REFUSED
        for _ in range(_APPEAR_TRIES):
            if find(await self.snapshot(), new.hashes) is not None:
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

    async def files(self, torrent_id: str) -> list[TorrentFile]:
        """Return a torrent's files; none before its metadata is there."""
        try:
            files = await self._call(
                lambda: self._client.torrents_files(torrent_hash=torrent_id),
                may_refuse=True,
            )
        except ClientRefusedError:
            return []
        return [
            TorrentFile(
                index=int(file.get("index", number)),
                name=str(file.get("name", "")),
                size_bytes=int(file.get("size") or 0),
                progress=float(file.get("progress") or 0.0),
                is_wanted=int(file.get("priority", 1)) > 0,
            )
            for number, file in enumerate(files)
        ]

    async def want(
        self, torrent_id: str, indexes: Sequence[int], *, wanted: bool
    ) -> None:
        """Select some files of a torrent for download, or deselect them."""
        await self._call(
            lambda: self._client.torrents_file_priority(
                torrent_hash=torrent_id, file_ids=list(indexes), priority=int(wanted)
            )
        )

    async def start(self, torrent_id: str) -> None:
        """Start a torrent that is held or paused."""
        await self._call(lambda: self._client.torrents_start(torrent_hashes=torrent_id))

    async def _call(self, work: Callable[[], Any], *, may_refuse: bool = False) -> Any:
        """Run one call in a thread; raise only typed errors, without an address."""
        async with self._one_call:
            if self._refused and self._clock.now() < self._refused_until:
                raise type(self._refused)(str(self._refused))
            outcome = await finish_before_cancelling(asyncio.to_thread(_typed, work))
            self._refused = None
            if isinstance(outcome, ClientAuthError):
                self._refused = outcome
                self._refused_until = self._clock.now() + _AUTH_PAUSE
            if isinstance(outcome, ClientRefusedError) and not may_refuse:
                # A proxy in front of qBittorrent may answer with any status while that is away.
                raise ClientUnavailableError(str(outcome))
            if isinstance(outcome, MusicAgregatorError):
                raise outcome
            return outcome


# The typed error of each kind of failure; the first that fits.
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
