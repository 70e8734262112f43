"""How long hostile input holds the event loop: an indexer, a MusicBrainz, audio files.

A part of `scripts/bench host`. The goal is that nothing holds it for 50 ms.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import gc
from pathlib import Path
import sys
import tempfile
import time

import aiohttp
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[2]))

from custom_components.music_agregator.core.common.clock import SYSTEM_CLOCK
from custom_components.music_agregator.core.decision import decide_ladder
from custom_components.music_agregator.core.errors import MusicAgregatorError
from custom_components.music_agregator.core.library.media_reader import MediaReader
from custom_components.music_agregator.core.metadata.musicbrainz_client import (
    MusicBrainz,
)
from custom_components.music_agregator.core.quality import QualityProfile
from custom_components.music_agregator.core.search.indexer import TorznabIndexer
from custom_components.music_agregator.core.search.queries import queries_for
from custom_components.music_agregator.core.settings import IndexerSettings
from sandbox import catalogue as c
from sandbox.web import Site
from tests.core.library import crafted
from tests.core.made_up import sandbox_album
from tests.core.search.test_hostile import BOMBS, feed

GOAL_MS = 50.0


class Watch:
    """Measures the longest time in which the event loop ran nothing of ours."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def run(self) -> None:
        """Watch until cancelled."""
        before = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            self.longest = max(self.longest, now - before - 0.001)
            before = now


async def held(name: str, work: Callable[[], Awaitable[object]]) -> float:
    """Do some work, and say how long the event loop was held by it."""
    gc.collect()
    watch = Watch()
    watching = asyncio.create_task(watch.run())
    await asyncio.sleep(0.05)
    watch.longest = 0.0
    began = time.perf_counter()
    with suppress(MusicAgregatorError):
        await work()
    took = time.perf_counter() - began
    await asyncio.sleep(0.01)
    watching.cancel()
    milliseconds = watch.longest * 1_000
    print(
        f"{name}: held {milliseconds:.0f} ms (goal: {GOAL_MS:.0f}), took {took:.1f} s"
    )
    return milliseconds


async def main() -> None:
    """Measure each kind."""
    kinds: dict[str, bytes] = {
        **{f"caps of {kind}": make() for kind, make in BOMBS.items()},
        "15,000 releases": feed(15_000),
        "a feed of 16 MB": feed(1_000).replace(b"[FLAC]", b"[FLAC]" + b"x" * 15_000),
    }
    body = b""

    async def answer(request: web.Request) -> web.Response:
        if request.query.get("t") == "caps" and b"<caps" not in body[:10]:
            return web.Response(body=b"<caps/>")
        return web.Response(body=body)

    app = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    site = Site(app)
    url = await site.start()
    album = sandbox_album(c.SLOW_CARTOGRAPHY)
    query = next(iter(queries_for(album)))
    async with aiohttp.ClientSession() as session:
        for name, document in kinds.items():
            body = document
            settings = IndexerSettings(indexer_id="1", name="H", url=f"{url}/api")
            indexer = TorznabIndexer(session, SYSTEM_CLOCK, settings)

            async def search(indexer: TorznabIndexer = indexer) -> None:
                found = await indexer.search(query)
                await asyncio.to_thread(
                    decide_ladder, album, (QualityProfile.ANY,), found, None
                )

            await held(name, search)
        body = b'{"releases": [' + b"[]," * 1_300_000 + b"[]]}"
        source = MusicBrainz(session, SYSTEM_CLOCK, url=url, user_agent="bench")
        await held("MusicBrainz of a million lists", lambda: source.search("x"))
    await site.close()
    reader = MediaReader()
    with tempfile.TemporaryDirectory() as folder:
        for kind in crafted.FILES:
            path = crafted.write(Path(folder), kind)
            await held(
                f"audio file, {kind}",
                lambda path=path: reader.read(path, is_sniffed=True),  # type: ignore[misc]
            )
    await reader.close()


asyncio.run(main())
