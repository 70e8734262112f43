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
from .errors import ClientAuthError, UnavailableError
from .model import Download, DownloadStatus, Run
from .patience import Patience
from .settings import Settings
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
    ) -> None:
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

    async def take_back(self, download: Download, *, delete_files: bool) -> None:
        """Remove a given-up torrent, if it is ours and no run holds it."""
        for _ in range(_TRIES_TO_REMOVE):
            if await self._patience.until(
                lambda: self._remove(download, delete_files=delete_files), through=AWAY
            ):
                break
            await self._clock.sleep(1.0)
        await self._database.write(
            partial(downloads.forget, download_id=download.download_id)
        )

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

    async def _ensure_added(self, run: Run, download: Download) -> None:
        tags = [TAG, run_tag(self._settings.instance, run.run_id)]
        async with self._one_decision:
            snapshot = await self._client.snapshot()
            state = find(snapshot, download.hashes)
            if state is None:
                await self._note_wiped(snapshot)
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
            await self._note_wiped(snapshot)
            known = {d.download_id for d in await self._database.read(downloads.seen)}
            if download.download_id in known:
                if len(known) > 1 and download.download_id not in self._in_doubt:
                    return Fate.REMOVED
                add_again = self._ask(run)
                if add_again is None:
                    return Fate.UNKNOWN
                if not add_again:
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

    async def _note_wiped(self, snapshot: Snapshot) -> None:
        """Note that everything of ours is gone, before anything is added again."""
        known = await self._database.read(downloads.seen)
        if not known or any(find(snapshot, one.hashes) for one in known):
            return
        if len(known) > 1:
            await self._database.write(downloads.forget_all)
        else:
            self._in_doubt.add(known[0].download_id)

    async def _add(self, run: Run, download: Download) -> None:
        await self._client.add(
            download.link,
            download.hashes,
            tags=[TAG, run_tag(self._settings.instance, run.run_id)],
            category=self._settings.category,
            save_path=self._settings.save_path,
        )
        self._in_doubt.discard(download.download_id)

    async def _remove(self, download: Download, *, delete_files: bool) -> bool:
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
                await self._client.remove(state.torrent_id, delete_files=delete_files)
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
