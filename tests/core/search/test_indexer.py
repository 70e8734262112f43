"""Torznab and the indexers behind it, with the quirks of real ones."""

import asyncio
from collections.abc import AsyncIterator, Callable
import logging
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web
from hypothesis import given, strategies as st
import pytest

from custom_components.music_agregator.core.errors import (
    IndexerAuthError,
    IndexerError,
    IndexerUnavailableError,
)
from custom_components.music_agregator.core.model import Release, WorkflowStatus as S
from custom_components.music_agregator.core.search.indexer import REQUESTS
from custom_components.music_agregator.core.search.indexer_service import (
    IndexerReport,
    IndexerService,
)
from custom_components.music_agregator.core.search.queries import Query
from custom_components.music_agregator.core.settings import IndexerSettings
from custom_components.music_agregator.core.torznab import parse_caps, parse_results
from sandbox import catalogue as c
from sandbox.web import Site
from tests.fakes import KeptDatabase, LightWorld, ManualClock
from tests.helpers import never

BASE = "http://indexer.example/api"
TORZNAB = 'xmlns:torznab="http://torznab.com/schemas/2015/feed"'
NEWZNAB = 'xmlns:newznab="http://www.newznab.com/DTD/2010/feeds/attributes/"'
MAGNET = "magnet:?xt=urn:btih:c9e15763f722f23e98a29decdfae341b98d53056"
CAPS_MUSIC = (
    '<caps><searching><search available="yes" supportedParams="q"/>'
    '<{} available="{}" supportedParams="q,artist,album"/></searching></caps>'
)


def feed(*items: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="1.0" {TORZNAB} {NEWZNAB}>'
        f"<channel>{''.join(items)}</channel></rss>"
    ).encode()


class Outcome(NamedTuple):
    """What one query brought, and how every indexer did."""

    releases: list[Release]
    reports: tuple[IndexerReport, ...]

    @property
    def all_failed(self) -> bool:
        return all(report.error for report in self.reports)


async def ask(service: IndexerService, *queries: Query) -> Outcome:
    search = service.open_session()
    releases = [release for query in queries for release in await search.ask(query)]
    return Outcome(releases, search.reports)


def item(title: str = "A - B", inside: str = "<link>http://x/1</link>") -> str:
    return f"<item><title>{title}</title>{inside}</item>"


def only(inside: str, title: str = "A - B") -> Any:
    (release,) = parse_results(feed(item(title, inside)), base_url=BASE)
    return release


def test_a_plain_item() -> None:
    release = only(
        "<guid>http://x/g</guid><link>http://x/dl?apikey=s3cret</link>"
        "<pubDate>Mon, 02 Nov 2026 10:00:00 +0000</pubDate><size>123</size>"
        '<torznab:attr name="Seeders" value="4"/><torznab:attr name="peers" value="6"/>'
        '<torznab:attr name="category" value="3000"/>'
        '<torznab:attr name="category" value="3040"/>'
        '<torznab:attr name="category" value="100123"/>'
        '<torznab:attr name="infohash" value="C9E15763F722F23E98A29DECDFAE341B98D53056"/>'
        '<torznab:attr name="downloadvolumefactor" value="0.5"/>'
        '<jackettindexer id="one">One</jackettindexer>'
    )
    assert (release.title, release.size_bytes) == ("A - B", 123)
    assert (release.seeders, release.leechers, release.peers) == (4, 2, 6)
    assert release.categories == (3000, 3040, 100123)
    assert release.info_hash == "c9e15763f722f23e98a29decdfae341b98d53056"
    assert release.published_at == "2026-11-02T10:00:00+00:00"
    assert (release.indexer, release.download_volume_factor) == ("One", 0.5)
    assert "s3cret" not in repr(release)


def test_a_byte_order_mark_is_no_error() -> None:
    assert parse_results(b"\xef\xbb\xbf" + feed(), base_url=BASE) == []


def test_what_is_missing_is_unknown() -> None:
    release = only("<link>http://x/1</link><size/>")
    for name in ("size_bytes", "seeders", "leechers", "peers", "info_hash"):
        assert getattr(release, name) is None
    zero = only('<link>http://x/1</link><torznab:attr name="seeders" value="0"/>')
    assert zero.seeders == 0


