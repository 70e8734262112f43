"""Serve the sandbox to another process: print its addresses, end with that process.

The first line that it prints is a JSON document; the end of its standard input ends it, so
it does not outlive the notebook that started it. `--home-assistant` starts a Home Assistant as well,
and lets that get a few albums.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack
import json
from pathlib import Path
import sys
import tempfile
from typing import Any

from .catalogue import GLASS_HARBOUR, LISTINGS, SLOW_CARTOGRAPHY, UNHEARD, Album
from .demo import ENDS
from .homeassistant import Client, HomeAssistantProcess
from .qbittorrent import PASSWORD, USERNAME, QBittorrent
from .torznab import API_KEY
from .world import World


async def serve(
    folder: Path, *, home_assistant: bool, upload_limit: int | None
) -> None:
    """Start everything, say where it is, and wait for the end of the input."""
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(
            World(folder, listings=LISTINGS, upload_limit=upload_limit)
        )
        torrents = QBittorrent(folder / "qbittorrent")
        stack.push_async_callback(torrents.kill)
        await torrents.start()
        places: dict[str, Any] = {
            "folder": str(folder),
            "musicbrainz_url": world.musicbrainz_url,
            "client": {
                "url": torrents.url,
                "username": USERNAME,
                "password": PASSWORD,
            },
            "indexer": {
                "name": "Sandbox",
                "url": world.torznab_url,
                "api_key": API_KEY,
            },
        }
        if home_assistant:
            places["home_assistant"] = await _furnish(stack, folder, world, torrents)
        sys.stdout.write(json.dumps(places) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


async def _furnish(
    stack: AsyncExitStack, folder: Path, world: World, torrents: QBittorrent
) -> dict[str, str]:
    """Start a Home Assistant, have it get a few albums, and say where it is."""
    home = HomeAssistantProcess(folder / "homeassistant")
    stack.push_async_callback(home.kill)
    await home.start()
    client = await stack.enter_async_context(Client(home.url))
    await client.onboard()
    await client.add_integration(world, torrents)
    await _get(
        client,
        (GLASS_HARBOUR, "lossless"),
        (SLOW_CARTOGRAPHY, "hi_res"),
        (UNHEARD, "any"),
    )
    token = await client.command(
        "auth/long_lived_access_token", client_name="notebook", lifespan=1
    )
    return {"url": home.url, "token": token, "database": str(home.database)}


async def _get(client: Client, *wanted: tuple[Album, str]) -> None:
    """Have albums got, and wait until all of them are."""
    live = set()
    for album, quality in wanted:
        answer = await client.act(
            "monitor_album", album_id=album.album_id, quality=quality
        )
        live.add(answer["run_id"])
    async for message in client.stream(since_seq=0):
        event = message.get("event", {})
        if event.get("status") in ENDS:
            live.discard(event["run_id"])
        if not live:
            return


def main() -> None:
    """Serve in a folder that goes afterwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--home-assistant", action="store_true", help="with a Home Assistant"
    )
    parser.add_argument("--upload-limit", type=int, help="bytes a second")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="music-agregator-") as folder:
        asyncio.run(
            serve(
                Path(folder),
                home_assistant=arguments.home_assistant,
                upload_limit=arguments.upload_limit,
            )
        )


if __name__ == "__main__":
    main()
