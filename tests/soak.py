"""A soak: hours of the clock port's time, with faults of every kind at random.

`tests/core/workflow/test_soak.py` runs it for a minute, `scripts/bench soak` for as long as
one likes. What must hold is checked on the way and at the end, when all faults are over.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
import errno
import gc
from pathlib import Path
import random
import resource
import sqlite3
import time
from typing import Any, override

from aiohttp import web
from sqlalchemy import Engine, event

from custom_components.music_agregator.core.errors import (
    ClientRefusedError,
    ClientUnavailableError,
    MusicAgregatorError,
)
from custom_components.music_agregator.core.model import (
    AlbumEvent,
    Mode,
    MonitorRequest,
    WorkflowStatus as S,
)
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.transitions import ENDS
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient, KeptDatabase, LightWorld, ManualClock

RUNS = 20
# How long a fault lasts, and how long there is none (seconds of the clock port).
FAULT_SECONDS = (5.0, 120.0)
QUIET_SECONDS = (5.0, 60.0)
FOREIGN = {
    "f" * 40: {
        "hashes": {"v1": "f" * 40, "v2": None},
        "phase": "finished",
        "progress": 1.0,
        "tags": ["somebody else's"],
        "name": "The Paper Lanterns - Glass Harbour",
    }
}
TOPICS = [
    (album, quality)
    for album in (
        c.GLASS_HARBOUR,
        c.NAEVE,
        c.SLOW_CARTOGRAPHY,
        c.UNHEARD,
        c.TIN_WEATHER,
        c.TIDEPOOL_SAMPLER,
    )
    for quality in Q
]
CODES = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_NOMEM,
)


class SoakClock(ManualClock):
    """A clock that runs so many times as fast as the machine's."""

    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed
        self._began = time.monotonic()

    @override
    def monotonic(self) -> float:
        return 1_800_000_000.0 + (time.monotonic() - self._began) * self._speed

    @override
    def now(self) -> float:
        return self.monotonic() + self.set_by

    @override
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)


class WatchedTorrents(FakeTorrentClient):
    """Notes what no client should ever be asked for."""

    def __init__(self) -> None:
        super().__init__(step=0.02)
        self.wrongs: list[str] = []
        self.torrents |= {name: dict(one) for name, one in FOREIGN.items()}

    async def remove(self, torrent_id: str, *, delete_files: bool) -> None:
        if torrent_id in FOREIGN:
            self.wrongs.append(f"removed {torrent_id}")
        await super().remove(torrent_id, delete_files=delete_files)

    async def add(self, new: Any) -> None:
        known = {i for one in self.torrents.values() for i in one["hashes"].values()}
        if set(new.hashes.ids) & known:
            self.wrongs.append(f"added twice: {new.hashes.ids[0]}")
        await super().add(new)


@dataclass
class Report:
    """What a soak came to."""

    seed: int
    seconds: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)
    asked: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    wrongs: list[str] = field(default_factory=list)
    # The memory of the process at the end of each quarter (MB).
    memory: list[float] = field(default_factory=list)


