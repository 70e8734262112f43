"""What was not found is looked for again, politely, until it is."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from custom_components.music_agregator.core.background.wanted_list import (
    REQUESTS,
    WantedList,
)
from custom_components.music_agregator.core.model import (
    Mode,
    MonitorRequest,
    WorkflowStatus as S,
)
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.search.finder import ReleaseFinder
from custom_components.music_agregator.core.store import wanted
from sandbox import catalogue as c
from tests.core.background.looking import DAY, HOUR, Looking, made_up
from tests.fakes import KeptDatabase, LightWorld, light_torrent
from tests.helpers import statuses, until


@pytest.fixture
async def looking(world: LightWorld) -> Looking:
    return Looking(world)


def offered(title: str, album: c.Album) -> Any:
    return light_torrent(c.Offer(title=title, album=album, codec="flac", seeders=3))


UNHEARD_FLAC = "Ferro Mere - The Unheard Side (1991) [FLAC]"


@pytest.mark.long
async def test_it_is_looked_for_after_an_hour_then_six_then_daily(
    looking: Looking,
) -> None:
    world = looking.world
    await world.get(c.UNHEARD, Q.ANY)
    head, runs = await world.app.history.head(), await world.app.history.runs()
    rows = []
    last = world.clock.now()
    for _ in range(4):
        before = await looking.row(c.UNHEARD)
        assert before is not None
        while (await looking.row(c.UNHEARD)) == before:
            await looking.turn(HOUR / 2)
        rows.append(world.clock.now() - last)
        last = world.clock.now()
    for found, pause in zip(rows, (HOUR, 6 * HOUR, DAY, DAY), strict=True):
        assert pause <= found <= pause * 1.1 + 31 * 60
    # Nobody hears of it.
    assert await world.app.history.head() == head
    assert await world.app.history.runs() == runs


async def no_feeds(self: WantedList) -> None:
    """Read nothing of what is new."""


async def test_the_first_that_will_do_starts_a_run(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = looking.world
    await world.get(c.UNHEARD, Q.ANY)
    head = await world.app.history.head()
    await looking.passes(2 * HOUR)
    world.indexer.seeded["99"] = offered(UNHEARD_FLAC, c.UNHEARD)
    # Its feed is away: only the search can find it.
    monkeypatch.setattr(WantedList, "read_feeds", no_feeds)
    await looking.passes(DAY)
    story = await world.story(head)
    assert statuses(story)[0] == "fetching_metadata"
    assert story[-1].status is S.DOWNLOADED
    assert await world.app.history.wanted() == 0


async def test_what_is_new_at_an_indexer_is_seen_within_minutes(
    looking: Looking,
) -> None:
    world = looking.world
    await world.get(c.UNHEARD, Q.ANY)
    head = await world.app.history.head()
    await looking.passes(3 * HOUR)
    row = await looking.row(c.UNHEARD)
    assert row is not None
    assert row.next_at > world.clock.now() + 2 * HOUR
    before = world.clock.now()
    world.indexer.seeded["99"] = offered(UNHEARD_FLAC, c.UNHEARD)
    await looking.passes(HOUR)
    assert world.clock.now() - before < 17 * 60
    assert (await world.story(head))[-1].status is S.DOWNLOADED


async def test_a_feed_that_has_nothing_new_starts_nothing_twice(
    looking: Looking,
) -> None:
    """Its link is dead: one run, not one every quarter of an hour."""
    world = looking.world
    await world.get(c.UNHEARD, Q.ANY)
    await looking.passes(HOUR / 2)
    world.indexer.seeded["99"] = offered_as_file()
    world.indexer.dead.add("99")
    await looking.passes(HOUR / 2)
    await until(lambda: not world.app.live_runs)
    runs = len(await world.app.history.runs())
    assert runs == 2
    await looking.passes(HOUR / 2)
    assert len(await world.app.history.runs()) == runs


def offered_as_file() -> Any:
    return light_torrent(
        c.Offer(
            title=UNHEARD_FLAC,
            album=c.UNHEARD,
            codec="flac",
            seeders=3,
            link="torrent",
        )
    )


async def test_an_interactive_request_stays_one(looking: Looking) -> None:
    world = looking.world
    await world.ask(c.UNHEARD, Q.ANY, Mode.INTERACTIVE)
    await until(lambda: not world.app.live_runs)
    world.indexer.seeded["99"] = offered(UNHEARD_FLAC, c.UNHEARD)
    await looking.passes(2 * HOUR)
    await until(lambda: [r.status for r in world.app.live_runs] == [S.AWAITING_SELECTION])  # fmt: skip


async def test_asking_again_searches_at_once(looking: Looking) -> None:
    world = looking.world
    await world.get(c.UNHEARD, Q.ANY)
    world.indexer.seeded["99"] = offered(UNHEARD_FLAC, c.UNHEARD)
    assert (await world.get(c.UNHEARD, Q.ANY))[-1].status is S.DOWNLOADED


async def test_cancel_ends_it(looking: Looking) -> None:
    world = looking.world
    told: list[int] = []
    world.app.wanted.changed.connect(lambda: told.append(1))
    story = await world.get(c.UNHEARD, Q.ANY)
    run = await world.app.cancel(story[0].run_id)
    assert (run.status, told) == (S.NOT_FOUND, [1])
    assert await world.app.history.wanted() == 0
    await looking.jumps(DAY)
    assert await world.app.history.wanted() == 0


async def test_what_is_refused_in_the_end_is_wanted(world: LightWorld) -> None:
    world.client.refuses = {one.info_hash for one in world.seeded}
    story = await world.get(c.GLASS_HARBOUR, Q.ANY)
    assert story[-1].data["error"] == "client_refused"
    assert await world.app.history.wanted() == 1


async def test_none_of_these_ends_it(world: LightWorld) -> None:
    await world.get(c.UNHEARD, Q.ANY)
    assert await world.app.history.wanted() == 1
    world.indexer.seeded["99"] = offered(UNHEARD_FLAC, c.UNHEARD)
    answer = await world.ask(c.UNHEARD, Q.ANY, Mode.INTERACTIVE)
    await until(
        lambda: [r.status for r in world.app.live_runs] == [S.AWAITING_SELECTION]
    )
    await world.app.select(answer["run_id"], None)
    assert await world.app.history.wanted() == 0


async def test_what_is_cancelled_during_a_search_is_not_begun(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = looking.world
    story = await world.get(c.UNHEARD, Q.ANY)
    head = await world.app.history.head()
    world.indexer.seeded["99"] = offered(UNHEARD_FLAC, c.UNHEARD)
    monkeypatch.setattr(WantedList, "read_feeds", no_feeds)
    find = ReleaseFinder.find

    async def cancelled(*args: Any, **kwargs: Any) -> Any:
        found = await find(*args, **kwargs)
        await world.app.cancel(story[0].run_id)
        return found

    monkeypatch.setattr(ReleaseFinder, "find", cancelled)
    await looking.jumps(DAY)
    await until(lambda: not world.app.live_runs)
    assert await world.app.history.head() == head
    assert await world.app.history.wanted() == 0


async def test_what_is_in_progress_is_not_searched_for(looking: Looking) -> None:
    world = looking.world
    await world.get(c.UNHEARD, Q.ANY)
    world.indexer.seeded["99"] = offered(UNHEARD_FLAC, c.UNHEARD)
    world.client.step = 0.0
    await world.ask(c.UNHEARD, Q.ANY)
    await until(lambda: [r.status for r in world.app.live_runs] == [S.DOWNLOADING])
    searches = looking.searches
    for _ in range(30):
        await until(lambda: looking.rest is not None)
        looking.rest = None
        world.clock.advance(HOUR)
    assert looking.searches == searches


async def test_an_album_that_breaks_the_search_holds_up_no_other(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = looking.world
    for album in (c.UNHEARD, c.TIN_WEATHER):
        await world.get(album, Q.LOSSLESS)
    find = ReleaseFinder.find
    asked: list[str] = []

    async def broken(self: Any, album: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(album.album_id)
        if album.album_id == c.UNHEARD.album_id:
            raise ValueError(album.title)
        return await find(self, album, *args, **kwargs)

    monkeypatch.setattr(ReleaseFinder, "find", broken)
    feeds = looking.feeds
    await looking.passes(3 * HOUR)
    assert asked.count(c.TIN_WEATHER.album_id) == 1
    assert 2 <= asked.count(c.UNHEARD.album_id) <= 12
    assert looking.feeds - feeds >= 10


async def test_an_indexer_that_is_away_costs_no_search(looking: Looking) -> None:
    world = looking.world
    await world.get(c.UNHEARD, Q.ANY)
    world.indexer.api_key = "changed"
    await looking.passes(8 * HOUR)
    row = await looking.row(c.UNHEARD)
    assert row is not None
    assert row.searches == 1


class TestTime:
    """What waits for a date, steps down, or ends."""

    @pytest.fixture
    def coming(self, monkeypatch: pytest.MonkeyPatch) -> c.Album:
        """An album of next week; it is the fifteenth of January 2027."""
        album = c.Album(
            artist="Ferro Mere",
            title="Tomorrow's Tide",
            editions=(c.Edition(date="2027-01-20", tracks=(("Ebb", 20_000),)),),
        )
        monkeypatch.setattr("sandbox.musicbrainz.ALBUMS", (*c.ALBUMS, album))
        return album

    @pytest.mark.long
    async def test_before_its_date_nobody_looks(
        self, looking: Looking, coming: c.Album
    ) -> None:
        world = looking.world
        await world.get(coming, Q.ANY)
        searches = looking.searches
        await looking.jumps(2 * DAY)
        assert looking.searches == searches
        release = datetime(2027, 1, 20, tzinfo=UTC).timestamp()
        row = await looking.row(coming)
        assert row is not None
        assert release <= row.next_at <= release + HOUR
        await looking.jumps(release + 2 * HOUR - world.clock.now())
        assert looking.searches > searches

    @pytest.mark.long
    async def test_it_steps_down_after_days(
        self, database: KeptDatabase, socket_enabled: None
    ) -> None:
        async with LightWorld(database=database, step_down_seconds=2 * DAY) as world:
            looking = Looking(world)
            await world.get(c.TIN_WEATHER, Q.LOSSLESS)
            head = await world.app.history.head()
            await looking.jumps(3 * DAY)
            assert await world.app.history.head() == head
            # MP3 128 fits neither `lossless` nor `high`.
            await looking.jumps(3 * DAY)
            story = await world.story(head)
        assert story[0].data["ladder"] == ["lossless", "high", "any"]
        assert story[-1].status is S.DOWNLOADED

    @pytest.mark.long
    async def test_steps_are_counted_from_what_was_asked_for(
        self, database: KeptDatabase, socket_enabled: None
    ) -> None:
        """A run of the list that fails does not make the wish a lesser one."""
        async with LightWorld(database=database, step_down_seconds=2 * DAY) as world:
            looking = Looking(world)
            await world.get(c.TIN_WEATHER, Q.HI_RES)
            asked = await looking.row(c.TIN_WEATHER, Q.HI_RES)
            assert asked is not None
            fake = [("setup.exe", 900)]
            world.client.contents = {one.info_hash: fake for one in world.seeded}
            head = await world.app.history.head()
            await looking.jumps(8 * DAY)
            story = await world.story(head)
            row = await looking.row(c.TIN_WEATHER, Q.HI_RES)
        assert len(story[0].data["ladder"]) > 1
        assert story[-1].status is S.NOT_FOUND
        assert row is not None
        assert row.ladder == asked.ladder == ()

    @pytest.mark.long
    async def test_it_ends_after_its_time(
        self, database: KeptDatabase, socket_enabled: None
    ) -> None:
        async with LightWorld(database=database, wanted_seconds=1.5 * DAY) as world:
            looking = Looking(world)
            await world.get(c.UNHEARD, Q.ANY)
            await looking.jumps(DAY)
            assert await world.app.history.wanted() == 1
            await looking.jumps(2 * DAY)
            assert await world.app.history.wanted() == 0
            feeds = looking.feeds
            await looking.jumps(DAY)
            # With an empty list nobody is asked.
            assert looking.feeds == feeds


@pytest.mark.long
@pytest.mark.parametrize("count", [1, 4])
async def test_the_requests_of_some_days(
    database: KeptDatabase,
    socket_enabled: None,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
) -> None:
    """Feeds are one each quarter of an hour, whatever the list's length.

    `scripts/bench wanted` counts those of a month.
    """
    albums = made_up(count)
    monkeypatch.setattr("sandbox.musicbrainz.ALBUMS", albums)
    async with LightWorld(database=database) as world:
        looking = Looking(world)
        for album in albums:
            await world.app.request(
                MonitorRequest(album_id=album.album_id, quality=Q.ANY)
            )
        await until(lambda: not world.app.live_runs)
        feeds, searches = looking.feeds, looking.searches
        days = 1
        noted: list[float] = []

        def note() -> None:
            noted.append(world.clock.now())

        await looking.passes(days * DAY, note)
        rows = await world.database.read(wanted.page, after=None, limit=100)
        assert looking.feeds - feeds <= days * 96 + 1
        assert looking.feeds - feeds >= days * 96 * 0.9
        assert all(3 <= row.searches <= 4 for row in rows)
        searched = sum(row.searches - 1 for row in rows)
        assert looking.searches - searches <= searched * REQUESTS
        # Never two albums in the same minute.
        assert all(b - a >= 60 for a, b in pairwise(noted))
