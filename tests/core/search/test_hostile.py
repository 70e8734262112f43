"""What an indexer, a MusicBrainz or a .torrent may cost is bounded, whatever it sends."""

from collections.abc import Callable
import json
import tracemalloc

import aiohttp
from aiohttp import web
import pytest

from custom_components.music_agregator.core.errors import (
    IndexerError,
    MetadataError,
    TorrentFormatError,
)
from custom_components.music_agregator.core.magnets import parse_torrent
from custom_components.music_agregator.core.search.indexer import (
    MOST_RELEASES,
    TorznabIndexer,
)
from custom_components.music_agregator.core.settings import IndexerSettings
from custom_components.music_agregator.core.torznab import parse_caps, parse_page
from sandbox.web import Site
from tests.fakes import LightWorld, ManualClock

MB = 1_000_000


def feed(count: int, first: int = 0) -> bytes:
    items = "".join(
        f"<item><title>Ferro Mere - Slow Cartography {n} [FLAC]</title>"
        f"<guid>g{n}</guid><link>http://x/{n}</link></item>"
        for n in range(first, first + count)
    )
    return f"<rss><channel>{items}</channel></rss>".encode()


BOMBS: dict[str, Callable[[], bytes]] = {
    "elements": lambda: b"<caps>" + b"<a/>" * (4 * MB) + b"</caps>",
    "attributes": lambda: (
        b"<caps " + b" ".join(b"a%d='1'" % n for n in range(MB)) + b"/>"
    ),
    "depth": lambda: b"<a>" * MB,
    "comments": lambda: b"<caps>" + b"<!---->" * MB + b"</caps>",
    "ampersands": lambda: b"<rss>" + b"&" * (4 * MB) + b"</rss>",
    "sections": lambda: b"<rss>" + b"<![CDATA[" * 150_000,
    "items": lambda: b"<rss>" + b"<item " * 150_000,
}


@pytest.mark.parametrize("kind", BOMBS)
@pytest.mark.parametrize("parse", [parse_caps, lambda b: parse_page(b, base_url="")])
def test_a_document_that_costs_too_much_is_refused_at_once(
    kind: str, parse: Callable[[bytes], object]
) -> None:
    body = BOMBS[kind]()
    tracemalloc.start()
    with pytest.raises(IndexerError):
        parse(body)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < max(3 * len(body), 16 * MB)


def test_the_largest_honest_feed_is_read() -> None:
    attributes = "".join(
        f'<newznab:attr xmlns:newznab="n" name="a{n}" value="1"/>' for n in range(30)
    )
    body = feed(1_000).replace(b"</item>", attributes.encode() + b"</item>")
    assert len(parse_page(body, base_url="").releases) == 1_000


@pytest.mark.parametrize(
    "data",
    [
        b"d4:infod5:filesl" + b"le" * (4 * MB) + b"ee",
        b"d4:infod5:filesl" + b"0:" * (4 * MB) + b"eee",
        b"d4:infod5:filesl" + b"i0e" * (3 * MB) + b"eee",
        b"d4:info" + b"d1:a" * 5_000 + b"e" * 5_001,
    ],
)
def test_a_torrent_that_costs_too_much_is_refused(data: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(TorrentFormatError):
        parse_torrent(data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2 * len(data) + 100_000


@pytest.mark.parametrize(
    "document",
    [
        lambda: b'{"releases": [' + b"[]," * MB + b"[]]}",
        lambda: b'{"a": ' + b"[" * MB,
        lambda: json.dumps({"x" * 10 + str(n): n for n in range(400_000)}).encode()[
            : 4 * MB
        ],
    ],
)
async def test_a_musicbrainz_that_costs_too_much_is_a_typed_error(
    world: LightWorld, document: Callable[[], bytes]
) -> None:
    body = document()

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    site = Site(app)
    world.settings["musicbrainz_url"] = await site.start()
    await world.restart()
    with pytest.raises(MetadataError):
        await world.app.search_albums(artist=None, album="Glass Harbour")
    await site.close()


class Endless:
    """An indexer that has a thousand new releases on every page."""

    def __init__(self) -> None:
        self.asked = 0
        app = web.Application()
        app.router.add_get("/api", self.answer)
        self.site = Site(app)

    async def answer(self, request: web.Request) -> web.Response:
        if request.query["t"] == "caps":
            return web.Response(body=b"<caps/>")
        self.asked += 1
        return web.Response(body=feed(1_000, first=self.asked * 1_000))


async def test_an_indexer_without_end_is_cut_off(socket_enabled: None) -> None:
    endless = Endless()
    url = await endless.site.start()
    settings = IndexerSettings(indexer_id="1", name="E", url=f"{url}/api")
    async with aiohttp.ClientSession() as session:
        indexer = TorznabIndexer(session, ManualClock(), settings)
        assert len(await indexer.recent()) <= MOST_RELEASES
    await endless.site.close()
    assert endless.asked == 1
