"""Remover: remove given-up torrents from the client, however long that takes.

Never one that another run holds, nor one without our tag; files only if they were asked for.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
import logging
import os

from sqlalchemy import Connection

from ..common.clock import Clock
from ..common.tasks import BackgroundTasks
from ..errors import MusicAgregatorError, StoreError, StoreUnavailableError
from ..model import Download
from ..settings import Settings
from ..store import downloads, runs
from ..store.database import Database
from .client import WatchedClient, find, share_files
from .own_folder import is_in_own_folder
from .tags import is_ours

_LOGGER = logging.getLogger(__name__)

# What was added a moment before it was given up shows a moment later.
_TRIES = 10


class RemovalResult(Enum):
    """What one try to remove a torrent came to."""

    NOT_THERE = auto()
    REMOVED = auto()
    KEPT = auto()


@dataclass(eq=False, kw_only=True, repr=False)
class Remover:
    """Removes what is ours and what no run holds.

    Files stay that another torrent has, too (the same music under another info-hash), and
    those of a torrent that is not in a folder of ours (`own_folder.py`).
    """

    settings: Settings
    database: Database
    client: WatchedClient
    clock: Clock
    tasks: BackgroundTasks

    def __post_init__(self) -> None:
        self._removing: set[str] = set()
        # The folders of ours that removed torrents have left.
        self._emptied: dict[str, str] = {}

    def remove_soon(self) -> None:
        """Remove in the background what was given up."""
        self.tasks.spawn(self._remove_given_up(), "music_agregator removals")

    async def schedule_removals(self) -> None:
        """Begin to remove everything that was given up and is still there.

        The next start goes on with it. Raises StoreError.
        """
        for download in await self.database.read(downloads.left_behind):
            if download.download_id not in self._removing:
                self._removing.add(download.download_id)
                name = f"music_agregator removal {download.download_id}"
                self.tasks.spawn(self._remove(download), name)

    async def _remove_given_up(self) -> None:
        try:
            await self.schedule_removals()
        except StoreError as error:
            _LOGGER.warning("Given-up torrents are removed later: %s", error)

    async def _remove(self, download: Download) -> None:
        try:
            await self._remove_until_gone(download)
        finally:
            self._removing.discard(download.download_id)
            if folder := self._emptied.pop(download.download_id, None):
                await asyncio.to_thread(_remove_empty, self.settings.at_home(folder))

    async def _remove_until_gone(self, download: Download) -> None:
        tries, was_there = 0, False
        while tries < _TRIES:
            tries += 1
            try:
                result = await self.client.until_available(
                    lambda: self._try_to_remove(download)
                )
                was_there = was_there or result is RemovalResult.REMOVED
                # A client may say that it removes, and not do it: look once more.
                is_gone = result is RemovalResult.NOT_THERE and was_there
                if is_gone or result is RemovalResult.KEPT or tries == _TRIES:
                    await self.database.write(
                        downloads.mark_removed, download_id=download.download_id
                    )
                    return
            except StoreUnavailableError:
                tries -= 1
            except MusicAgregatorError as error:
                _LOGGER.warning("A torrent stays in qBittorrent: %s", error.code)
                return
            await self.clock.sleep(1.0)

    async def _try_to_remove(self, download: Download) -> RemovalResult:
        def is_held(connection: Connection) -> bool:
            return bool(runs.holding(connection, download.download_id))

        async with self.client.lock:
            if await self.database.read(is_held):
                return RemovalResult.KEPT
            snapshot = await self.client.snapshot()
            state = find(snapshot, download.hashes)
            if state is None:
                return RemovalResult.NOT_THERE
            if not is_ours(state, self.settings.instance):
                return RemovalResult.KEPT
            is_shared = any(
                other is not state and share_files(other, state)
                for other in snapshot.torrents.values()
            )
            is_alone = is_in_own_folder(state) and not is_shared
            if download.delete_files and not is_alone:
                _LOGGER.warning(
                    "The files of download %s stay: others may lie among them",
                    download.download_id,
                )
            await self.client.remove(
                state.torrent_id, delete_files=download.delete_files and is_alone
            )
            if is_alone and state.save_path:
                self._emptied[download.download_id] = state.save_path
            return RemovalResult.REMOVED


def _remove_empty(folder: str) -> None:
    """Remove a folder of ours if it is empty, and if this machine sees it."""
    with suppress(OSError):
        os.rmdir(folder)  # noqa: PTH106
