"""Custody: which torrents of ours the client has, and what is done about it.

One decision at a time: a hand-over, a removal and the question "who took it away?" never
look at the client while another of them changes it.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from functools import partial
import logging

from sqlalchemy import Connection

from .clock import Clock
from .errors import (
    ClientAuthError,
    MusicAgregatorError,
    StoreUnavailableError,
    UnavailableError,
)
from .model import Download, DownloadStatus, Run
from .patience import Patience
from .settings import Settings
from .spawn import Spawn
from .store import downloads, runs
from .store.database import Database
from .torrents import TAG, Snapshot, TorrentClient, find, is_ours, run_tag

_LOGGER = logging.getLogger(__name__)

# What is waited out once a torrent is in the client: a password may change meanwhile.
AWAY = (UnavailableError, ClientAuthError)

# What was added a moment before it was given up shows a moment later.
_TRIES_TO_REMOVE = 10

type MissingListener = Callable[[Run, bool], None]


class Fate(StrEnum):
    """What has become of a torrent that was not listed."""

    PRESENT = "present"
    REMOVED = "removed"
    UNKNOWN = "unknown"


class Custody:
    """Hands over, takes back, and finds out what is missing and why."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        database: Database,
        client: TorrentClient,
        patience: Patience,
        spawn: Spawn,
    ) -> None:
        self._spawn = spawn
        self._settings = settings
        self._clock = clock
        self._database = database
        self._client = client
        self._patience = patience
        self._one_decision = asyncio.Lock()
        self._in_doubt: set[str] = set()
        self._questions: dict[str, asyncio.Future[bool]] = {}
        self._listeners: list[MissingListener] = []

    async def hand_over(self, run: Run, download: Download) -> None:
        """See to it that the client has a saved download, however long it is away.

        Raises ClientRefusedError, ClientAuthError.
        """
        await self._patience.until(lambda: self._ensure_added(run, download))

    async def fate(self, run: Run, download: Download) -> Fate:
        """Find out about a torrent that was not listed for a while.

        What the client has never seen is added. Others of ours are there: a person
        removed this one. All of ours are gone: the client was wiped, and has never
        seen any of them. With one torrent nobody can tell: a person is asked.
        """
        return await self._patience.until(
            lambda: self._fate(run, download), through=AWAY
        )

    def take_back(self, download: Download) -> None:
        """Remove a given-up torrent, if it is ours and no run holds it.

        In the background, however long it takes; the next start goes on with it.
        """
        name = f"music_agregator removal {download.download_id}"
        self._spawn(self._take_back(download), name)

    async def _take_back(self, download: Download) -> None:
        tries = 0
        while tries < _TRIES_TO_REMOVE:
            tries += 1
            try:
                done = await self._patience.until(
                    lambda: self._remove(download), through=AWAY
                )
                if done or tries == _TRIES_TO_REMOVE:
                    await self._database.write(
                        partial(downloads.forget, download_id=download.download_id)
                    )
                    return
            except StoreUnavailableError:
                tries -= 1
            except MusicAgregatorError as error:
                _LOGGER.warning("A torrent stays in qBittorrent: %s", error.code)
                return
            await self._clock.sleep(1.0)

    def on_missing(self, listener: MissingListener) -> Callable[[], None]:
        """Call `listener` when a missing torrent raises a question, or no longer."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def answer(self, run_id: str, *, add_again: bool) -> bool:
        """Say what to do about a missing torrent; return whether it was asked."""
        question = self._questions.get(run_id)
        if question is None or question.done():
            return False
        question.set_result(add_again)
        return True

    def withdraw(self, run: Run) -> None:
        """Ask no longer."""
        if self._questions.pop(run.run_id, None) is not None:
            for listener in self._listeners:
                listener(run, False)

    def found(self, download: Download) -> None:
        """Note that a torrent is there, whatever was thought of it."""
        self._in_doubt.discard(download.download_id)

    async def _ensure_added(self, run: Run, download: Download) -> None:
        tags = [TAG, run_tag(self._settings.instance, run.run_id)]
        async with self._one_decision:
            snapshot = await self._client.snapshot()
            state = find(snapshot, download.hashes)
            if state is None:
                await self._look(snapshot)
                await self._begin_anew(download)
                await self._add(run, download)
            elif (
                is_ours(state, self._settings.instance) and not set(tags) <= state.tags
            ):
                await self._client.add_tags(state.torrent_id, tags)

    async def _fate(self, run: Run, download: Download) -> Fate:
        async with self._one_decision:
            snapshot = await self._client.snapshot()
            if find(snapshot, download.hashes):
                return Fate.PRESENT
            known = await self._look(snapshot)
            if download.download_id in known:
                if download.download_id not in self._in_doubt:
                    return Fate.REMOVED
                # What has finished may have been tidied away long ago.
                lost = {
                    name
                    for name in self._in_doubt & set(known)
                    if known[name].status is not DownloadStatus.DOWNLOADED
                }
                if len(lost) > 1:
                    await self._database.write(partial(downloads.unsee, ids=lost))
                else:
                    add_again = self._ask(run)
                    if add_again is None:
                        return Fate.UNKNOWN
                    if not add_again:
                        return Fate.REMOVED
            elif await self._is_given_up(download):
                return Fate.REMOVED
            _LOGGER.warning("qBittorrent lost the torrent of run %s", run.run_id)
            await self._add(run, download)
            await self._database.write(
                partial(
                    downloads.mark,
                    download_id=download.download_id,
                    status=DownloadStatus.DOWNLOADING,
                    at=self._clock.now(),
                    seen=True,
                )
            )
            return Fate.PRESENT

    async def _look(self, snapshot: Snapshot) -> dict[str, Download]:
        """Return what the client had of ours; if all is gone, note who is in doubt."""
        known = {d.download_id: d for d in await self._database.read(downloads.seen)}
        there = {name for name, d in known.items() if find(snapshot, d.hashes)}
        if not there:
            self._in_doubt |= set(known)
        self._in_doubt -= there
        return known

    async def _begin_anew(self, download: Download) -> None:
        """Say of finished music that has left the client that it is not there."""
        if download.status is DownloadStatus.DOWNLOADED:
            await self._database.write(
                partial(
                    downloads.mark,
                    download_id=download.download_id,
                    status=DownloadStatus.SAVED,
                    at=self._clock.now(),
                    seen=False,
                )
            )

    async def _is_given_up(self, download: Download) -> bool:
        row = await self._database.read(
            partial(downloads.get, download_id=download.download_id)
        )
        return row is None or row.status is DownloadStatus.CANCELLED

    async def _add(self, run: Run, download: Download) -> None:
        await self._client.add(
            download.link,
            download.hashes,
            tags=[TAG, run_tag(self._settings.instance, run.run_id)],
            category=self._settings.category,
            save_path=self._settings.save_path,
        )
        self._in_doubt.discard(download.download_id)

    async def _remove(self, download: Download) -> bool:
        """Remove a torrent; return whether there is nothing more to do."""

        def is_held(connection: Connection) -> bool:
            return bool(runs.holding(connection, download.download_id))

        async with self._one_decision:
            if await self._database.read(is_held):
                return True
            state = find(await self._client.snapshot(), download.hashes)
            if state is None:
                return False
            if is_ours(state, self._settings.instance):
                await self._client.remove(
                    state.torrent_id, delete_files=download.delete_files
                )
            return True

    def _ask(self, run: Run) -> bool | None:
        """Return the answer to "add it again?", None while there is none."""
        question = self._questions.get(run.run_id)
        if question is None:
            question = asyncio.get_running_loop().create_future()
            self._questions[run.run_id] = question
            for listener in self._listeners:
                listener(run, True)
        if not question.done():
            return None
        self.withdraw(run)
        return question.result()
