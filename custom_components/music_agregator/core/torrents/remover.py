"""Remover: takes a given-up torrent out of the client, however long that takes."""

import asyncio
from enum import Enum, auto
import logging

from sqlalchemy import Connection

from ..common.clock import Clock
from ..common.retry import Retry
from ..common.tasks import Spawn
from ..errors import (
    ClientAuthError,
    MusicAgregatorError,
    StoreUnavailableError,
    UnavailableError,
)
from ..model import Download
from ..settings import Settings
from ..store import downloads, runs
from ..store.database import Database
from .client import (
    TorrentClient,
    find,
    is_ours,
    share_files,
)

_LOGGER = logging.getLogger(__name__)

# What is waited out once a torrent is in the client: a password may change meanwhile.
CLIENT_UNAVAILABLE = (UnavailableError, ClientAuthError)

# What was added a moment before it was given up shows a moment later.
_TRIES = 10


class RemovalResult(Enum):
    """What was found of a given-up torrent: it is asked to go, or is to stay."""

    NOTHING = auto()
    REMOVED = auto()
    KEPT = auto()


class Remover:
    """Removes what is ours and what no run holds. `turn` is taken for each look.

    Files that another torrent has, too, stay: the same music under another info-hash.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        database: Database,
        client: TorrentClient,
        retry: Retry,
        spawn: Spawn,
        turn: asyncio.Lock,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._database = database
        self._client = client
        self._retry = retry
        self._spawn = spawn
        self._turn = turn
        self._removing: set[str] = set()

    def take_back(self, download: Download) -> None:
        """Remove a given-up torrent, in the background; the next start goes on with it."""
        if download.download_id in self._removing:
            return
        self._removing.add(download.download_id)
        name = f"music_agregator removal {download.download_id}"
        self._spawn(self._take_back(download), name)

    async def take_back_all(self) -> None:
        """Remove everything that was given up and is still there. Raises StoreError."""
        for download in await self._database.read(downloads.left_behind):
            self.take_back(download)

    async def _take_back(self, download: Download) -> None:
        try:
            await self._remove_in_time(download)
        finally:
            self._removing.discard(download.download_id)

    async def _remove_in_time(self, download: Download) -> None:
        tries, was_there = 0, False
        while tries < _TRIES:
            tries += 1
            try:
                found = await self._retry.call(
                    lambda: self._remove(download), retry_on=CLIENT_UNAVAILABLE
                )
                was_there = was_there or found is RemovalResult.REMOVED
                # A client may say that it removes, and not: it is looked for once more.
                is_gone = found is RemovalResult.NOTHING and was_there
                if is_gone or found is RemovalResult.KEPT or tries == _TRIES:
                    await self._database.write(
                        downloads.mark_removed, download_id=download.download_id
                    )
                    return
            except StoreUnavailableError:
                tries -= 1
            except MusicAgregatorError as error:
                _LOGGER.warning("A torrent stays in qBittorrent: %s", error.code)
                return
            await self._clock.sleep(1.0)

    async def _remove(self, download: Download) -> RemovalResult:
        """Remove a torrent; return what was found of it."""

        def is_held(connection: Connection) -> bool:
            return bool(runs.holding(connection, download.download_id))

        async with self._turn:
            if await self._database.read(is_held):
                return RemovalResult.KEPT
            snapshot = await self._client.snapshot()
            state = find(snapshot, download.hashes)
            if state is None:
                return RemovalResult.NOTHING
            if not is_ours(state, self._settings.instance):
                return RemovalResult.KEPT
            is_shared = any(
                other is not state and share_files(other, state)
                for other in snapshot.torrents.values()
            )
            if download.delete_files and is_shared:
                _LOGGER.warning(
                    "The files of %s stay: another torrent has its files there",
                    download.title,
                )
            await self._client.remove(
                state.torrent_id,
                delete_files=download.delete_files and not is_shared,
            )
            return RemovalResult.REMOVED
