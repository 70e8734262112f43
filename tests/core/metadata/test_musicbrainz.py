"""The MusicBrainz client, and what is kept of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
from aiohttp import web
from hypothesis import given, strategies as st
import pytest

from custom_components.music_agregator.core.common.clock import SYSTEM_CLOCK
from custom_components.music_agregator.core.errors import (
    AlbumNotFoundError,
    MetadataError,
    MetadataUnavailableError,
)
from custom_components.music_agregator.core.metadata.musicbrainz_client import (
    MusicBrainz,
    phrase,
)
from custom_components.music_agregator.core.model import (
    MonitorRequest,
    WorkflowStatus as S,
)
from custom_components.music_agregator.core.musicbrainz import (
    parse_editions,
    parse_release_group,
)
from custom_components.music_agregator.core.quality import QualityProfile as Q
from sandbox import catalogue as c
from sandbox.musicbrainz import group_document, release_document
from sandbox.web import Site
from tests.fakes import LightWorld, ManualClock
from tests.helpers import until

pytestmark = pytest.mark.usefixtures("socket_enabled")

SEARCH = "/ws/2/release-group"

type Handler = Callable[[web.Request], Any]


class Server:
    """A MusicBrainz whose next answers are told."""

    def __init__(self) -> None:
        self.answers: list[Handler] = []
        self.asked: list[web.Request] = []
        self.at: list[float] = []
        self.clock = ManualClock()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        self.at.append(self.clock.now())
        answer = self.answers.pop(0)(request)
        if asyncio.iscoroutine(answer):
            answer = await answer
        return answer  # type: ignore[no-any-return]

    def will(self, *answers: Handler) -> None:
        self.answers.extend(answers)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def url(server: Server) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    site = Site(app)
    yield await site.start()
    await site.close()


@pytest.fixture
async def source(server: Server, url: str) -> AsyncIterator[MusicBrainz]:
    async with aiohttp.ClientSession() as session:
        yield MusicBrainz(
            session, server.clock, url=url, user_agent="music_agregator/1 ( x@y )"
        )


def good(document: Any) -> Handler:
    return lambda request: web.json_response(document)


def status(code: int, **headers: str) -> Handler:
    return lambda request: web.Response(status=code, headers=headers)


def reset(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def test_it_says_who_it_is(server: Server, source: MusicBrainz) -> None:
    server.will(good(group_document(c.NAEVE)))
    document = await source.release_group(c.NAEVE.album_id)
    assert document["title"] == c.NAEVE.title
    (request,) = server.asked
    assert request.headers["User-Agent"] == "music_agregator/1 ( x@y )"
    assert request.query["fmt"] == "json"
    assert request.path == f"/ws/2/release-group/{c.NAEVE.album_id}"


@pytest.mark.long
async def test_one_request_a_second_over_all_clients(server: Server, url: str) -> None:
    server.clock = SYSTEM_CLOCK  # type: ignore[assignment]
    server.will(*[good({}) for _ in range(3)])
    async with aiohttp.ClientSession() as session:
        one, other = (
            MusicBrainz(session, SYSTEM_CLOCK, url=url, user_agent="x")
            for _ in range(2)
        )
        await asyncio.gather(*(s.release_group("x") for s in (one, other, one)))
    first, second, third = sorted(server.at)
    assert second - first > 0.9
    assert third - second > 0.9


async def test_twenty_who_ask_for_one_album_are_one_request(world: LightWorld) -> None:
    await asyncio.gather(*(world.ask(c.UNHEARD) for _ in range(20)))
    path = f"/ws/2/release-group/{c.UNHEARD.album_id}"
    assert world.musicbrainz.asked.count(path) == 1


@pytest.mark.parametrize("failure", [status(503), status(429), status(502), reset])
async def test_it_asks_again_when_turned_away(
    server: Server, source: MusicBrainz, failure: Handler
) -> None:
    # On a reset connection aiohttp itself tries once more, at once.
    failures = 3 if failure is reset else 2
    server.will(*[failure] * failures, good({"id": "x"}))
    assert await source.release_group("x") == {"id": "x"}
    assert server.at[-1] - server.at[0] >= 2


async def test_it_waits_as_long_as_it_is_told(
    server: Server, source: MusicBrainz
) -> None:
    server.will(status(503, **{"Retry-After": "90"}), good({"id": "x"}))
    asking = asyncio.create_task(source.release_group("x"))
    await server.clock.until_waiting(90)
    server.clock.advance(90)
    assert await asking == {"id": "x"}


async def test_it_gives_up_in_the_end(server: Server, source: MusicBrainz) -> None:
    server.will(*[status(503)] * 4)
    asking = asyncio.create_task(source.release_group("x"))
    await server.clock.until_waiting(8)
    server.clock.advance(8)
    with pytest.raises(MetadataUnavailableError):
        await asking


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (status(404), AlbumNotFoundError),
        (status(400), AlbumNotFoundError),
        (status(403), MetadataError),
        (lambda r: web.Response(text="<html>"), MetadataError),
        (lambda r: web.Response(text="[" * 100_000), MetadataError),
        (good([1]), MetadataError),
        (lambda r: web.Response(body=b" " * (9 << 20)), MetadataError),
    ],
)
async def test_what_nobody_can_use_is_a_typed_error(
    server: Server, source: MusicBrainz, answer: Handler, error: type[Exception]
) -> None:
    server.will(answer)
    with pytest.raises(error):
        await source.release_group("x")


async def test_a_redirect_to_another_host_is_not_followed(
    server: Server, source: MusicBrainz
) -> None:
    elsewhere = status(302, Location="http://localhost:9/ws/2/x")
    server.will(*[elsewhere] * 4)
    asking = asyncio.create_task(source.release_group("x"))
    await server.clock.until_waiting(8)
    server.clock.advance(8)
    with pytest.raises(MetadataUnavailableError):
        await asking


async def test_all_pages_of_editions_are_read(
    server: Server, source: MusicBrainz
) -> None:
    def page(start: int, count: int) -> Handler:
        releases = [{"id": f"{n}"} for n in range(start, start + count)]
        return good({"release-count": 150, "releases": releases})

    server.will(page(0, 100), page(100, 50))
    found = await source.releases("x")
    assert [release["id"] for release in found] == [str(n) for n in range(150)]
    assert [request.query["offset"] for request in server.asked] == ["0", "100"]


async def test_a_search_is_escaped(server: Server, source: MusicBrainz) -> None:
    server.will(
        good({"release-groups": [{**group_document(c.NAEVE), "score": 97}, {}]})
    )
    (match,) = await source.search(phrase("What? (Yes!)", 'AC/DC "x"'))
    assert (match.score, match.album.title) == (97, c.NAEVE.title)
    query = server.asked[0].query["query"]
    assert query == (r'releasegroup:"What\? \(Yes\!\)" AND artist:"AC\/DC \"x\""')


def test_a_release_group_is_read() -> None:
    album = parse_release_group(group_document(c.NAEVE))
    assert album.album_id == c.NAEVE.album_id
    assert (album.title, album.artist, album.year) == (
        "Næve: Ça Ira!",
        "Ångström & Söhne",
        1998,
    )
    assert album.aliases == ("Angstrom and Sons",)
    joined = parse_release_group(
        {
            "id": "X",
            "title": "T",
            "aliases": [{"name": "Tee"}, {"name": None}, "x", {"name": "Tee"}],
            "artist-credit": [
                {"name": "A", "joinphrase": " feat. "},
                {"artist": {"name": "B", "id": "b"}},
            ],
        }
    )
    assert (joined.artist, joined.artists) == ("A feat. B", ("A", "B"))
    assert joined.title_aliases == ("Tee",)


def test_editions_are_read() -> None:
    album = c.SLOW_CARTOGRAPHY
    releases = [release_document(album, e, with_tracks=True) for e in album.editions]
    first, second = parse_editions({"releases": releases})
    assert (first.track_count, first.length_ms, first.date) == (3, 63_000, "1987-03-09")
    assert second.disambiguation == "30th anniversary edition"
    assert second.formats == ("Digital Media",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "id title artist-credit artist name aliases media tracks length recording"
                " track-count releases secondary-types primary-type date position".split()
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_document_is_tolerated(document: Any) -> None:
    data = document if isinstance(document, dict) else {"releases": document}
    album = parse_release_group(data)
    assert isinstance(album.title, str)
    for edition in parse_editions(data):
        assert edition.edition_id


async def test_what_was_fetched_is_kept_for_a_week(world: LightWorld) -> None:
    await world.get(c.UNHEARD)
    kept = await world.app.service.kept_album(c.UNHEARD.album_id)
    assert kept is not None
    assert (kept.title, kept.track_count) == ("The Unheard Side", 2)
    world.musicbrainz.is_away = True
    world.clock.advance(6 * 86_400)
    story = await world.get(c.UNHEARD)
    assert story[-1].status is S.NOT_FOUND


async def test_the_run_waits_for_musicbrainz(
    world: LightWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """Down when asked and for minutes after: the request is not lost."""
    world.musicbrainz.is_away = True
    asking = asyncio.create_task(world.ask(c.GLASS_HARBOUR))
    await world.clock.until_waiting(8)
    world.clock.advance(10)
    answer = await asking
    assert answer["status"] == "fetching_metadata"
    for _ in range(4):
        await world.clock.until_waiting(8)
        world.clock.advance(8)
        await asyncio.sleep(0.01)
    world.musicbrainz.is_away = False
    async with asyncio.timeout(30):
        while world.app.live_runs:
            world.clock.advance(8)
            await asyncio.sleep(0.01)
    (run,) = await world.app.history.runs()
    assert run.status is S.DOWNLOADED
    assert caplog.text.count("MusicBrainz fails") == 1


async def test_an_id_that_was_merged_meanwhile_goes_on_as_the_canonical_one(
    world: LightWorld,
) -> None:
    world.musicbrainz.is_away = True
    request = MonitorRequest(
        album_id=c.mbid("merged into Glass Harbour"), quality=Q.LOSSLESS
    )
    asking = asyncio.create_task(world.app.request(request))
    await world.clock.until_waiting(8)
    world.clock.advance(10)
    first = (await asking).run
    world.musicbrainz.is_away = False
    async with asyncio.timeout(30):
        while world.app.live_runs:
            world.clock.advance(8)
            await asyncio.sleep(0.01)
    old = await world.app.history.run(first.run_id)
    told = await world.app.history.events(run_id=first.run_id)
    assert old.status is S.FAILED
    assert told[-1].data["error"] == "album_merged"
    new = await world.app.history.run(told[-1].data["run_id"])
    assert (new.album_id, new.status) == (c.GLASS_HARBOUR.album_id, S.DOWNLOADED)


async def in_the_queue(world: LightWorld, number: int) -> None:
    """Return when so many look at the clock for their turn at MusicBrainz."""
    await until(lambda: sum(wait < 1.5 for wait in world.clock.waits) == number)


async def next_asked(world: LightWorld) -> str:
    """What MusicBrainz is asked for when the next turn has come."""
    before = len(world.musicbrainz.asked)
    world.clock.advance(1.5)
    await until(lambda: len(world.musicbrainz.asked) > before)
    return world.musicbrainz.asked[before]


async def test_a_person_waits_for_no_run(world: LightWorld) -> None:
    """Twenty runs want metadata; a person who asks then is the next."""
    world.clock.hold()
    runs = [
        asyncio.create_task(
            world.app.service.album(f"{number:08}-0000-4000-8000-000000000000")
        )
        for number in range(20)
    ]
    await in_the_queue(world, 1)
    asking = asyncio.create_task(
        world.app.search_albums(artist=None, album="Glass Harbour")
    )
    await in_the_queue(world, 2)
    assert await next_asked(world) == SEARCH
    assert await asking
    world.clock.fly()
    await asyncio.gather(*runs, return_exceptions=True)


async def test_what_was_searched_for_a_moment_ago_is_not_asked_again(
    world: LightWorld,
) -> None:
    first = await world.app.search_albums(artist=None, album="Glass Harbour")
    asked = len(world.musicbrainz.asked)
    assert await world.app.search_albums(artist=None, album="Glass Harbour") == first
    assert len(world.musicbrainz.asked) == asked
    world.clock.advance(600.0)
    await world.app.search_albums(artist=None, album="Glass Harbour")
    assert len(world.musicbrainz.asked) > asked


async def test_a_burst_of_questions_blocks_nobody(world: LightWorld) -> None:
    world.clock.hold()
    burst = [
        asyncio.create_task(world.app.search_albums(artist=None, album=f"Album {n}"))
        for n in range(60)
    ]
    await in_the_queue(world, 1)
    for task in burst:
        task.cancel()
    await asyncio.gather(*burst, return_exceptions=True)
    await in_the_queue(world, 0)
    asking = asyncio.create_task(
        world.app.search_albums(artist=None, album="Glass Harbour")
    )
    await in_the_queue(world, 1)
    assert await next_asked(world) == SEARCH
    assert await asking


def test_half_a_character_does_not_come_in() -> None:
    """JSON can hold it; no socket and no recorder takes it."""
    broken = "Broken \ud83d heart"
    found = parse_release_group(
        {
            "id": "f5093c06-23e3-404f-aeaa-40f72885ee3a",
            "title": broken,
            "disambiguation": broken,
            "primary-type": broken,
            "artist-credit": [{"name": broken, "artist": {"name": broken}}],
            "aliases": [{"name": broken}],
        }
    )
    repr(found).encode()
    assert found.title == "Broken ? heart"
