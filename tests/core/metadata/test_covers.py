"""Covers come from the Cover Art Archive, once; a picture is what its bytes say."""

import asyncio
from collections.abc import AsyncIterator
import os
from pathlib import Path

import aiohttp
from aiohttp import web
import pytest

from custom_components.music_agregator.core.metadata.covers import Covers
from sandbox.web import Site
from tests.fakes import ManualClock

ALBUM = "01234567-89ab-cdef-0123-456789abcdef"
OTHER = "11234567-89ab-cdef-0123-456789abcdef"
JPEG = b"\xff\xd8\xff" + b"picture" * 100


class Archive:
    """The archive; it sends everybody on to where the file is."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.body = JPEG
        self.status = 200
        self.target = "/file"
        self.headers: dict[str, str] = {}
        self.is_open = asyncio.Event()
        self.is_open.set()

    def make_app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/release-group/{album}/front-250", self._front)
        app.router.add_get("/file", self._file)
        return app

    async def _front(self, request: web.Request) -> web.Response:
        self.asked.append(request.match_info["album"])
        assert "tests" in request.headers["User-Agent"]
        raise web.HTTPTemporaryRedirect(self.target)

    async def _file(self, _: web.Request) -> web.Response:
        await self.is_open.wait()
        return web.Response(body=self.body, status=self.status, headers=self.headers)


@pytest.fixture
def archive() -> Archive:
    return Archive()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(short=0)


@pytest.fixture
async def covers(
    archive: Archive, clock: ManualClock, tmp_path: Path, socket_enabled: None
) -> AsyncIterator[Covers]:
    site = Site(archive.make_app())
    url = await site.start()
    async with aiohttp.ClientSession() as session:
        yield Covers(
            session,
            clock,
            tmp_path / "covers",
            user_agent="tests/1",
            url=url,
            folder_bytes=1_500,
        )
    await site.close()


async def test_a_cover_is_fetched_once_and_kept(
    covers: Covers, archive: Archive, tmp_path: Path
) -> None:
    for _ in range(3):
        found = await covers.get(ALBUM)
        assert found is not None
        assert (found.data, found.content_type) == (JPEG, "image/jpeg")
    assert archive.asked == [ALBUM]
    assert [one.name for one in (tmp_path / "covers").iterdir()] == [ALBUM]


@pytest.mark.parametrize(
    ("status", "body", "target"),
    [
        (404, JPEG, "/file"),
        (200, b"<svg onload='alert(1)'/>", "/file"),
        (200, b"", "/file"),
        (200, JPEG[:3] + b"x" * 3_000_000, "/file"),
        (200, JPEG, "http://example.org/file"),
        (200, JPEG, "http://archive.org.example.org/file"),
        (200, JPEG, "file:///etc/passwd"),
        (200, JPEG, "/release-group/again/front-250"),
    ],
)
async def test_what_is_no_picture_of_the_archive_is_none(
    covers: Covers,
    archive: Archive,
    clock: ManualClock,
    status: int,
    body: bytes,
    target: str,
) -> None:
    archive.status, archive.body, archive.target = status, body, target
    assert await covers.get(ALBUM) is None
    asked = len(archive.asked)
    # For a while that is believed.
    assert await covers.get(ALBUM) is None
    assert len(archive.asked) == asked
    archive.status, archive.body, archive.target = 200, JPEG, "/file"
    clock.advance(86_401)
    assert await covers.get(ALBUM) is not None


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (404, {}, 86_400),
        (503, {}, 300),
        (429, {"Retry-After": "40"}, 40),
    ],
)
async def test_how_long_it_is_believed_that_there_is_none(
    covers: Covers,
    archive: Archive,
    clock: ManualClock,
    status: int,
    headers: dict[str, str],
    seconds: int,
) -> None:
    archive.status, archive.headers = status, headers
    assert await covers.get(ALBUM) is None
    clock.advance(seconds - 1)
    assert await covers.get(ALBUM) is None
    assert archive.asked == [ALBUM]
    archive.status = 200
    clock.advance(2)
    assert await covers.get(ALBUM) is not None


async def test_nobody_waits_for_an_archive_that_takes_its_time(
    covers: Covers, archive: Archive, clock: ManualClock
) -> None:
    archive.is_open.clear()
    waiting = [asyncio.create_task(covers.get(ALBUM)) for _ in range(3)]
    async with asyncio.timeout(30):
        while sum(wait == pytest.approx(3.0) for wait in clock.waits) < 3:
            await asyncio.sleep(0.001)
    clock.advance(4)
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in found] == [TimeoutError] * 3
    archive.is_open.set()
    assert await covers.get(ALBUM) is not None
    assert archive.asked == [ALBUM]


@pytest.mark.parametrize("name", ["../../secrets.yaml", "", ALBUM.upper() + "x", "%2e"])
async def test_nothing_but_an_albums_id_is_asked_for(
    covers: Covers, archive: Archive, name: str
) -> None:
    assert await covers.get(name) is None
    assert archive.asked == []


async def test_what_was_not_used_longest_makes_room(
    covers: Covers, tmp_path: Path
) -> None:
    third = ALBUM.replace("0", "2", 1)
    for number, album in enumerate((ALBUM, OTHER)):
        assert await covers.get(album)
        os.utime(tmp_path / "covers" / album, (number, number))
    assert await covers.get(third)
    kept = {one.name for one in (tmp_path / "covers").iterdir()}
    assert kept == {OTHER, third}
