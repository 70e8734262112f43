"""Track 500 downloads for an hour of simulated time, on a Web API of our own.

Home Assistant's part is not measured here (`scripts/bench host` does that): the real
client library, the poller, 500 runs, their events in a SQLite file.
"""

import asyncio
import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path
import sys
import tempfile
import time
from typing import Any

import aiohttp
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[2]))

from custom_components.music_agregator.core.app import App
from custom_components.music_agregator.core.model import (
    Download,
    DownloadStatus,
    InfoHashes,
    Link,
    Mode,
    Run,
    WorkflowStatus,
)
from custom_components.music_agregator.core.quality import Quality, QualityProfile
from custom_components.music_agregator.core.settings import ClientSettings, Settings
from custom_components.music_agregator.core.store import downloads, runs, schema
from custom_components.music_agregator.core.store.engine_database import EngineDatabase
from sandbox.web import Site
from tests.fakes import ManualClock

COUNT = 500
HOUR = 3_600.0
STEP = 0.9 / 1_800
GOAL_PERCENT = 5.0
GOAL_GROWTH_MB = 10.0


def name(number: int) -> str:
    """Return the info-hash of a torrent."""
    return f"{number:040x}"


def run_id(number: int) -> str:
    """Return a run's id."""
    return f"01BENCH{number:019}"


class Clock(ManualClock):
    """Simulated time that does not run away from what is being written."""

    app: App | None = None

    async def sleep(self, seconds: float) -> None:
        """Wait for the writers, and then no time at all."""
        if self.app is not None:
            await self.app.journal.settled()
        await super().sleep(seconds)


class WebApi:
    """As much of qBittorrent's Web API as tracking needs; every torrent always moves."""

    def __init__(self) -> None:
        self.requests: dict[str, int] = {}
        self._polls = 0

    def make_app(self) -> web.Application:
        """Return the application."""
        app = web.Application()
        app.router.add_route("*", "/api/v2/{group}/{method}", self._answer)
        app.router.add_get("/requests", self._requests)
        return app

    async def _requests(self, _: web.Request) -> web.Response:
        return web.json_response(self.requests)

    async def _answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.requests[method] = self.requests.get(method, 0) + 1
        if method == "login":
            answer = web.Response(text="Ok.")
            answer.set_cookie("SID", "bench")
            return answer
        if method in {"version", "webapiVersion"}:
            return web.Response(text="v5.1.0")
        if method == "files":
            files = [{"index": 0, "name": "A/1.flac", "size": 1, "priority": 1}]
            return web.json_response(files)
        return web.json_response(self._maindata())

    def _maindata(self) -> dict[str, Any]:
        self._polls += 1
        moved = {
            "progress": self._polls * STEP,
            "dlspeed": 1_000_000 + self._polls,
            "eta": 3_600 - self._polls,
            "downloaded": self._polls * 1_000_000,
        }
        if self._polls > 1:
            changed = {name(number): moved for number in range(COUNT)}
            return {"rid": self._polls, "torrents": changed}
        whole = {
            name(number): {
                **moved,
                "state": "downloading",
                "size": 500_000_000,
                "name": f"Album {number}",
                "save_path": "/downloads",
                "content_path": f"/downloads/Album {number}",
                "infohash_v1": name(number),
                "infohash_v2": "",
                "tags": f"music_agregator, music_agregator:bench:{run_id(number)}",
            }
            for number in range(COUNT)
        }
        return {"rid": 1, "full_update": True, "torrents": whole}


def serve(pipe: Connection) -> None:
    """Serve the Web API in a process of its own, until it is ended."""

    async def run() -> None:
        site = Site(WebApi().make_app())
        pipe.send(await site.start())
        await asyncio.Event().wait()

    asyncio.run(run())


async def fill(database: EngineDatabase) -> None:
    """Write so many runs that download."""

    def write(connection: Any) -> None:
        schema.prepare(connection)
        for number in range(COUNT):
            download_id = f"01DOWNL{number:019}"
            download = Download(
                download_id=download_id,
                hashes=InfoHashes(v1=name(number)),
                title=f"Album {number}",
                quality=Quality(),
                status=DownloadStatus.DOWNLOADING,
                seen=True,
                link=Link(magnet_uri=f"magnet:?xt=urn:btih:{name(number)}"),
            )
            downloads.add(connection, run_id(number), download, 0.0)
            run = Run(
                run_id=run_id(number),
                album_id=f"{number:08x}-0000-4000-8000-000000000000",
                quality=QualityProfile.LOSSLESS,
                mode=Mode.AUTOMATIC,
                status=WorkflowStatus.COMPLETE,
                attempt=1,
                download_id=download_id,
            )
            runs.save(connection, run)

    await database.write(write)


def resident_mb() -> float:
    """Return how much memory this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4_096 / 1e6


async def track(url: str, folder: Path) -> bool:
    """Track them for an hour; print what it took, and say whether the goals are met."""
    clock = Clock()
    database = EngineDatabase(f"sqlite:///{folder / 'store.db'}")
    await fill(database)
    async with aiohttp.ClientSession() as session:
        app = App(
            database=database,
            session=session,
            clock=clock,
            settings=Settings(
                instance="bench",
                client=ClientSettings(url=url, username="a", password="b"),
                user_agent="bench",
            ),
        )
        clock.app = app
        started, cpu = clock.now(), time.process_time()
        await app.start()
        warm: float | None = None
        most = 0.0
        while clock.now() < started + HOUR:
            await asyncio.sleep(0.05)
            if clock.now() > started + HOUR / 10:
                most = max(most, resident_mb())
                warm = warm if warm is not None else most
        spent = time.process_time() - cpu
        async with session.get(f"{url}/requests") as answer:
            requests = await answer.json()
        live = len(app.live_runs)
        events = await app.history.head()
        await app.close()
    hour = clock.now() - started
    percent = spent / hour * 100
    growth = most - (warm or 0.0)
    polls = requests["maindata"]
    others = {k: n for k, n in requests.items() if k not in {"maindata", "files"}}
    print(f"{live} downloads tracked for {hour:.0f} simulated seconds, {events} events")
    print(f"polls: {polls}, one each {hour / polls:.1f} s; other requests: {others},")
    print(f"  and {requests.get('files', 0)} looks inside, one for each download")
    print(f"processor: {spent:.1f} s, {percent:.1f} % of a core (goal: {GOAL_PERCENT})")
    print(f"memory: {warm:.0f} MB after six minutes, {most:.0f} MB at most (goal: +10)")
    return percent < GOAL_PERCENT and growth < GOAL_GROWTH_MB and live == COUNT


def main() -> None:
    """Run the bench."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            good = asyncio.run(track(ours.recv(), Path(folder)))
    finally:
        server.terminate()
        server.join()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
