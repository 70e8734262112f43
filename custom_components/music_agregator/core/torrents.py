"""TorrentClient: the port, and what a client tells of its torrents."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .errors import ClientAuthError, ClientRefusedError, UnavailableError
from .health import Health
from .model import InfoHashes, Link

TAG = "music_agregator"


class Phase(StrEnum):
    """What a torrent is doing, whatever its client calls it."""

    WAITING = "waiting"
    METADATA = "metadata"
    DOWNLOADING = "downloading"
    PAUSED = "paused"
    FINISHED = "finished"
    ERROR = "error"
    MISSING_FILES = "missing_files"


@dataclass(frozen=True, kw_only=True, slots=True)
class TorrentState:
    """A torrent in the client. Rates in bytes a second, times in seconds."""

    torrent_id: str
    hashes: InfoHashes
    phase: Phase
    progress: float = 0.0
    speed: int = 0
    time_left: int | None = None
    size_bytes: int | None = None
    path: str | None = None
    tags: frozenset[str] = frozenset()


type Snapshot = Mapping[str, TorrentState]


def find(snapshot: Snapshot, hashes: InfoHashes) -> TorrentState | None:
    """Return the torrent that goes by any of these hashes."""
    for torrent_id in hashes.ids:
        if torrent_id in snapshot:
            return snapshot[torrent_id]
    ids = set(hashes.ids)
    return next((t for t in snapshot.values() if ids & set(t.hashes.ids)), None)


def run_tag(instance: str, run_id: str) -> str:
    """Return the tag that says whose a torrent is, and for which run."""
    return f"{TAG}:{instance}:{run_id}"


def is_ours(state: TorrentState, instance: str) -> bool:
    """Say whether a torrent carries our instance's tag."""
    return any(tag.startswith(f"{TAG}:{instance}:") for tag in state.tags)


class TorrentClient(Protocol):
    """What downloads. Every call may raise ClientUnavailableError, ClientAuthError."""

    async def version(self) -> str:
        """Return what the client calls itself; proves that it can be used."""

    async def snapshot(self) -> Snapshot:
        """Return every torrent by its id."""

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

        Raises ClientRefusedError. One that it has already counts as added.
        """

    async def add_tags(self, torrent_id: str, tags: Sequence[str]) -> None:
        """Tag a torrent."""

    async def remove(self, torrent_id: str, *, delete_files: bool) -> None:
        """Remove a torrent; it may be gone already."""

    async def file_names(self, torrent_id: str) -> list[str]:
        """Return the names of a torrent's files."""


class WatchedClient:
    """A TorrentClient whose every answer, or lack of one, tells of its health."""

    def __init__(self, client: TorrentClient, health: Health) -> None:
        self._client = client
        self._health = health

    async def version(self) -> str:
        """Return what the client calls itself; proves that it can be used."""
        return await self._noted(self._client.version())

    async def snapshot(self) -> Snapshot:
        """Return every torrent by its id."""
        return await self._noted(self._client.snapshot())

    async def add(
        self,
        link: Link,
        hashes: InfoHashes,
        *,
        tags: Sequence[str],
        category: str,
        save_path: str | None,
    ) -> None:
        """Add a magnet or a .torrent, and return when the client lists it."""
        await self._noted(
            self._client.add(
                link, hashes, tags=tags, category=category, save_path=save_path
            )
        )

    async def add_tags(self, torrent_id: str, tags: Sequence[str]) -> None:
        """Tag a torrent."""
        await self._noted(self._client.add_tags(torrent_id, tags))

    async def remove(self, torrent_id: str, *, delete_files: bool) -> None:
        """Remove a torrent; it may be gone already."""
        await self._noted(self._client.remove(torrent_id, delete_files=delete_files))

    async def file_names(self, torrent_id: str) -> list[str]:
        """Return the names of a torrent's files."""
        return await self._noted(self._client.file_names(torrent_id))

    async def _noted[T](self, asking: Awaitable[T]) -> T:
        try:
            answer = await asking
        except (UnavailableError, ClientAuthError) as error:
            self._health.note_down(error)
            raise
        except ClientRefusedError:
            self._health.note_up()
            raise
        self._health.note_up()
        return answer
