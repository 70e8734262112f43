"""200 albums in progress, in a Home Assistant of its own.

How long set-up takes, how often states are written, and whether the event loop stands still.
qBittorrent is a stand-in here: 200 torrents that all come a little further every time.
"""

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
import re
import shutil
import sys
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from ulid_transform import ulid_now

from custom_components.music_agregator.core.common.clock import SYSTEM_CLOCK
from custom_components.music_agregator.core.events.bus import EventBus
from custom_components.music_agregator.core.events.journal import Journal
from custom_components.music_agregator.core.model import (
    Download,
    DownloadStatus,
    InfoHashes,
    Link,
    Mode,
    Run,
    WorkflowStatus as S,
)
from custom_components.music_agregator.core.quality import (
    Codec,
    Quality,
    QualityProfile,
)
from custom_components.music_agregator.core.store import downloads
from custom_components.music_agregator.core.store.engine_database import EngineDatabase
from sandbox.catalogue import mbid
from sandbox.homeassistant import Client, HomeAssistantProcess
from sandbox.web import Site

ALBUMS = 200
WATCH_SECONDS = 60
SETTLE_SECONDS = 15
FOLDER = ROOT / ".tools/bench-host"
_SLOW = re.compile(r"Executing (.*) took ([\d.]+) seconds")

type Slow = tuple[float, str]

# Home Assistant as it is, but its loop tells of everything longer than 50 ms. Two things are
# left out of that, since they interrupt any code: the debugging's look at the date of
# every source file for every future, and Python's collections of the whole house's garbage.
_WRAPPER = """import gc
import linecache
import sys

from homeassistant import __main__, runner

if "--debug" in sys.argv:
    gc.disable()
    linecache.checkcache = lambda filename=None: None
usual = runner.configure_event_loop


def configure(loop, debug=False):
    usual(loop, debug)
    loop.slow_callback_duration = 0.05


runner.configure_event_loop = configure
sys.exit(__main__.main())
"""


def info_hash(number: int) -> str:
    """Return a torrent's hash."""
    return f"{number:040x}"


class StandIn:
    """qBittorrent's Web API, as far as it is used, with torrents that never end."""

    def __init__(self) -> None:
        self._progress = 0.0
        self._rid = 0

    def make_app(self) -> web.Application:
        """Return the application."""
        app = web.Application()
        app.router.add_post("/api/v2/auth/login", self._login)
        app.router.add_route("*", "/api/v2/app/version", self._version)
        app.router.add_route("*", "/api/v2/app/webapiVersion", self._api_version)
        app.router.add_route("*", "/api/v2/sync/maindata", self._maindata)
        return app

    async def _login(self, _: web.Request) -> web.Response:
        answer = web.Response(text="Ok.")
        answer.set_cookie("SID", "bench")
        return answer

    async def _version(self, _: web.Request) -> web.Response:
        return web.Response(text="v5.1.0")

    async def _api_version(self, _: web.Request) -> web.Response:
        return web.Response(text="2.11.4")

    async def _maindata(self, _: web.Request) -> web.Response:
        self._rid += 1
        self._progress = (self._progress + 0.004) % 0.95
        torrents = {
            info_hash(number): {
                "progress": self._progress,
                "state": "downloading",
                "dlspeed": 1_000_000 + number,
                "eta": 600,
                "size": 400_000_000,
                "infohash_v1": info_hash(number),
                "tags": "music_agregator",
            }
            for number in range(ALBUMS)
        }
        return web.json_response(
            {"rid": self._rid, "full_update": True, "torrents": torrents}
        )


async def seed(database_file: Path, albums: int) -> None:
    """Write runs that download into the recorder's database, as the core would."""
    database = EngineDatabase(f"sqlite:///{database_file}")
    journal = Journal(database, EventBus(database), SYSTEM_CLOCK)
    for number in range(albums):
        now = SYSTEM_CLOCK.now()
        run = Run(
            run_id=ulid_now(),
            album_id=mbid(f"bench {number}"),
            quality=QualityProfile.LOSSLESS,
            mode=Mode.AUTOMATIC,
            status=S.FETCHING_METADATA,
            artist=f"Artist {number % 40}",
            album_title=f"Album {number}",
            created_at=now,
            updated_at=now,
        )
        download = Download(
            download_id=ulid_now(),
            hashes=InfoHashes(v1=info_hash(number)),
            title=f"Artist {number % 40} - Album {number} [FLAC]",
            quality=Quality(codec=Codec.FLAC),
            status=DownloadStatus.DOWNLOADING,
            seen=True,
            link=Link(magnet_uri=f"magnet:?xt=urn:btih:{info_hash(number)}"),
        )

        def save(
            connection: Connection, moved: Run, *, run: Run, download: Download
        ) -> Run:
            downloads.add(connection, run.run_id, download, run.updated_at)
            return replace(moved, download_id=download.download_id, attempt=1)

        for status in (
            S.FETCHING_METADATA,
            S.CHECKING_OWNED,
            S.SEARCHING,
            S.PARSING_RESULTS,
            S.ADDING_TORRENT,
            S.COMPLETE,
            S.DOWNLOADING,
        ):
            also = partial(save, run=run, download=download)
            run = await journal.record(
                run,
                status,
                {"percent": 0} if status is S.DOWNLOADING else None,
                also=also if status is S.ADDING_TORRENT else None,
            )
    await database.close()