class Soak:
    """One soak: a world, its faults, and somebody who asks for albums all the time."""

    def __init__(self, folder: Path, seed: int, speed: float) -> None:
        self.random = random.Random(seed)
        self.report = Report(seed)
        self.clock = SoakClock(speed)
        self.client = WatchedTorrents()
        self.database = KeptDatabase(
            f"sqlite:///{folder / 'soak.db'}", clock=self.clock
        )
        self.world = LightWorld(
            database=self.database,
            client=self.client,
            clock=self.clock,
            stall_seconds=1_800.0,
        )
        self.events: dict[int, AlbumEvent] = {}
        self._is_indexer_away = False
        self._failing: Exception | None = None
        self._api = self.world.indexer.api
        self.world.indexer.api = self._answer  # type: ignore[method-assign]
        self._faults: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "client away": (
                lambda: self._client(ClientUnavailableError("away")),
                lambda: self._client(None),
            ),
            "client refuses": (
                lambda: self._client(ClientRefusedError("no")),
                lambda: self._client(None),
            ),
            "client loses its torrents": (self._wipe, lambda: None),
            "indexer away": (
                lambda: setattr(self, "_is_indexer_away", True),
                lambda: setattr(self, "_is_indexer_away", False),
            ),
            "MusicBrainz away": (
                lambda: setattr(self.world.musicbrainz, "is_away", True),
                lambda: setattr(self.world.musicbrainz, "is_away", False),
            ),
            "database": (self._break_database, self._mend),
            "disk": (self._break_disk, self._mend),
            "clock": (self._set_clock, lambda: None),
        }

    async def run(self, seconds: float) -> Report:
        """Go on for some time of the clock port."""
        event.listen(Engine, "do_execute", self._execute)
        began, quarter = self.clock.monotonic(), 1
        try:
            async with self.world:
                self.world.app.start_background()
                while (passed := self.clock.monotonic() - began) < seconds:
                    if passed >= seconds * quarter / 4:
                        self._note_memory()
                        quarter += 1
                    await self._round()
                self._note_memory()
                await self._end()
        finally:
            event.remove(Engine, "do_execute", self._execute)
            await self.database.close_for_good()
        self.report.seconds = self.clock.monotonic() - began
        return self.report

    async def _round(self) -> None:
        """Ask for some albums, and have one fault come and go."""
        pick = self.random
        for _ in range(pick.randint(1, 4)):
            await self._act()
        name = pick.choice([*self._faults, "kill", "lost task"])
        self.report.faults[name] = self.report.faults.get(name, 0) + 1
        if name == "kill":
            await self._kill()
        elif name == "lost task":
            self._lose_task()
        else:
            begin, end = self._faults[name]
            begin()
            await self.clock.sleep(pick.uniform(*FAULT_SECONDS))
            await self._act()
            end()
        await self.clock.sleep(pick.uniform(*QUIET_SECONDS))

    async def _act(self) -> None:
        """Do something as a person: ask, choose, cancel."""
        app, pick = self.world.app, self.random
        live = app.live_runs
        with suppress(MusicAgregatorError, TimeoutError):
            async with asyncio.timeout(5):
                if len(live) < RUNS or pick.random() < 0.5:
                    album, quality = pick.choice(TOPICS)
                    mode = Mode.INTERACTIVE if pick.random() < 0.2 else Mode.AUTOMATIC
                    answer = await app.request(
                        MonitorRequest(
                            album_id=album.album_id, quality=quality, mode=mode
                        )
                    )
                    self.report.asked += answer.created
                elif (run := pick.choice(live)).status is S.AWAITING_SELECTION:
                    await app.select(run.run_id, pick.choice([1, 2, None]))
                else:
                    await app.cancel(run.run_id, delete_files=pick.random() < 0.5)

    async def _kill(self) -> None:
        """Have the process die: whatever was at work is gone, and another begins."""
        for task in asyncio.all_tasks():
            if task.get_name().startswith("music_agregator "):
                task.cancel()
        await self.world.app.close()
        self.world.app = self.world.make_app()
        for _ in range(100):
            try:
                await self.world.app.start()
                break
            except MusicAgregatorError:
                await self.clock.sleep(5.0)
        self.world.app.start_background()

    def _lose_task(self) -> None:
        tasks = [
            task
            for task in asyncio.all_tasks()
            if task.get_name().startswith("music_agregator run ")
        ]
        if tasks:
            self.random.choice(tasks).cancel()

    def _client(self, error: Exception | None) -> None:
        self.client.error = error

    def _wipe(self) -> None:
        self.client.torrents = {name: dict(one) for name, one in FOREIGN.items()}

    def _break_database(self) -> None:
        error = sqlite3.OperationalError("injected")
        error.sqlite_errorcode = self.random.choice(CODES)
        self._failing = error

    def _break_disk(self) -> None:
        self._failing = self.random.choice(
            [OSError(errno.EMFILE, "Too many open files"), MemoryError()]
        )

    def _mend(self) -> None:
        self._failing = None

    def _execute(self, *_: object) -> None:
        if self._failing is not None and self.random.random() < 0.5:
            raise self._failing

    def _set_clock(self) -> None:
        days = self.random.choice([-3_650.0, -1.0, -0.01, 0.01, 1.0, 3_650.0])
        self.clock.set(days * 86_400.0)

    async def _answer(self, request: web.Request) -> web.Response:
        if self._is_indexer_away:
            return web.Response(status=503)
        return await self._api(request)

    def _note_memory(self) -> None:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        self.report.memory.append(round(pages * resource.getpagesize() / 1e6, 1))

    async def _end(self) -> None:
        """End every fault, let every run end, and look at what is left."""
        for _, end in self._faults.values():
            end()
        self.client.step = 0.5
        with suppress(TimeoutError):
            async with asyncio.timeout(120):
                while not await self._is_over():
                    await self.clock.sleep(30.0)
        self.report.wrongs += await self._wrongs()

    async def _is_over(self) -> bool:
        """Return whether every run has ended; nobody chooses any more.

        The only torrent of ours that was lost may have been removed on purpose: that waits
        for an answer.
        """
        app = self.world.app
        for run in app.live_runs:
            app.missing_torrents.answer(run.run_id, add_again=True)
            if run.status is S.AWAITING_SELECTION:
                with suppress(MusicAgregatorError):
                    await app.select(run.run_id, None)
        found = await app.history.runs(only_live=True, limit=500)
        return not found and not app.live_runs

    async def _wrongs(self) -> list[str]:
        """Return what should not be."""
        app = self.world.app
        wrongs = [*self.client.wrongs]
        wrongs += [
            f"gone: {name}" for name in FOREIGN if name not in self.client.torrents
        ]
        told = await app.history.run_events()
        seqs = [one.seq for one in told]
        if (
            seqs != list(range(1, len(seqs) + 1))
            or len(seqs) != await app.history.head()
        ):
            wrongs.append("a gap in seq")
        runs = await app.history.runs(limit=100_000)
        last = {one.run_id: one.status for one in told}
        for run in runs:
            if run.status not in ENDS or last.get(run.run_id) is not run.status:
                at_work = run.run_id in {one.run_id for one in app.live_runs}
                wrongs.append(
                    f"run {run.run_id} of {run.album_title} is {run.status},"
                    f" {'at work' if at_work else 'and nobody works at it'}"
                )
            if run.reason == "internal_error":
                wrongs.append(f"run {run.run_id} ended with an internal error")
            self.report.ended[run.status] = self.report.ended.get(run.status, 0) + 1
        if len(runs) < self.report.asked:
            wrongs.append(f"{self.report.asked - len(runs)} runs are lost")
        return wrongs


async def soak(folder: Path, *, seed: int, seconds: float, speed: float) -> Report:
    """Run a soak of so many seconds of the clock port, at a speed, and return its report."""
    return await Soak(folder, seed, speed).run(seconds)