@pytest.mark.parametrize(
    ("inside", "size"),
    [
        ('<enclosure url="http://x/1" length="103641"/><size>5</size>', 5),
        ('<size>5</size><torznab:attr name="size" value="7"/>', 7),
        ('<enclosure url="http://x/1" length="0"/><torznab:attr name="size" value="9"/>', 9),
        ('<enclosure url="http://x/1" length="11"/>', 11),
        ("<size>-4</size>", None),
        ("<size>1e9</size>", None),
        ("<size>99999999999999999999999</size>", None),
    ],
)  # fmt: skip
def test_sizes_stand_in_three_places(inside: str, size: int | None) -> None:
    assert only(f"<link>http://x/1</link>{inside}").size_bytes == size


@pytest.mark.parametrize(
    ("inside", "download_url", "magnet"),
    [
        (
            '<link>http://x/page.html</link><enclosure url="http://x/1.torrent"'
            ' type="application/x-bittorrent"/>',
            "http://x/1.torrent",
            None,
        ),
        (f"<link>{MAGNET}</link>", None, MAGNET),
        (f"<guid>{MAGNET}</guid><link>http://x/1</link>", "http://x/1", MAGNET),
        (
            f'<link>http://x/1</link><torznab:attr name="magneturl" value="{MAGNET}"/>',
            "http://x/1",
            MAGNET,
        ),
        ("<link>/download/7?key=k</link>", "http://indexer.example/download/7?key=k", None),
    ],
)  # fmt: skip
def test_links_stand_in_four_places(
    inside: str, download_url: str | None, magnet: str | None
) -> None:
    release = only(inside)
    assert (release.download_url, release.magnet_uri) == (download_url, magnet)


@pytest.mark.parametrize(
    "broken",
    [
        item("", "<link>http://x/1</link>"),
        item("A", ""),
        item("A", "<link>ftp://x/1</link>"),
        item("A", "<link>javascript:alert(1)</link>"),
        item("A", "<link>http://[</link>"),
    ],
)
def test_items_nobody_can_use_are_left_out(broken: str) -> None:
    assert parse_results(feed(broken), base_url=BASE) == []
    assert len(parse_results(feed(broken, item()), base_url=BASE)) == 1


def test_newznab_attributes_are_the_second_choice() -> None:
    both = only(
        '<link>http://x/1</link><newznab:attr name="seeders" value="1"/>'
        '<torznab:attr name="seeders" value="2"/>'
    )
    assert both.seeders == 2
    old = only('<link>http://x/1</link><newznab:attr name="seeders" value="1"/>')
    assert old.seeders == 1


@pytest.mark.parametrize(
    ("code", "description", "error"),
    [
        ("100", "Invalid API Key", IndexerAuthError),
        ("102", "Insufficient privileges", IndexerAuthError),
        ("200", "Missing parameter", IndexerError),
        ("201", "Incorrect parameter", IndexerError),
        ("500", "Request limit reached", IndexerUnavailableError),
        ("900", "Unknown error", IndexerUnavailableError),
        ("abc", "Request limit reached", IndexerUnavailableError),
        ("", "", IndexerError),
    ],
)
def test_error_documents(code: str, description: str, error: type[Exception]) -> None:
    body = f'<error code="{code}" description="{description}"/>'.encode()
    with pytest.raises(error) as caught:
        parse_results(body, base_url=BASE)
    assert type(caught.value) is error
    if code.isdigit():
        assert caught.value.details["code"] == code  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Cloudflare</body>",
        b'{"error": 1}',
        b"<rss>",
        b"<feed/>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><rss>&x;</rss>',
        b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><rss>&e;</rss>',
    ],
)
def test_garbage_is_a_typed_error(body: bytes) -> None:
    with pytest.raises(IndexerError):
        parse_results(body, base_url=BASE)
    with pytest.raises(IndexerError):
        parse_caps(body)


@given(st.binary(max_size=300))
def test_hostile_bytes_raise_typed_errors_only(data: bytes) -> None:
    for body in (data, feed(data.decode("latin-1"))):
        try:
            parse_results(body, base_url=BASE)
        except IndexerError, IndexerUnavailableError:
            continue


@pytest.mark.parametrize(
    ("kind", "available", "finds"),
    [
        ("music-search", "yes", True),
        ("audio-search", "yes", True),
        ("music-search", "no", False),
        ("book-search", "yes", False),
    ],
)
def test_caps(kind: str, available: str, finds: bool) -> None:
    assert parse_caps(CAPS_MUSIC.format(kind, available).encode()).finds_albums is finds