async def setup_seconds(client: Client) -> float:
    """Return how long the set-up of the integration took, by Home Assistant's count."""
    for one in await client.command("integration/setup_info"):
        if one["domain"] == "music_agregator":
            return float(one["seconds"])
    raise RuntimeError("Home Assistant did not set it up")


async def closest_writes(client: Client, entities: set[str]) -> tuple[float, int, str]:
    """Return the shortest time between two writes of one state, and how many came."""
    await client.command("subscribe_events", event_type="state_changed")
    socket = await client.open_socket()
    times: dict[str, list[float]] = defaultdict(list)
    loop = asyncio.get_running_loop()
    end = loop.time() + WATCH_SECONDS
    count = 0
    while (left := end - loop.time()) > 0:
        try:
            message = await asyncio.wait_for(socket.receive_json(), left)
        except TimeoutError:
            break
        data: dict[str, Any] = message.get("event", {}).get("data", {})
        new = data.get("new_state")
        if new and data["entity_id"] in entities:
            count += 1
            at = datetime.fromisoformat(new["last_updated"]).timestamp()
            times[data["entity_id"]].append(at)
    await client.close_socket()
    gaps = [
        (after - before, name)
        for name, found in times.items()
        for before, after in pairwise(found)
    ]
    gap, name = min(gaps, default=(float("inf"), "none"))
    return gap, count, name


def slow(log: str) -> list[Slow]:
    """Return what the loop says took it too long."""
    return [(float(seconds), what) for what, seconds in _SLOW.findall(log)]


def report_loop(starting: list[Slow], reloading: list[Slow], after: list[Slow]) -> bool:
    """Print what took longer than 50 ms; say whether any of it is ours.

    What is slow while everything starts is printed, but not judged: other threads
    import then, and the debugging itself waits for them.
    """
    ours = [one for one in reloading + after if "music_agregator" in one[1]]
    print("longer than 50 ms in the event loop, Home Assistant's own debugging on:")
    for title, found in (
        ("while everything starts", starting),
        ("while it is reloaded", reloading),
        (f"in {WATCH_SECONDS} s after", after),
        ("of ours, in the last two", ours),
    ):
        worst = max(found, default=(0.0, "nothing"))
        print(
            f"  {title}: {len(found)}, the longest {worst[0]:.3f} s: {worst[1][:120]}"
        )
    return bool(ours)


def make_house() -> HomeAssistantProcess:
    """Return a Home Assistant that was never started."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    wrapper = FOLDER / "wrapper.py"
    wrapper.write_text(_WRAPPER)
    return HomeAssistantProcess(FOLDER / "homeassistant", wrapper=wrapper)


async def measure() -> int:
    """Start, seed, start again and measure; return the exit code."""
    home_assistant = make_house()
    async with AsyncExitStack() as stack:
        site = Site(StandIn().make_app())
        stack.push_async_callback(site.close)
        qbittorrent = await site.start()
        stack.push_async_callback(home_assistant.stop)
        await home_assistant.start()
        client = await stack.enter_async_context(Client(home_assistant.url))
        await client.onboard()
        flow = await client.post(
            "/api/config/config_entries/flow", {"handler": "music_agregator"}
        )
        made = await client.post(
            f"/api/config/config_entries/flow/{flow['flow_id']}",
            {"url": qbittorrent, "username": "a", "password": "b", "verify_ssl": True},
        )
        await client.close_socket()
        await home_assistant.stop()
        await home_assistant.start()
        await client.refresh()
        empty = await setup_seconds(client)
        await client.close_socket()
        await home_assistant.stop()

        await seed(home_assistant.database, ALBUMS)
        await home_assistant.start()
        await client.refresh()
        # The first start makes the devices; the second is what every restart is.
        await client.close_socket()
        await home_assistant.stop()
        await home_assistant.start()
        await client.refresh()
        full = await setup_seconds(client)
        entities = {
            one["entity_id"]
            for one in await client.command("config/entity_registry/list")
            if one["platform"] == "music_agregator"
        }
        gap, writes, name = await closest_writes(client, entities)
        await client.close_socket()
        await home_assistant.stop()

        before = len(home_assistant.log)
        home_assistant.arguments = ("--debug",)
        await home_assistant.start()
        await client.refresh()
        await asyncio.sleep(SETTLE_SECONDS)
        started = len(home_assistant.log)
        entry_id = made["result"]["entry_id"]
        await client.post(f"/api/config/config_entries/entry/{entry_id}/reload", {})
        await asyncio.sleep(SETTLE_SECONDS)
        reloaded = len(home_assistant.log)
        await asyncio.sleep(WATCH_SECONDS)
        await client.close_socket()
        log = home_assistant.log
    blocks = [
        slow(log[a:b]) for a, b in pairwise((before, started, reloaded, len(log)))
    ]
    print(f"{ALBUMS} albums in progress, {len(entities)} entities")
    print(f"set-up: {full:.2f} s with them, {empty:.2f} s with none (goal: 2 s more)")
    print(
        f"states: {writes} writes in {WATCH_SECONDS} s, of one entity every"
        f" {gap:.2f} s at most often ({name}; goal: 1 s)"
    )
    return int(report_loop(*blocks) or full - empty > 2.0 or gap < 0.95)


if __name__ == "__main__":
    sys.exit(asyncio.run(measure()))
