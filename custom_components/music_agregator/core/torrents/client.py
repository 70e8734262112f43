"""TorrentClient: the port of a torrent client, and the values that it returns.

Which torrents are ours, `tags.py` says.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Protocol

from ..common.clock import Clock
from ..common.health import ServiceHealth
from ..common.retry import Retry
from ..errors import (
    ClientAuthError,
    ClientRefusedError,
    MusicAgregatorError,
    UnavailableError,
)
from ..model import InfoHashes, Link

# What is retried once a torrent is in the client: the password may be corrected.
CLIENT_UNAVAILABLE = (UnavailableError, ClientAuthError)


class Phase(StrEnum):
    """What a torrent is doing, independent of the client."""

    WAITING = "waiting"
    METADATA = "metadata"
    DOWNLOADING = "downloading"
    PAUSED = "paused"
    FINISHED = "finished"
    ERROR = "error"
    MISSING_FILES = "missing_files"


@dataclass(frozen=True, kw_only=True, slots=True)
class TorrentState:
    """A torrent in the client. Rates in bytes a second, times in seconds.

    `size_bytes` is the size of the wanted files, `path` the place of the content, and
    `save_path` the folder to which the names of the files are relative. A magnet
    `has_names` when its metadata is there.
    """

    torrent_id: str
    hashes: InfoHashes
    phase: Phase
    name: str = ""
    has_names: bool = True
    progress: float = 0.0
    speed: int = 0
    time_left: int | None = None
    size_bytes: int | None = None
    path: str | None = None
    save_path: str | None = None
    tags: frozenset[str] = frozenset()

    @property
    def is_in_place(self) -> bool:
        """Return whether its content is in its final folder, not in that of incomplete ones."""
        if self.path is None or self.save_path is None:
            return True
        home = _folders(self.save_path)
        return _folders(self.path)[: len(home)] == home

    @property
    def folder(self) -> str | None:
        """Return the folder to which the names of its files are relative now."""
        if self.is_in_place or self.path is None:
            return self.save_path
        return str(PurePosixPath(self.path.replace("\\", "/")).parent)

    @property
    def percent(self) -> int:
        """Return how far it is (0 to 100)."""
        return int(self.progress * 100)

    @property
    def left_bytes(self) -> int:
        """Return how many bytes are still to be downloaded, as far as known."""
        return round((self.size_bytes or 0) * (1.0 - self.progress))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every torrent of a client by its id, and its free disk space.

    `is_connected` is false while the client has no connection, such as without its VPN.
    """

    torrents: Mapping[str, TorrentState] = field(default_factory=dict)
    free_bytes: int | None = None
    is_connected: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class TorrentFile:
    """One file of a torrent; its name is a path below the save path."""

    index: int
    name: str
    size_bytes: int = 0
    progress: float = 0.0
    is_wanted: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class NewTorrent:
    """A torrent to add. One that is held downloads no file before it is started.

    It goes into `folder`, below `save_path` or the client's own place for its category.
    """

    link: Link
    hashes: InfoHashes
    tags: Sequence[str]
    category: str
    folder: str
    save_path: str | None = None
    is_held: bool = False


def find(snapshot: Snapshot, hashes: InfoHashes) -> TorrentState | None:
    """Return the torrent with any of these hashes."""
    torrents = snapshot.torrents
    for torrent_id in hashes.ids:
        if torrent_id in torrents:
            return torrents[torrent_id]
    if hashes.v1 and hashes.v2:
        return None
    # A hybrid torrent that we know by one hash may be listed by the other.
    ids = set(hashes.ids)
    return next((t for t in torrents.values() if ids & set(t.hashes.ids)), None)


def share_files(one: TorrentState, other: TorrentState) -> bool:
    """Return whether the content of one torrent may be, or lie in, that of another."""
    if one.path is None or other.path is None:
        return False
    first, second = _folders(one.path), _folders(other.path)
    return all(a == b for a, b in zip(first, second, strict=False))


def _folders(path: str) -> tuple[str, ...]:
    return PurePosixPath(path.replace("\\", "/")).parts


class TorrentClient(Protocol):
    """A torrent client. Every call may raise ClientUnavailableError, ClientAuthError."""

    async def version(self) -> str:
        """Return the client's version; proves that it can be used."""

    async def snapshot(self) -> Snapshot:
        """Return every torrent by its id."""

    async def add(self, new: NewTorrent) -> None:
        """Add a magnet or a .torrent, and return when the client lists it.

        Raises ClientRefusedError. One that it has already counts as added.
        """

    async def add_tags(self, torrent_id: str, tags: Sequence[str]) -> None:
        """Tag a torrent."""

    async def remove(self, torrent_id: str, *, delete_files: bool) -> None:
        """Remove a torrent; it may be gone already."""

    async def files(self, torrent_id: str) -> list[TorrentFile]:
        """Return a torrent's files; none before its metadata is there."""

    async def want(
        self, torrent_id: str, indexes: Sequence[int], *, wanted: bool
    ) -> None:
        """Select some files of a torrent for download, or deselect them."""

    async def start(self, torrent_id: str) -> None:
        """Start a torrent that is held or paused."""


class WatchedClient:
    """A TorrentClient that updates its health with every answer or failure.

    `lock` is held by every decision about its torrents.
    """

    def __init__(
        self, client: TorrentClient, health: ServiceHealth, clock: Clock
    ) -> None:
        self._client = client
        self._health = health
        self._retry = Retry(clock)
        self.lock = asyncio.Lock()

    async def until_available[T](
        self,
        work: Callable[[], Awaitable[T]],
        *,
        retry_on: tuple[type[MusicAgregatorError], ...] = CLIENT_UNAVAILABLE,
    ) -> T:
        """Return what some work with the client returns, as soon as the client answers."""
        return await self._retry.call(work, retry_on=retry_on)

    async def version(self) -> str:
        """Return the client's version; proves that it can be used."""
        return await self._noted(self._client.version())

    async def snapshot(self) -> Snapshot:
        """Return every torrent by its id."""
        return await self._noted(self._client.snapshot())

    async def add(self, new: NewTorrent) -> None:
        """Add a magnet or a .torrent, and return when the client lists it."""
        await self._noted(self._client.add(new))

    async def add_tags(self, torrent_id: str, tags: Sequence[str]) -> None:
        """Tag a torrent."""
        await self._noted(self._client.add_tags(torrent_id, tags))

    async def remove(self, torrent_id: str, *, delete_files: bool) -> None:
        """Remove a torrent; it may be gone already."""
        await self._noted(self._client.remove(torrent_id, delete_files=delete_files))

    async def files(self, torrent_id: str) -> list[TorrentFile]:
        """Return a torrent's files; none before its metadata is there."""
        return await self._noted(self._client.files(torrent_id))

    async def want(
        self, torrent_id: str, indexes: Sequence[int], *, wanted: bool
    ) -> None:
        """Select some files of a torrent for download, or deselect them."""
        await self._noted(self._client.want(torrent_id, indexes, wanted=wanted))

    async def start(self, torrent_id: str) -> None:
        """Start a torrent that is held or paused."""
        await self._noted(self._client.start(torrent_id))

    async def _noted[T](self, asking: Awaitable[T]) -> T:
        try:
            answer = await asking
        except CLIENT_UNAVAILABLE as error:
            self._health.mark_down(error)
            raise
        except ClientRefusedError:
            self._health.mark_up()
            raise
        self._health.mark_up()
        return answer
