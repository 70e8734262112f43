"""A whole Home Assistant with a real client, killed at three points of a run."""

import asyncio
from contextlib import closing
import json
from pathlib import Path
import sqlite3
from typing import Any

import pytest

from sandbox import catalogue as c
from sandbox.demo import ENDS
from sandbox.homeassistant import Client, HomeAssistantProcess
from sandbox.qbittorrent import NoQBittorrentError, QBittorrent
from sandbox.world import World
from tests.conftest import missing

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("socket_enabled")]

SLOW = 1_500_000
POINTS = [
    ("parsing_results", c.GLASS_HARBOUR, c.OFFERS[0]),
    ("before_add", c.SLOW_CARTOGRAPHY, c.OFFERS[5]),
    ("downloading", c.NAEVE, c.OFFERS[4]),
]


async def until_ended(client: Client, album_id: str) -> list[dict[str, Any]]:
    """The events of an album's run, to its end."""
    events = []
    async with asyncio.timeout(120):
        async for message in client.stream(since_seq=0, album_id=album_id):
            if message["type"] == "event":
                events.append(message["event"])
                if events[-1]["status"] in ENDS:
                    return events
    raise AssertionError


def told(folder: Path) -> list[dict[str, Any]]:
    """What was fired on the bus."""
    lines = (folder / "bus.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


async def test_killed_at_three_points(tmp_path: Path) -> None:
    try:
        world = World(tmp_path, upload_limit=SLOW)
        torrents = QBittorrent(tmp_path / "client")
    except NoQBittorrentError as error:
        missing(str(error))
    folder = tmp_path / "homeassistant"
    home_assistant = HomeAssistantProcess(folder)
    (folder / "custom_components/kill_switch").symlink_to(
        Path(__file__).parent / "kill_switch"
    )
    with (folder / "configuration.yaml").open("a") as file:
        file.write("kill_switch:\n")
    async with world, Client(home_assistant.url) as client:
        try:
            await torrents.start()
            await home_assistant.start()
            await client.onboard()
            await client.add_integration(world, torrents)
            await client.close_socket()
            await home_assistant.stop()
            for point, album, offer in POINTS:
                home_assistant.environment = {"KILL_AT": point}
                await home_assistant.start()
                await client.refresh()
                await client.act(
                    "monitor_album", album_id=album.album_id, quality="lossless"
                )
                assert await home_assistant.ended() == -9, point
                await client.close_socket()
                home_assistant.environment = {}
                await home_assistant.start()
                await client.refresh()
                story = await until_ended(client, album.album_id)
                statuses = [event["status"] for event in story]
                assert statuses[:6] == [
                    "fetching_metadata",
                    "checking_owned",
                    "searching",
                    "parsing_results",
                    "adding_torrent",
                    "complete",
                ], point
                assert statuses[-1] == "downloaded", (point, story[-1])
                path = Path(story[-1]["data"]["path"])
                assert world.differences(offer, path) == []
                # The announcer has a pace of its own; what it leaves is for the next start.
                async with asyncio.timeout(30):
                    while story[-1]["seq"] not in {one["seq"] for one in told(folder)}:
                        await asyncio.sleep(0.05)
                await client.close_socket()
                await home_assistant.stop()
            in_client = await asyncio.to_thread(torrents.client().torrents_info)
        finally:
            await home_assistant.kill()
            await torrents.kill()
    assert len(in_client) == len(POINTS)
    with closing(sqlite3.connect(home_assistant.database)) as database:
        committed = [
            row[0]
            for row in database.execute(
                "SELECT seq FROM music_agregator_album_events ORDER BY seq"
            )
        ]
        hashes = {
            row[0]
            for row in database.execute(
                "SELECT info_hash FROM music_agregator_downloads"
            )
        }
    assert committed == list(range(1, len(committed) + 1))
    assert hashes == {torrent["hash"] for torrent in in_client}
    fired = told(folder)
    assert sorted({event["seq"] for event in fired}) == committed
    assert any(event["replayed"] for event in fired)
