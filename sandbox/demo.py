"""The main job, on real parts: Home Assistant, two qBittorrents, a small world.

`--once` runs it without a person and ends; otherwise all stays up for a browser.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
import shutil
import signal
import sys
from typing import Any

from .catalogue import ALBUMS, GLASS_HARBOUR, OFFERS
from .homeassistant import LOGIN, LOGIN_PASSWORD, Client, HomeAssistantProcess
from .qbittorrent import PASSWORD, USERNAME, QBittorrent
from .world import World

FOLDER = Path(__file__).parent.parent / ".demo"
ENDS = {"downloaded", "already_owned", "not_found", "cancelled", "failed"}
_SLOW = 700_000
_SECONDS = 180


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201


_DETAILS = {
    "fetching_metadata": "{quality}, {mode}",
    "checking_owned": "{artist} - {album}",
    "searching": "{queries[0]}",
    "parsing_results": "{accepted} of {found} will do",
    "adding_torrent": "{title}, score {score}",
    "complete": "qBittorrent has it, info-hash {info_hash}",
    "downloading": "{percent} %",
    "downloaded": "{path}",
}


def detail(event: dict[str, Any]) -> str:
    """Return what an event says, in a few words."""
    return _DETAILS.get(event["status"], "{reason}").format(**event["data"])


async def run_once(client: Client, world: World) -> None:
    """Ask for an album, watch it to its end, and compare what was downloaded."""
    answer = await client.act(
        "monitor_album", album_id=GLASS_HARBOUR.album_id, quality="lossless"
    )
    async for message in client.stream(since_seq=0, album_id=answer["album_id"]):
        if message["type"] != "event":
            continue
        event = message["event"]
        say(f"{event['seq']:>3} {event['status']:<18} {detail(event)}")
        if event["status"] not in ENDS:
            continue
        if event["status"] != "downloaded":
            raise RuntimeError(f"ended as {event['status']}: {detail(event)}")
        different = world.differences(OFFERS[0], Path(event["data"]["path"]))
        if different:
            raise RuntimeError(f"these files differ from the seeder's: {different}")
        say(f"    every byte is the seeder's: {event['data']['files']} files")
        return


async def demo(*, once: bool) -> None:
    """Start everything, and do the job or wait for a person."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    async with AsyncExitStack() as stack:
        say("Making music, and starting an indexer, MusicBrainz and a seeder ...")
        world = await stack.enter_async_context(World(FOLDER, upload_limit=_SLOW))
        torrents = QBittorrent(FOLDER / "qbittorrent")
        stack.push_async_callback(torrents.stop)
        await torrents.start()
        say("Starting Home Assistant ...")
        home_assistant = HomeAssistantProcess(FOLDER / "homeassistant")
        stack.push_async_callback(home_assistant.stop)
        await home_assistant.start()
        client = await stack.enter_async_context(Client(home_assistant.url))
        await client.onboard()
        await client.add_integration(world, torrents)
        if once:
            async with asyncio.timeout(_SECONDS):
                await run_once(client, world)
            return
        say(
            f"Home Assistant: {home_assistant.url}  user {LOGIN}, password {LOGIN_PASSWORD}\n"
            f"qBittorrent:    {torrents.url}  user {USERNAME}, password {PASSWORD}\n"
            "Under Settings > Tools > Actions, try Music Agregator: Monitor"
            f" album with the\nartist {GLASS_HARBOUR.artist}, the album"
            f" {GLASS_HARBOUR.title} and the quality lossless. There are also:\n"
            + "".join(f"  {album.artist} - {album.title}\n" for album in ALBUMS)
            + "Control-C stops everything."
        )
        stopped = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        restarting = asyncio.create_task(home_assistant.start_again_when_asked())
        await stopped.wait()
        restarting.cancel()
        say("Stopping ...")


def main() -> int:
    """Run the demo; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="run the main job and end")
    arguments = parser.parse_args()
    try:
        asyncio.run(demo(once=arguments.once))
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001
        say(f"demo: {type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
