"""The core alone as host, killed at every call and started again.

Run as `python -m tests.core.workflow.kill_host FOLDER SCENARIO`: prints one JSON line for each
kill, with what was wrong after the restart. In the scenario `good` the first torrent comes
to lie on disk, in `bad` it stalls, so that the second has to. A child process that is killed leaves a SQLite file and
the torrent client's file behind; the next child goes on with them.
"""

import asyncio
from collections.abc import Callable
import json
import os
from pathlib import Path
import signal
import sys
import traceback
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[3]


def without_host() -> None:
    """Make the core importable by its name, and run nothing of Home Assistant's side."""
    name = "custom_components.music_agregator"
    package = ModuleType(name)
    package.__path__ = [str(ROOT / "custom_components/music_agregator")]
    sys.modules[name] = package


without_host()

from sqlalchemy import select

from custom_components.music_agregator.core.quality import QualityProfile
from custom_components.music_agregator.core.store.engine_database import EngineDatabase
from custom_components.music_agregator.core.store.tables import DOWNLOADS
from custom_components.music_agregator.core.transitions import check
from sandbox import catalogue as c
from sandbox.catalogue import OFFERS
from tests.fakes import FakeTorrentClient, LightWorld, light_torrent


class Killer:
    """Ends the process before or after the nth call of what it wraps."""

    def __init__(self, nth: int | None, moment: str) -> None:
        self._nth = nth
        self._moment = moment
        self.count = 0

    def wrap(self, owner: object, *names: str) -> None:
        for name in names:
            setattr(owner, name, self._killing(getattr(owner, name)))

    def _killing(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def killing(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            mine = self.count == self._nth
            if mine and self._moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = await call(*args, **kwargs)
            if mine:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return killing


async def live(folder: Path, killer: Killer, scenario: str) -> list[str]:
    """Ask for an album unless it was asked for, wait for the end, and look around."""
    database = EngineDatabase(f"sqlite:///{folder / 'store.db'}")
    client = FakeTorrentClient(folder / "client.json", step=0.4)
    first, second = (light_torrent(offer).info_hash for offer in OFFERS[1::-1])
    if scenario == "bad":
        client.dries_up[first] = 0.4
    killer.wrap(database, "read", "write")
    killer.wrap(client, "snapshot", "add", "add_tags", "remove", "files")
    async with LightWorld(database=database, client=client, stall_seconds=6.0) as world:
        if not await world.app.history.runs():
            await world.ask(c.GLASS_HARBOUR, QualityProfile.HIGH)
        async with asyncio.timeout(30):
            while world.app.live_runs or (scenario == "bad" and len(world.tasks)):
                await asyncio.sleep(0.002)
        tried = {first: 1} if scenario == "good" else {first: 0, second: 1}
        return await findings(world, client, tried)


async def findings(
    world: LightWorld, client: FakeTorrentClient, tried: dict[str, int]
) -> list[str]:
    """Everything that is not as it should be; `tried` says how often each was added."""
    wrong = []
    runs = await world.app.history.runs()
    if [run.status.value for run in runs] != ["downloaded"]:
        wrong.append(f"the runs ended as {runs}")
    events = await world.app.history.events()
    if [event.seq for event in events] != list(range(1, len(events) + 1)):
        wrong.append(f"a gap or a repeat: {[event.seq for event in events]}")
    before = None
    for event in events:
        check(before, event.status)
        before = event.status
    tenths: list[int] = []
    for event in events:
        if event.status == "adding_torrent":
            tenths.clear()
        if event.status == "downloading":
            tenths.append(event.data["percent"] // 10)
        if len(tenths) != len(set(tenths)):
            wrong.append(f"a tenth was told twice: {tenths}")
    added = {name: torrent["added"] for name, torrent in client.torrents.items()}
    if added != {name: count for name, count in tried.items() if count}:
        wrong.append(f"the client holds {client.torrents}")
    hashes = await world.database.read(
        lambda connection: connection.scalars(select(DOWNLOADS.c.info_hash)).all()
    )
    if set(tried) != set(hashes):
        wrong.append(f"tried {set(tried)}, rows {set(hashes)}")
    return wrong


def orphans(folder: Path) -> list[str]:
    """Torrents in the client that have no row at the moment of the kill."""
    path = folder / "client.json"
    torrents = json.loads(path.read_text()) if path.exists() else {}
    if not torrents:
        return []

    async def rows() -> set[str | None]:
        database = EngineDatabase(f"sqlite:///{folder / 'store.db'}")
        found = await database.read(
            lambda connection: connection.scalars(select(DOWNLOADS.c.info_hash)).all()
        )
        await database.close()
        return set(found)

    return [f"no row for {name}" for name in set(torrents) - asyncio.run(rows())]


def in_child(work: Callable[[], list[str]], report: Path) -> int:
    """Run work in a forked child, which writes what is wrong; return its wait status."""
    pid = os.fork()
    if pid == 0:
        try:
            report.write_text(json.dumps(work()))
        except BaseException:  # noqa: BLE001
            report.write_text(json.dumps([traceback.format_exc()]))
        os._exit(0)
    return os.waitpid(pid, 0)[1]


def kill_once(folder: Path, nth: int, moment: str, scenario: str) -> dict[str, Any]:
    folder.mkdir()
    report = folder / "report.json"
    ended = in_child(
        lambda: asyncio.run(live(folder, Killer(nth, moment), scenario)), report
    )
    killed = os.WIFSIGNALED(ended)
    wrong: list[str] = []
    if killed:
        for work in (
            lambda: orphans(folder),
            lambda: asyncio.run(live(folder, Killer(None, ""), scenario)),
        ):
            in_child(work, report)
            wrong += json.loads(report.read_text())
    else:
        wrong += json.loads(report.read_text())
    return {"nth": nth, "moment": moment, "killed": killed, "wrong": wrong}


def main(folder: Path, scenario: str) -> None:
    # Once without a kill: what is imported on the way is there for every child.
    (folder / "none").mkdir()
    assert asyncio.run(live(folder / "none", Killer(None, ""), scenario)) == []
    for moment in ("before", "after"):
        nth = 0
        killed = True
        while killed:
            nth += 1
            result = kill_once(folder / f"{moment}-{nth}", nth, moment, scenario)
            killed = result["killed"]
            print(json.dumps(result), flush=True)  # noqa: T201
    assert "homeassistant" not in sys.modules


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
