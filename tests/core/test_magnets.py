"""Magnets, .torrent files, and the links that lead to them."""

import asyncio
import base64
from collections.abc import AsyncIterator
import hashlib
from pathlib import Path

from aiohttp import web
from hypothesis import given, strategies as st
import pytest
import torf

from custom_components.music_agregator.core.common.reach import Reach
from custom_components.music_agregator.core.errors import (
    LinkError,
    TorrentFormatError,
    UnavailableError,
)
from custom_components.music_agregator.core.magnets import (
    Magnet,
    Torrent,
    parse_magnet,
    parse_torrent,
)
from custom_components.music_agregator.core.model import Link
from custom_components.music_agregator.core.torrents.link_resolver import MagnetResolver
from sandbox.web import Site
from tests.fakes import ManualClock
from tests.helpers import never

HEX = "c9e15763f722f23e98a29decdfae341b98d53056"
BASE32 = base64.b32encode(bytes.fromhex(HEX)).decode()
V2 = "caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e"


@pytest.mark.parametrize(
    ("uri", "v1", "v2"),
    [
        (f"magnet:?xt=urn:btih:{HEX}", HEX, None),
        (f"magnet:?xt=urn:btih:{HEX.upper()}&dn=x", HEX, None),
        (f"magnet:?xt=urn:btih:{BASE32}", HEX, None),
        (f"magnet:?xt=urn:btih:{BASE32.lower()}", HEX, None),
        (f"MAGNET:?dn=x&amp;xt=urn:btih:{HEX}&so=0&xl=abc", HEX, None),
        (f"magnet:?xt.1=urn:btih:{HEX}&xt.2=urn:btmh:1220{V2}", HEX, V2),
        (f"magnet:?xt=urn:btmh:1220{V2}", None, V2),
        (f"  {HEX}\n", HEX, None),
    ],
)
def test_every_kind_of_magnet(uri: str, v1: str | None, v2: str | None) -> None:
    magnet = parse_magnet(uri)
    assert (magnet.info_hash, magnet.info_hash_v2) == (v1, v2)
    if v2:
        assert V2[:40] in magnet.hashes.ids


def test_a_magnet_tells_its_name_and_trackers_and_hides_them() -> None:
    magnet = parse_magnet(
        f"magnet:?xt=urn:btih:{HEX}&dn=A%20B&tr=http%3A%2F%2Ft%2Fpasskey&tr=udp%3A%2F%2Fu"
    )
    assert magnet.name == "A B"
    assert magnet.trackers == ("http://t/passkey", "udp://u")
    assert "passkey" not in repr(magnet)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "magnet:",
        "magnet:?dn=x",
        "magnet:?xt=urn:btih:zzz",
        "magnet:?xt=urn:sha1:" + "a" * 40,
        "http://x/?xt=urn:btih:" + HEX,
        f"magnet:?xt=urn:btih:{HEX}&dn=" + "x" * 70_000,
    ],
)
def test_what_is_no_magnet(uri: str) -> None:
    with pytest.raises(TorrentFormatError):
        parse_magnet(uri)


def bencode(value: object) -> bytes:
    match value:
        case int():
            return b"i%de" % value
        case bytes():
            return b"%d:%s" % (len(value), value)
        case list():
            return b"l" + b"".join(map(bencode, value)) + b"e"
        case dict():
            return (
                b"d"
                + b"".join(bencode(k) + bencode(v) for k, v in value.items())
                + b"e"
            )
    raise TypeError


INFO = {b"length": 5, b"name": b"n", b"piece length": 16_384, b"pieces": b"x" * 20}


def torrent_of(info: dict[bytes, object], **whole: object) -> bytes:
    document: dict[bytes, object] = {k.encode(): v for k, v in whole.items()}
    return bencode({**document, b"info": info})


@pytest.mark.parametrize(
    "info",
    [
        INFO,
        dict(reversed(INFO.items())),
        {**INFO, b"private": 1},
        {**INFO, b"name": b"\xff\xfe"},
        {**INFO, b"zz": [{b"b": 1, b"a": [b"", -3]}]},
    ],
)
def test_the_hash_is_over_the_raw_bytes(info: dict[bytes, object]) -> None:
    data = torrent_of(info, announce=b"http://t/passkey")
    torrent = parse_torrent(data + b"\n")
    assert torrent.info_hash == hashlib.sha1(bencode(info)).hexdigest()
    assert torrent.private == (b"private" in info)
    assert torrent.size_bytes == 5
    assert torrent.trackers == ("http://t/passkey",)
    assert "passkey" not in repr(torrent)


def test_v2_and_hybrid_torrents() -> None:
    v2 = {b"file tree": {}, b"meta version": 2, b"name": b"n", b"piece length": 16_384}
    torrent = parse_torrent(torrent_of(v2))
    assert torrent.info_hash is None
    assert torrent.info_hash_v2 == hashlib.sha256(bencode(v2)).hexdigest()
    hybrid = parse_torrent(torrent_of({**v2, b"pieces": b"x" * 20}))
    assert hybrid.info_hash is not None
    assert len(hybrid.hashes.ids) == 3


def test_files_and_tiers_are_read() -> None:
    info = {b"files": [{b"length": 3, b"path": [b"a"]}, {b"length": 4}], **INFO}
    del info[b"length"]
    torrent = parse_torrent(
        torrent_of(info, **{"announce-list": [[b"http://a"], [b"http://b"], 3]})
    )
    assert torrent.size_bytes == 7
    assert torrent.trackers == ("http://a", "http://b")