def test_poor_caps() -> None:
    caps = parse_caps(
        b"<caps><limits max='0'/><searching><music-search/></searching><categories>"
        b"<category id='3000'><subcat id='3040'/></category><category id='x'/>"
        b"</categories></caps>"
    )
    assert (caps.finds_albums, caps.page_size, caps.categories) == (
        False,
        100,
        (3000, 3040),
    )


type Handler = Callable[[web.Request], Any]


class Server:
    """An indexer whose answers are told."""

    def __init__(self, answer: Handler) -> None:
        self.answer = answer
        self.asked: list[dict[str, str]] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.query))
        if request.query["t"] == "caps" and self.answer is not never:
            return web.Response(text=CAPS_MUSIC.format("music-search", "yes"))
        answer = self.answer(request)
        response: web.StreamResponse = (
            await answer if asyncio.iscoroutine(answer) else answer
        )
        return response


def results(*items: str) -> Handler:
    return lambda request: web.Response(body=feed(*items))


def status(code: int, text: str = "", **headers: str) -> Handler:
    return lambda request: web.Response(status=code, text=text, headers=headers)


class TestService:
    """Many indexers at once."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    async def serve(
        self, clock: ManualClock, socket_enabled: None
    ) -> AsyncIterator[Callable[..., Any]]:
        sites: list[Site] = []
        session = aiohttp.ClientSession()

        async def serve(*answers: Handler) -> tuple[IndexerService, list[Server]]:
            servers = [Server(answer) for answer in answers]
            settings = []
            for number, server in enumerate(servers):
                app = web.Application()
                app.router.add_get("/api", server.handle)
                sites.append(Site(app))
                settings.append(
                    IndexerSettings(
                        indexer_id=str(number),
                        name=f"indexer {number}",
                        url=await sites[-1].start() + "/api",
                        api_key="k3y",
                    )
                )
            return IndexerService(session, clock, settings), servers

        yield serve
        await session.close()
        for site in sites:
            await site.close()

    QUERY = Query(artist="A & B", album="C+D")

    async def test_all_are_asked_and_say_how_they_did(self, serve: Any) -> None:
        service, servers = await serve(
            results(item("A - B")),
            status(429, **{"Retry-After": "600"}),
            status(401),
            status(200, "<html>"),
            status(410, '<error code="410" description="Disabled"/>'),
            status(500),
        )
        outcome = await ask(service, self.QUERY)
        assert [release.title for release in outcome.releases] == ["A - B"]
        assert outcome.releases[0].indexer == "indexer 0"
        assert not outcome.all_failed
        codes = [report.as_dict().get("error") for report in outcome.reports]
        assert codes == [
            None,
            "indexer_unavailable",
            "indexer_auth",
            "indexer_error",
            "indexer_error",
            "indexer_unavailable",
        ]
        assert outcome.reports[1].retry_after == pytest.approx(600, abs=5)
        assert outcome.reports[2].retry_after is None
        music = servers[0].asked[1]
        assert (music["t"], music["artist"], music["album"]) == (
            "music",
            "A & B",
            "C+D",
        )
        assert (music["cat"], music["apikey"]) == ("3000,3010,3030,3040", "k3y")

    async def test_one_that_never_answers_spoils_nothing(
        self, serve: Any, clock: ManualClock
    ) -> None:
        service, servers = await serve(results(item()), never)
        searching = asyncio.create_task(ask(service, self.QUERY))
        # Only the silent one is still waited for: its request, and all it may take.
        async with asyncio.timeout(30):
            while len(servers[0].asked) < 2 or len(clock.waits) != 2:
                await asyncio.sleep(0.001)
        clock.advance(61)
        outcome = await searching
        assert len(outcome.releases) == 1
        assert outcome.reports[1].as_dict()["error"] == "indexer_unavailable"

    async def test_a_failing_one_is_left_alone_and_the_log_says_so_once(
        self, serve: Any, clock: ManualClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        service, (server,) = await serve(status(503))
        assert (await ask(service, self.QUERY)).all_failed
        asked = len(server.asked)
        outcome = await ask(service, self.QUERY)
        assert outcome.all_failed
        assert len(server.asked) == asked
        clock.advance(31)
        await ask(service, self.QUERY)
        assert len(server.asked) > asked
        clock.advance(61)
        server.answer = results(item())
        outcome = await ask(service, self.QUERY)
        assert len(outcome.releases) == 1
        said = [r.message for r in caplog.records if "indexer 0" in r.message]
        assert [m.split(":")[0] for m in said] == [
            "Indexer indexer 0 fails",
            "Indexer indexer 0 answers again",
        ]
        assert "k3y" not in caplog.text

    async def test_text_search_when_the_other_finds_nothing(self, serve: Any) -> None:
        def answer(request: web.Request) -> web.Response:
            found = [item()] if request.query["t"] == "search" else []
            return web.Response(body=feed(*found))

        service, (server,) = await serve(answer)
        outcome = await ask(service, self.QUERY)
        assert len(outcome.releases) == 1
        assert server.asked[-1]["q"] == "A & B C+D"

    async def test_all_pages_are_read_and_a_server_that_repeats_is_left(
        self, serve: Any
    ) -> None:
        def page(request: web.Request) -> web.Response:
            start = int(request.query["offset"])
            count = 100 if start < 200 else 30
            return web.Response(
                body=feed(
                    *(
                        item(f"A - {n}", f"<guid>{n}</guid><link>http://x/{n}</link>")
                        for n in range(start, start + count)
                    )
                )
            )

        def repeating(request: web.Request) -> web.Response:
            return web.Response(
                body=feed(
                    *(
                        item(f"A - {n}", f"<link>http://x/{n}</link>")
                        for n in range(100)
                    )
                )
            )

        service, servers = await serve(page, repeating)
        outcome = await ask(service, self.QUERY)
        assert [report.count for report in outcome.reports] == [230, 100]
        assert len(servers[1].asked) == 3

    async def test_what_came_before_a_bad_page_is_kept(self, serve: Any) -> None:
        def page(request: web.Request) -> web.Response:
            if request.query["offset"] != "0":
                return web.Response(status=500)
            found = (item(inside=f"<link>http://x/{n}</link>") for n in range(100))
            return web.Response(body=feed(*found))

        service, _ = await serve(page)
        outcome = await ask(service, self.QUERY)
        assert len(outcome.releases) == 100
        assert not outcome.all_failed

    async def test_one_that_answered_once_has_answered(self, serve: Any) -> None:
        def answer(request: web.Request) -> web.Response:
            if "second" in str(request.query):
                return web.Response(body=b'<error code="201" description="no"/>')
            return web.Response(body=feed())

        service, (server,) = await serve(answer)
        search = service.open_session()
        for album in ("first", "second", "third"):
            await search.ask(Query(artist="", album=album))
        (report,) = search.reports
        assert report.has_answered
        assert report.error is not None
        assert search.is_over
        assert not any("third" in str(asked) for asked in server.asked)

    async def test_a_search_has_an_allowance_of_requests(self, serve: Any) -> None:
        def endless(request: web.Request) -> web.Response:
            first = int(request.query["offset"])
            found = (
                item(inside=f"<link>http://x/{request.query['q']}/{n}</link>")
                for n in range(first, first + 100)
            )
            return web.Response(body=feed(*found))

        service, (server,) = await serve(endless)
        queries = [Query(artist="", album=str(number)) for number in range(8)]
        search = service.open_session()
        for query in queries:
            await search.ask(query)
        searches = [asked for asked in server.asked if asked["t"] != "caps"]
        assert len(searches) == REQUESTS
        assert search.is_over

    async def test_an_endless_answer_is_cut(self, serve: Any) -> None:
        service, _ = await serve(lambda r: web.Response(body=b" " * (17 << 20)))
        outcome = await ask(service, self.QUERY)
        assert "16384 KiB" in str(outcome.reports[0].error)


async def test_the_run_waits_while_every_indexer_is_away(
    world: LightWorld,
) -> None:
    good = world.indexer.api
    failing = True

    async def api(request: web.Request) -> web.Response:
        if failing and request.query.get("t") != "caps":
            return web.Response(status=429, headers={"Retry-After": "400"})
        return await good(request)

    world.indexer.api = api  # type: ignore[method-assign]
    site = Site(world.indexer.make_app())
    url = await site.start()
    world.torznab_url = f"{url}/api"
    await world.restart()
    await world.ask(c.GLASS_HARBOUR)
    await world.clock.until_waiting(400)
    assert [run.status for run in world.app.live_runs] == [S.SEARCHING]
    failing = False
    world.clock.advance(401)
    story = await world.story()
    assert story[-1].status is S.DOWNLOADED
    await site.close()


async def test_a_wrong_key_everywhere_is_an_end(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(database=database) as world:
        world.indexer.api_key = "another"
        story = await world.get(c.GLASS_HARBOUR)
    assert (story[-1].status, story[-1].data["error"]) == (S.FAILED, "indexers_failed")
    assert "Sandbox: indexer_auth" in story[-1].data["reason"]
