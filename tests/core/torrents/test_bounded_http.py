"""Calls to qBittorrent end, cost little, and send the login nowhere else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
import threading
import zlib

from aiohttp import web
import pytest

from custom_components.music_agregator.core.errors import (
    ClientUnavailableError,
    MusicAgregatorError,
)
from custom_components.music_agregator.core.settings import ClientSettings
from custom_components.music_agregator.core.torrents import bounded_http, qbittorrent
from custom_components.music_agregator.core.torrents.qbittorrent import (
    QBittorrentClient,
)
from sandbox.web import Site
from tests.fakes import ManualClock
from tests.helpers import until

pytestmark = pytest.mark.usefixtures("socket_enabled")


class Hostile:
    """Answers in the place of qBittorrent as nobody should."""

    def __init__(self) -> None:
        self.kind = ""
        self.url = ""
        self.dripped = 0
        self.other = ""
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self.answer)
        self.site = Site(app)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.endswith("auth/login") and self.kind != "redirect":
            return web.Response(text="Ok.", headers={"Set-Cookie": "SID=1; path=/"})
        if self.kind == "redirect":
            where = f"{self.other}{request.path}"
            return web.Response(status=307, headers={"Location": where})
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        if self.kind == "bomb":
            response.headers["Content-Encoding"] = "gzip"
            await response.prepare(request)
            packer = zlib.compressobj(9, zlib.DEFLATED, 31)
            zeros = bytes(1_000_000)
            for _ in range(1_500):
                if request.transport is None or request.transport.is_closing():
                    return response
                await response.write(packer.compress(zeros))
            await response.write(packer.flush())
            return response
        await response.prepare(request)
        while request.transport is not None and not request.transport.is_closing():
            await response.write(b" ")
            self.dripped += 1
            await asyncio.sleep(0.05)
        return response


@pytest.fixture
async def hostile() -> AsyncIterator[Hostile]:
    found = Hostile()
    found.url = await found.site.start()
    yield found
    await found.site.close()
    # What was left to itself tries once more, and ends.
    await until(
        lambda: (
            not any(
                thread.name == "music_agregator call"
                for thread in threading.enumerate()
            )
        )
    )


@pytest.fixture
def client(hostile: Hostile) -> QBittorrentClient:
    return QBittorrentClient(
        ClientSettings(
            url=hostile.url,
            username="admin",
            password="s3cret-password",
        ),
        ManualClock(),
    )


async def test_a_body_that_drips_has_an_end(
    hostile: Hostile, client: QBittorrentClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile.kind = "drip"
    monkeypatch.setattr(bounded_http, "ANSWER_SECONDS", 0.3)
    with pytest.raises(ClientUnavailableError):
        await client.snapshot()


@pytest.mark.long
async def test_a_call_that_hangs_is_left_to_itself(
    hostile: Hostile, client: QBittorrentClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile.kind = "drip"
    monkeypatch.setattr(qbittorrent, "_CALL_SECONDS", 0.3)
    with pytest.raises(ClientUnavailableError):
        await client.snapshot()


@pytest.mark.long
async def test_whoever_cancels_does_not_wait(
    hostile: Hostile, client: QBittorrentClient
) -> None:
    hostile.kind = "drip"
    call = asyncio.create_task(client.snapshot())
    await until(lambda: hostile.dripped)
    call.cancel()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await call
    dripped = hostile.dripped
    # The answer goes on, and no caller waits for its end.
    await until(lambda: hostile.dripped > dripped)


async def test_a_bomb_is_cut_off(hostile: Hostile, client: QBittorrentClient) -> None:
    hostile.kind = "bomb"
    with pytest.raises(MusicAgregatorError):
        await client.snapshot()


async def test_a_login_goes_to_no_other_host(
    hostile: Hostile, client: QBittorrentClient
) -> None:
    heard: list[bytes] = []

    async def listen(request: web.Request) -> web.Response:
        heard.append(await request.read())
        return web.Response(text="Ok.")

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", listen)
    other = Site(app)
    hostile.other = (await other.start()).replace("127.0.0.1", "localhost")
    hostile.kind = "redirect"
    with pytest.raises(ClientUnavailableError):
        await client.version()
    await other.close()
    assert heard == []


def test_the_setting_about_certificates_has_the_last_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    assert bounded_http.request_arguments(verify_certificate=False)["verify"] is False
    assert bounded_http.request_arguments(verify_certificate=True)["verify"] is True


SHAPES: tuple[object, ...] = (
    [],
    None,
    5,
    "text",
    {"torrents": {"a": None}},
    {"torrents": []},
    {"torrents": {"a": {"progress": "x"}}},
    {"torrents": {"a": {"tags": {}}}, "server_state": 7},
)


@pytest.mark.parametrize("shape", SHAPES)
async def test_an_answer_of_another_shape_is_no_answer(shape: object) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("auth/login"):
            return web.Response(text="Ok.", headers={"Set-Cookie": "SID=1; path=/"})
        return web.json_response(shape)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    site = Site(app)
    settings = ClientSettings(url=await site.start(), username="a", password="b")
    client = QBittorrentClient(settings, ManualClock())
    for call in (client.snapshot, lambda: client.files("a" * 40)):
        with suppress(MusicAgregatorError):
            await call()
    await site.close()


async def test_what_is_no_number_is_none(hostile: Hostile) -> None:
    endless = b'{"torrents": {"a": {"eta": 1e999, "size": 1e999, "progress": NaN}}}'

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("auth/login"):
            return web.Response(text="Ok.", headers={"Set-Cookie": "SID=1; path=/"})
        return web.Response(body=endless, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    site = Site(app)
    settings = ClientSettings(url=await site.start(), username="a", password="b")
    snapshot = await QBittorrentClient(settings, ManualClock()).snapshot()
    await site.close()
    (state,) = snapshot.torrents.values()
    assert (state.progress, state.time_left, state.size_bytes) == (0.0, None, None)


@pytest.mark.long
async def test_calls_that_hang_are_few(
    hostile: Hostile, client: QBittorrentClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile.kind = "drip"
    monkeypatch.setattr(qbittorrent, "_CALL_SECONDS", 0.1)
    before = threading.active_count()
    for _ in range(8):
        with pytest.raises(ClientUnavailableError):
            await client.snapshot()
    assert threading.active_count() - before <= 3