def test_sizes_that_no_database_holds_are_unknown() -> None:
    for size in (-5, 1 << 63):
        assert parse_torrent(torrent_of({**INFO, b"length": size})).size_bytes is None


def test_it_agrees_with_another_implementation(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(b"music" * 50_000)
    made = torf.Torrent(path=path, trackers=["http://127.0.0.1/announce"], private=True)
    made.generate()
    torrent = parse_torrent(made.dump())
    assert torrent.info_hash == made.infohash
    assert (torrent.private, torrent.name) == (True, "file.bin")
    assert parse_magnet(str(made.magnet())).info_hash == made.infohash


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b"d4:info",
        b"d4:infoi3ee",
        b"d4:infod4:name1:nee",
        b"d4:info" + b"l" * 10_000,
        b"d4:info99999999:x",
        b"d4:infod6:pieces-1:xee",
        b"d1:ad1:a" * 1_000,
    ],
)
def test_what_is_no_torrent(data: bytes) -> None:
    with pytest.raises(TorrentFormatError):
        parse_torrent(data)


@given(st.binary(max_size=200))
def test_hostile_bytes_raise_the_typed_error_only(data: bytes) -> None:
    for hostile in (data, b"d4:info" + data, b"d4:infod" + data + b"ee"):
        try:
            parse_torrent(hostile)
        except TorrentFormatError:
            continue


@given(st.text(max_size=100))
def test_hostile_text_raises_the_typed_error_only(text: str) -> None:
    for hostile in (text, f"magnet:?{text}", f"magnet:?xt=urn:btih:{text}"):
        try:
            parse_magnet(hostile)
        except TorrentFormatError:
            continue


class TestResolver:
    """Links to magnets and .torrents, by hand."""

    DATA = torrent_of(INFO)
    MAGNET = f"magnet:?xt=urn:btih:{HEX}"

    @pytest.fixture
    async def base(self, socket_enabled: None) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_get("/{what}/{n}", self.answer)
        site = Site(app)
        yield await site.start()
        await site.close()

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    async def resolver(self, clock: ManualClock) -> AsyncIterator[MagnetResolver]:
        resolver = MagnetResolver(clock, Reach(["127.0.0.1"]))
        yield resolver
        await resolver.close()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        what, n = request.match_info["what"], request.match_info["n"]
        if what == "hop":
            left = int(n)
            target = f"/hop/{left - 1}" if left else "/file/0"
            return web.Response(status=302, headers={"Location": target})
        if what == "to":
            targets = {
                "magnet": self.MAGNET,
                "file": "file:///etc/passwd",
                "bad": "x:[",
                "bracket": "http://[bad",
            }
            return web.Response(status=301, headers={"Location": targets[n]})
        if what == "status":
            return web.Response(status=int(n))
        if what == "large":
            return web.Response(body=b"d" * (11 << 20))
        if what == "html":
            return web.Response(text="<html>please log in</html>")
        if what == "slow":
            return await never(request)
        return web.Response(body=self.DATA)

    async def test_it_finds_torrents(self, resolver: MagnetResolver, base: str) -> None:
        for path in ("/file/0", "/hop/4"):
            found = await resolver.resolve(Link(download_url=base + path))
            assert isinstance(found, Torrent)
            assert found.data == self.DATA
        for link in (
            Link(magnet_uri=self.MAGNET),
            Link(download_url=base + "/to/magnet"),
        ):
            magnet = await resolver.resolve(link)
            assert isinstance(magnet, Magnet)
            assert magnet.info_hash == HEX

    @pytest.mark.parametrize(
        "path",
        ["/hop/5", "/to/file", "/status/404", "/status/401", "/large/0", "/html/0"],
    )
    async def test_dead_links(
        self, resolver: MagnetResolver, base: str, path: str
    ) -> None:
        with pytest.raises(LinkError) as caught:
            await resolver.resolve(Link(download_url=base + path))
        assert "127.0.0.1" not in str(caught.value)

    @pytest.mark.parametrize("path", ["/status/503", "/status/429"])
    async def test_links_that_may_live_later(
        self, resolver: MagnetResolver, base: str, path: str
    ) -> None:
        with pytest.raises(UnavailableError):
            await resolver.resolve(Link(download_url=base + path))
        with pytest.raises(UnavailableError):
            await resolver.resolve(Link(download_url="http://127.0.0.1:9/x"))

    async def test_no_link_and_nonsense(
        self, resolver: MagnetResolver, base: str
    ) -> None:
        for link in (
            Link(),
            Link(download_url="ftp://x/y"),
            Link(magnet_uri="magnet:?"),
            Link(download_url=base + "/to/bad"),
            Link(download_url=base + "/to/bracket"),
            Link(magnet_uri="magnet://[x"),
            Link(download_url="http://[x"),
            Link(magnet_uri=self.MAGNET + "&dn=\udce9"),
        ):
            with pytest.raises(LinkError):
                await resolver.resolve(link)

    async def test_the_second_link_is_the_fallback(
        self, resolver: MagnetResolver, base: str
    ) -> None:
        link = Link(magnet_uri="magnet:?broken", download_url=base + "/file/0")
        assert isinstance(await resolver.resolve(link), Torrent)

    async def test_nobody_is_waited_for_too_long(
        self, resolver: MagnetResolver, base: str, clock: ManualClock
    ) -> None:
        asking = asyncio.create_task(
            resolver.resolve(Link(download_url=base + "/slow/0"))
        )
        await clock.until_waiting(30)
        clock.advance(30)
        with pytest.raises(UnavailableError):
            await asking
