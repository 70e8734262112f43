"""QBittorrentClient: qBittorrent 4.5 and later behind the TorrentClient port.

qbittorrent-api is synchronous: it runs in a thread, one call at a time.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Literal, cast

import qbittorrentapi
from qbittorrentapi import Client

from ..common.clock import Clock
from ..common.format import clean_text
from ..common.tasks import in_daemon_thread, is_shortage, wait_without_cancelling
from ..errors import (
    ClientAuthError,
    ClientBannedError,
    ClientRefusedError,
    ClientUnavailableError,
    MusicAgregatorError,
)
from ..settings import ClientSettings
from .bounded_http import request_arguments
from .client import NewTorrent, Snapshot, TorrentFile, find
from .sync import SyncState, finite

_APPEAR_TRIES = 20
_APPEAR_PAUSE = 0.5
# How long a refused login is not tried again (seconds): five wrong ones ban this address
# for an hour.
_AUTH_PAUSE = 900.0
# The longest call, with its retries (seconds), and how many that hang are left alone.
_CALL_SECONDS = 60.0
_MOST_STUCK = 3
_REFUSED = "Fails."
_LONGEST_PATH = 4_096


class QBittorrentClient:
    """qBittorrent 4.5 and later, over its Web API."""

    def __init__(self, settings: ClientSettings, clock: Clock) -> None:
        self._clock = clock
        self._one_call = asyncio.Lock()
        self._refused: ClientAuthError | None = None
        self._refused_until = 0.0
        self._maindata = SyncState()
        self._settings = settings
        self._at_work: set[asyncio.Task[Any]] = set()
        # Calls that took too long, and still hang.
        self._stuck: set[asyncio.Future[Any]] = set()
        self._client = self._make_client()

    def _make_client(self) -> Client:
        settings = self._settings
        return Client(
            host=settings.url,
            username=settings.username,
            password=settings.password,
            api_key=settings.api_key,
            VERIFY_WEBUI_CERTIFICATE=settings.verify_certificate,
            FORCE_SCHEME_FROM_HOST=True,
            HTTPADAPTER_ARGS={"max_retries": 0},
            REQUESTS_ARGS=request_arguments(
                verify_certificate=settings.verify_certificate
            ),
            SIMPLE_RESPONSES=True,
            DISABLE_LOGGING_DEBUG_OUTPUT=True,
        )

    async def version(self) -> str:
        """Return the client's version; proves that it can be used."""
        return str(await self._call(self._client.app_version))

    async def snapshot(self) -> Snapshot:
        """Return every torrent by its id; only what changed crosses the wire."""
        state, client = self._maindata, self._client
        try:
            return cast(
                "Snapshot",
                await self._call(
                    lambda: state.merge(client.sync_maindata(rid=state.rid))
                ),
            )
        except MusicAgregatorError:
            # What was merged in part, or not at all, is asked for as a whole.
            self._maindata = SyncState()
            raise

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
            save_path, download_path = self._places(new)
            return self._client.torrents_add(
                urls=link.magnet_uri if is_magnet else None,
                torrent_files=link.torrent,
                category=new.category,
                tags=list(new.tags),
                save_path=save_path,
                use_download_path=download_path is not None,
                download_path=download_path,
                use_auto_torrent_management=False,
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

    def _places(self, new: NewTorrent) -> tuple[str, str | None]:
        """Return where a torrent goes, and where it lies while it is incomplete."""
        known: Any = self._client.app_preferences()
        base = new.save_path or str(known["save_path"])
        incomplete = known.get("temp_path_enabled") and known.get("temp_path")
        if not new.save_path and (
            known.get("auto_tmm_enabled")
            or known.get("use_category_paths_in_manual_mode")
        ):
            every: Any = self._client.torrents_categories()
            of_category = every.get(new.category) or {}
            base = _joined(base, _category_path(new.category, every, known))
            own = of_category.get("download_path")
            if own is False or isinstance(own, str):
                incomplete = own or (incomplete if own == "" else None)
        return (
            _joined(base, new.folder),
            _joined(str(incomplete), new.folder) if incomplete else None,
        )

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
            return cast(
                "list[TorrentFile]",
                await self._call(
                    lambda: _files(
                        self._client.torrents_files(torrent_hash=torrent_id)
                    ),
                    may_refuse=True,
                ),
            )
        except ClientRefusedError:
            return []

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
        """Run one call in a thread; raise only typed errors, without an address.

        A cancelled caller leaves at once; the next call waits for the end of this one.
        """
        task = asyncio.create_task(self._one_after_the_other(work, may_refuse))
        self._at_work.add(task)
        task.add_done_callback(self._settle)
        return await wait_without_cancelling(task)

    def _settle(self, task: asyncio.Task[Any]) -> None:
        self._at_work.discard(task)
        if not task.cancelled():
            task.exception()

    async def _one_after_the_other(
        self, work: Callable[[], Any], may_refuse: bool
    ) -> Any:
        async with self._one_call:
            if self._refused and self._clock.monotonic() < self._refused_until:
                raise type(self._refused)(str(self._refused))
            outcome = await self._outcome(work)
            self._refused = None
            if isinstance(outcome, ClientAuthError):
                self._refused = outcome
                self._refused_until = self._clock.monotonic() + _AUTH_PAUSE
            if isinstance(outcome, ClientRefusedError) and not may_refuse:
                # A proxy in front of qBittorrent may answer with any status while that is away.
                raise ClientUnavailableError(str(outcome))
            if isinstance(outcome, MusicAgregatorError):
                raise outcome
            return outcome

    async def _outcome(self, work: Callable[[], Any]) -> Any:
        """Return what a call returns, or its typed error, within a limit of time."""
        self._stuck = {call for call in self._stuck if not call.done()}
        if len(self._stuck) >= _MOST_STUCK:
            return ClientUnavailableError("qBittorrent lets calls hang")
        try:
            call = in_daemon_thread(partial(_typed, work))
        except RuntimeError as error:
            if not is_shortage(error):
                raise
            return ClientUnavailableError("no thread is free")
        await asyncio.wait((call,), timeout=_CALL_SECONDS)
        if call.done():
            return call.result()
        # The thread is left to itself, with its connection.
        self._stuck.add(call)
        self._client = self._make_client()
        return ClientUnavailableError("qBittorrent is too slow")


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
        (
            qbittorrentapi.APIError,
            OSError,
            # An answer of another shape: of a proxy, or of no qBittorrent at all.
            ValueError,
            TypeError,
            AttributeError,
            LookupError,
            ArithmeticError,
        ),
        partial(ClientUnavailableError, "no answer from qBittorrent"),
    ),
)


def _files(found: Iterable[Any]) -> list[TorrentFile]:
    return [
        TorrentFile(
            index=int(file.get("index", number)),
            name=clean_text(file.get("name"), limit=_LONGEST_PATH),
            size_bytes=int(file.get("size") or 0),
            progress=finite(file.get("progress")),
            is_wanted=int(file.get("priority", 1)) > 0,
        )
        for number, file in enumerate(found)
    ]


def _category_path(name: str, every: Any, preferences: Any) -> str:
    """Return the folder of a category, as qBittorrent resolves it."""
    path = str((every.get(name) or {}).get("savePath") or "")
    parent, _, last = name.rpartition("/")
    if not path and parent and preferences.get("use_subcategories"):
        return _joined(_category_path(parent, every, preferences), last)
    return path or name


def _joined(folder: str, path: str) -> str:
    """Return a path below a folder, in the client's own notation; or an absolute one."""
    if path.startswith(("/", "\\")) or path[1:2] == ":":
        return path
    return f"{folder.rstrip('/\\')}/{path}"


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
