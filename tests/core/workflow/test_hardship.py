"""What a real does to its programs: nothing is lost, left over or taken away."""

import asyncio
from collections.abc import AsyncIterator
import sqlite3
from typing import Any, Self

from aiohttp import web
import pytest
from sqlalchemy import Engine, event

from custom_components.music_agregator.core.errors import (
    CandidateNotFoundError,
    ClientAuthError,
    ClosingError,
    IndexersFailedError,
    NotAwaitingError,
    RunNotFoundError,
    StoreError,
    StoreUnavailableError,
    UnavailableError,
)
from custom_components.music_agregator.core.model import (
    Link,
    Mode,
    MonitorRequest,
    WorkflowStatus as S,
)
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.settings import IndexerSettings
from custom_components.music_agregator.core.torrents.client import Phase
from custom_components.music_agregator.core.torrents.link_resolver import MagnetResolver
from sandbox import catalogue as c
from sandbox.torznab import API_KEY
from sandbox.web import Site
from tests.core.stories import downloading
from tests.fakes import KeptDatabase, LightWorld
from tests.helpers import never, run_tasks, until


async def lose_task(world: LightWorld) -> None:
    """Let the only live run lose its task, as nothing should."""
    (task,) = run_tasks()
    task.cancel()
    await asyncio.wait((task,))
    assert world.app.live_runs == []


async def test_a_database_that_is_away_for_long_stops_no_run(world: LightWorld) -> None:
    run_id = await downloading(world, c.GLASS_HARBOUR)
    read, write = world.database.read, world.database.write

    async def away(fn: object, *args: object, **kwargs: object) -> None:
        raise StoreUnavailableError

    world.database.read = away  # type: ignore[method-assign, assignment]
    world.database.write = away  # type: ignore[method-assign, assignment]
    world.client.step = 0.2
    for _ in range(50):
        await asyncio.sleep(0.002)
    assert [run.run_id for run in world.app.live_runs] == [run_id]
    world.database.read = read  # type: ignore[method-assign]
    world.database.write = write  # type: ignore[method-assign]
    await until(lambda: not world.app.live_runs)
    assert (await world.app.history.run(run_id)).status is S.DOWNLOADED


async def test_a_run_that_the_store_has_alone_is_taken_up(world: LightWorld) -> None:
    run_id = await downloading(world, c.GLASS_HARBOUR)
    await lose_task(world)
    world.client.step = 0.5
    answer = await world.ask(c.GLASS_HARBOUR)
    assert (answer["run_id"], answer["created"]) == (run_id, False)
    await until(lambda: not world.app.live_runs)
    assert (await world.app.history.run(run_id)).status is S.DOWNLOADED


async def test_a_run_that_the_store_has_alone_can_be_cancelled(
    world: LightWorld,
) -> None:
    run_id = await downloading(world, c.GLASS_HARBOUR)
    await lose_task(world)
    assert (await world.app.cancel(run_id)).status is S.CANCELLED
    await until(lambda: not world.client.torrents)


async def test_a_request_that_spans_a_reload_begins_nothing(world: LightWorld) -> None:
    old = world.app
    world.musicbrainz.may_answer.clear()
    request = MonitorRequest(
        artist="Ferro Mere", album="The Unheard Side", quality=Q.ANY
    )
    asking = asyncio.create_task(old.request(request))
    await until(lambda: world.musicbrainz.asked)
    await world.restart()
    world.musicbrainz.may_answer.set()
    with pytest.raises(ClosingError):
        await asking
    answer = await world.ask(c.UNHEARD)
    with pytest.raises(ClosingError):
        await old.cancel(answer["run_id"])
    assert len(await world.app.history.runs()) == 1


async def test_whoever_asks_while_it_closes_hears_a_typed_error(
    world: LightWorld,
) -> None:
    held = asyncio.Event()
    write = world.database.write

    async def slow(fn: Any, *args: Any, **kwargs: Any) -> Any:
        await held.wait()
        return await write(fn, *args, **kwargs)

    await world.app.service.identify(c.UNHEARD.album_id)
    world.database.write = slow  # type: ignore[method-assign]
    asking = asyncio.create_task(world.ask(c.UNHEARD))
    await asyncio.sleep(0.02)
    closing = asyncio.create_task(world.app.close())
    with pytest.raises(ClosingError):
        await asking
    held.set()
    await closing


async def test_a_cancel_is_whole_though_whoever_asked_has_gone(
    world: LightWorld,
) -> None:
    run_id = await downloading(world, c.GLASS_HARBOUR)
    (task,) = run_tasks()
    cancelling = asyncio.create_task(world.app.cancel(run_id, delete_files=True))
    await until(task.cancelling)
    cancelling.cancel()
    await until(lambda: not world.app.live_runs and not world.client.torrents)
    assert (await world.app.history.run(run_id)).status is S.CANCELLED


async def test_a_removal_that_waits_takes_nothing_from_the_next_run(
    world: LightWorld,
) -> None:
    """Cancelled while the client was away, and asked for again before it is back."""
    run_id = await downloading(world, c.GLASS_HARBOUR)
    world.client.go_away()
    await world.app.cancel(run_id, delete_files=True)
    await until(lambda: bool(world.tasks))
    answer = await world.ask(c.GLASS_HARBOUR)
    await until(lambda: world.app.live_runs[0].status is S.ADDING_TORRENT)
    world.client.error = None
    for _ in range(10):
        world.clock.advance(61)
        await asyncio.sleep(0.01)
    await until(lambda: world.app.live_runs[0].status is S.DOWNLOADING)
    assert len(world.client.torrents) == 1
    assert "remove delete_files=True" not in world.client.calls
    world.client.step = 0.5
    await until(lambda: not world.app.live_runs)
    ended = await world.app.history.run(answer["run_id"])
    assert ended.status is S.DOWNLOADED


async def test_the_wish_to_delete_files_survives_a_restart(world: LightWorld) -> None:
    run_id = await downloading(world, c.GLASS_HARBOUR)
    world.client.go_away()
    await world.app.cancel(run_id, delete_files=True)
    await world.app.close()
    world.client.error = None
    await world.restart()
    await until(lambda: not world.client.torrents)
    assert "remove delete_files=True" in world.client.calls


async def test_a_hand_over_after_a_wipe_makes_nobody_look_removed(
    world: LightWorld,
) -> None:
    """The client comes back empty, and another run hands over first of all."""
    await downloading(world, c.NAEVE)
    await downloading(world, c.GLASS_HARBOUR)
    world.client.go_away()
    await world.ask(c.SLOW_CARTOGRAPHY)
    await until(lambda: S.ADDING_TORRENT in {run.status for run in world.app.live_runs})
    world.client.torrents.clear()
    world.client.error = None
    for _ in range(12):
        world.clock.advance(11)
        await asyncio.sleep(0.01)
    await until(lambda: len(world.client.torrents) == 3)
    world.client.step = 0.5
    await until(lambda: not world.app.live_runs)
    assert {run.status for run in await world.app.history.runs()} == {S.DOWNLOADED}


@pytest.mark.parametrize("phase", [Phase.MISSING_FILES, Phase.DOWNLOADING, Phase.ERROR])
async def test_only_whole_music_is_owned(world: LightWorld, phase: Phase) -> None:
    await world.get(c.GLASS_HARBOUR)
    (torrent,) = world.client.torrents.values()
    torrent.update(phase=phase.value, progress=0.5)
    world.client.step = 0.0
    answer = await world.ask(c.GLASS_HARBOUR)
    while True:
        told = await world.app.history.events(run_id=answer["run_id"])
        if len(told) > 2:
            break
    assert told[2].status is S.SEARCHING


async def test_music_that_is_only_being_checked_is_owned(world: LightWorld) -> None:
    await world.get(c.GLASS_HARBOUR)
    (torrent,) = world.client.torrents.values()
    torrent.update(phase=Phase.WAITING.value, progress=1.0)
    story = await world.get(c.GLASS_HARBOUR)
    assert story[-1].status is S.ALREADY_OWNED


async def test_a_second_download_of_removed_music_can_be_cancelled(
    world: LightWorld,
) -> None:
    """The run that once got it holds nothing any more."""
    await world.get(c.GLASS_HARBOUR)
    world.client.torrents.clear()
    run_id = await downloading(world, c.GLASS_HARBOUR)
    await world.app.cancel(run_id)
    await until(lambda: not world.client.torrents)


async def test_links_that_are_away_for_a_moment_are_waited_for(
    world: LightWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = MagnetResolver.resolve
    failing = True

    async def resolving(self: MagnetResolver, link: Link) -> Any:
        if failing:
            raise UnavailableError("status 503", retry_after=90)
        return await resolve(self, link)

    monkeypatch.setattr(MagnetResolver, "resolve", resolving)
    await world.ask(c.GLASS_HARBOUR)
    await world.clock.until_waiting(90)
    assert [run.status for run in world.app.live_runs] == [S.PARSING_RESULTS]
    failing = False
    world.clock.advance(90)
    story = await world.story()
    assert story[-1].status is S.DOWNLOADED


async def test_links_that_stay_away_are_an_end(
    world: LightWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolving(self: MagnetResolver, link: Link) -> Any:
        raise UnavailableError("status 503", retry_after=7_200)

    monkeypatch.setattr(MagnetResolver, "resolve", resolving)
    story = await world.get(c.GLASS_HARBOUR)
    assert story[-1].data["error"] == "no_more_candidates"


async def garbage(_: web.Request) -> web.Response:
    return web.Response(text="<html>Just a moment ...</html>")


class TestAnIndexerThatFails:
    """The run waits while it is the only one, and goes on without it where it is not."""

    @pytest.fixture
    async def bad(
        self, request: pytest.FixtureRequest, socket_enabled: None
    ) -> AsyncIterator[IndexerSettings]:
        app = web.Application()
        app.router.add_get("/api", request.param)
        site = Site(app)
        yield IndexerSettings(
            indexer_id="bad", name="Bad", url=await site.start() + "/api"
        )
        await site.close()

    @pytest.mark.parametrize(
        ("bad", "is_silent"), [(garbage, False), (never, True)], indirect=["bad"]
    )
    async def test_it(
        self, world: LightWorld, bad: IndexerSettings, is_silent: bool
    ) -> None:
        good = IndexerSettings(
            indexer_id="1", name="Sandbox", url=world.torznab_url, api_key=API_KEY
        )
        world.settings["indexers"] = (bad,)
        await world.restart()
        answer = await world.ask(c.GLASS_HARBOUR)
        await until(lambda: world.app.live_runs[0].status is S.SEARCHING)
        for _ in range(3):
            await until(lambda: any(wait > 20 for wait in world.clock.waits))
            world.clock.advance(max(world.clock.waits) + 1)
            await asyncio.sleep(0.02)
        assert [run.status for run in world.app.live_runs] == [S.SEARCHING]
        world.settings["indexers"] = (bad, good)
        await world.restart()

        async def passing() -> None:
            while world.app.live_runs:
                # The good one has answered when only the silent one is waited for.
                if is_silent and len(world.clock.waits) == 2:
                    world.clock.advance(61)
                await asyncio.sleep(0.02)

        await asyncio.wait_for(passing(), 20)
        told = await world.app.history.events(run_id=answer["run_id"])
        assert told[-1].status is S.DOWNLOADED
        (parsed,) = [e.data for e in told if e.status is S.PARSING_RESULTS]
        reports = {report["indexer"]: report for report in parsed["indexers"]}
        assert "error" in reports["Bad"]
        assert reports["Sandbox"]["count"] == 3


async def test_closing_waits_for_no_database(world: LightWorld) -> None:
    """A cancel that cannot be committed now: the run goes on at the next start."""
    run_id = await downloading(world, c.GLASS_HARBOUR)
    write = world.database.write
    asked = asyncio.Event()

    async def away(fn: object, *args: object, **kwargs: object) -> None:
        asked.set()
        await asyncio.Event().wait()

    world.database.write = away  # type: ignore[method-assign, assignment]
    cancelling = asyncio.create_task(world.app.cancel(run_id))
    await asked.wait()
    closing = asyncio.create_task(world.app.close())
    while not closing.done():
        world.clock.advance(10)
        await asyncio.sleep(0.005)
    await closing
    with pytest.raises((asyncio.CancelledError, ClosingError)):
        await cancelling
    world.database.write = write  # type: ignore[method-assign]
    world.client.step = 0.5
    await world.restart()
    await until(lambda: not world.app.live_runs)
    assert (await world.app.history.run(run_id)).status is S.DOWNLOADED


async def test_a_run_that_fails_leaves_no_torrent_behind(world: LightWorld) -> None:
    """Added, the answer lost, and then the password was changed."""
    add = world.client.add

    async def lost(*args: Any, **kwargs: Any) -> None:
        await add(*args, **kwargs)
        world.client.step = 0.0
        raise ClientAuthError("refused")

    world.client.add = lost  # type: ignore[method-assign]
    story = await world.get(c.GLASS_HARBOUR)
    assert (story[-1].status, story[-1].data["error"]) == (S.FAILED, "client_auth")
    await until(lambda: not world.client.torrents)


async def test_a_shared_torrent_that_a_person_removed_is_gone_for_both(
    world: LightWorld,
) -> None:
    await world.get(c.GLASS_HARBOUR)
    await downloading(world, c.NAEVE, Q.LOSSLESS)
    await downloading(world, c.NAEVE, Q.HIGH)
    del world.client.torrents[world.seeded[4].info_hash]
    await until(lambda: not world.app.live_runs)
    ended = await world.app.history.runs(album_id=c.NAEVE.album_id)
    assert [run.status for run in ended] == [S.CANCELLED] * 2
    assert list(world.client.torrents) == [world.seeded[0].info_hash]


async def test_what_was_got_stays_though_a_later_run_fails_on_it(
    world: LightWorld,
) -> None:
    """Its disk is away for a moment: nobody deletes the music for that."""
    await world.have_patience(60.0)
    await world.get(c.NAEVE)
    (torrent,) = world.client.torrents.values()
    torrent["phase"] = Phase.MISSING_FILES.value
    story = await world.get(c.NAEVE)
    assert S.DOWNLOAD_FAILED in {event.status for event in story}
    await until(lambda: not world.tasks)
    assert len(world.client.torrents) == 1
    assert not [call for call in world.client.calls if call.startswith("remove")]


async def test_what_finished_and_was_tidied_away_makes_no_wipe(
    world: LightWorld,
) -> None:
    """Two albums finished and cleared by a person, then a third removed: ask."""
    for album in (c.GLASS_HARBOUR, c.NAEVE):
        await world.get(album)
    await downloading(world, c.TIDEPOOL_SAMPLER)
    asked: list[bool] = []
    world.app.missing_torrents.changed.connect(
        lambda run, is_asked: asked.append(is_asked)
    )
    world.client.torrents.clear()
    await until(lambda: asked == [True])
    assert world.client.torrents == {}


class Failing:
    """Has so many statements of every engine fail, from now on."""

    def __init__(self, error: Exception, times: int = 1, within: str = "") -> None:
        self._error, self._within = error, within
        self.left = times

    def __enter__(self) -> Self:
        event.listen(Engine, "do_execute", self._fail)
        event.listen(Engine, "do_executemany", self._fail)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "do_execute", self._fail)
        event.remove(Engine, "do_executemany", self._fail)

    def _fail(self, _: object, statement: str, *__: object) -> None:
        if self.left and self._within in statement:
            self.left -= 1
            raise self._error


ERRORS = [
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_PROTOCOL,
]


@pytest.mark.long
@pytest.mark.parametrize("code", ERRORS)
async def test_an_error_of_the_database_that_passes_is_waited_for(
    world: LightWorld, code: int
) -> None:
    run_id = await downloading(world, c.GLASS_HARBOUR)
    error = sqlite3.OperationalError("any words at all")
    error.sqlite_errorcode = code
    with Failing(error, 2) as failing:
        world.client.step = 0.3
        await until(lambda: not failing.left)
    world.clock.fly()
    await until(lambda: not world.app.live_runs)
    assert (await world.app.history.run(run_id)).status is S.DOWNLOADED


async def test_what_an_unknown_error_stopped_is_taken_up_again(
    world: LightWorld,
) -> None:
    run_id = await downloading(world, c.GLASS_HARBOUR)
    error = sqlite3.OperationalError("nobody has heard of this")
    with Failing(error) as failing:
        world.client.step = 0.3
        await until(lambda: not failing.left)
    await until(lambda: not world.app.live_runs)
    assert (await world.app.history.run(run_id)).status is not S.DOWNLOADED
    for _ in range(2):
        await world.app.maintenance.resume()
        assert [run.run_id for run in world.app.live_runs] == [run_id]
    await until(lambda: not world.app.live_runs)
    story = await world.app.history.run_events(run_id)
    assert story[-1].status is S.DOWNLOADED
    assert len({one.seq for one in story}) == len(story)


async def test_a_step_that_lands_late_ends_no_run(
    database: KeptDatabase, socket_enabled: None
) -> None:
    """Its task is gone, and the next has begun from the status before."""
    gate, waiting = asyncio.Event(), asyncio.Event()
    world = LightWorld(database=database)
    write, api = database.write, world.indexer.api

    async def slow(*args: Any, **kwargs: Any) -> Any:
        waiting.set()
        await gate.wait()
        return await write(*args, **kwargs)

    async def answer(request: web.Request) -> web.Response:
        if request.query.get("t") != "caps":
            database.write = slow  # type: ignore[method-assign]
        return await api(request)

    world.indexer.api = answer  # type: ignore[method-assign]
    async with world:
        run_id = (await world.ask(c.GLASS_HARBOUR))["run_id"]
        async with asyncio.timeout(30):
            await waiting.wait()
        await lose_task(world)
        await world.app.maintenance.resume()
        assert [run.status for run in world.app.live_runs] == [S.SEARCHING]
        asked = len(world.indexer.asked)

        def asks_again() -> bool:
            # An indexer is asked every two seconds at most.
            world.clock.advance(1)
            return len(world.indexer.asked) > asked

        await until(asks_again)
        gate.set()
        await until(lambda: not world.app.live_runs)
        story = await world.app.history.run_events(run_id)
    assert story[-1].status is S.DOWNLOADED
    assert [one.status for one in story].count(S.PARSING_RESULTS) == 1


@pytest.mark.long
@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), MemoryError()])
async def test_a_machine_without_resources_is_waited_for(
    world: LightWorld, error: Exception
) -> None:
    run_id = await downloading(world, c.GLASS_HARBOUR)
    with Failing(error, 2) as failing:
        world.client.step = 0.3
        await until(lambda: not failing.left)
    world.clock.fly()
    await until(lambda: not world.app.live_runs)
    assert (await world.app.history.run(run_id)).status is S.DOWNLOADED


async def waiting_for_a_choice(world: LightWorld) -> str:
    answer = await world.ask(c.GLASS_HARBOUR, mode=Mode.INTERACTIVE)
    await until(
        lambda: any(r.status is S.AWAITING_SELECTION for r in world.app.live_runs)
    )
    return str(answer["run_id"])


@pytest.mark.parametrize("rank", [0, -1, 999, 2**31, 2**63, 10**20, 10**30])
async def test_no_number_ends_a_run_that_waits(world: LightWorld, rank: int) -> None:
    run_id = await waiting_for_a_choice(world)
    with pytest.raises(CandidateNotFoundError):
        await world.app.select(run_id, rank)
    assert (await world.app.history.run(run_id)).status is S.AWAITING_SELECTION
    assert (await world.app.select(run_id, 1)).status is S.ADDING_TORRENT


@pytest.mark.parametrize("text", ["\ud83d", "no\0run", "x" * 10_000, "", "é", "a b"])
async def test_what_no_column_holds_is_no_run(world: LightWorld, text: str) -> None:
    with pytest.raises(RunNotFoundError):
        await world.app.history.run(text)
    with pytest.raises(RunNotFoundError):
        await world.app.cancel(text)


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
async def test_there_is_nothing_beyond_the_largest_number(
    world: LightWorld, number: int
) -> None:
    run_id = await waiting_for_a_choice(world)
    assert await world.app.history.events(since_seq=number) == []
    assert await world.app.history.runs(offset=number) == []
    assert (await world.app.history.candidates(run_id, offset=number))[1] == []


async def test_a_choice_that_cannot_be_written_ends_nothing(world: LightWorld) -> None:
    run_id = await waiting_for_a_choice(world)
    error = OverflowError("Python int too large to convert to SQLite INTEGER")
    with (
        Failing(error, within="UPDATE music_agregator_candidates"),
        pytest.raises(StoreError),
    ):
        await world.app.select(run_id, 1)
    assert (await world.app.history.run(run_id)).status is S.AWAITING_SELECTION
    assert (await world.app.select(run_id, 1)).status is S.ADDING_TORRENT


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_choice_and_a_cancel_in_one_moment(
    world: LightWorld, is_first: bool
) -> None:
    run_id = await waiting_for_a_choice(world)
    calls = [world.app.select(run_id, 1), world.app.cancel(run_id)]
    outcomes = await asyncio.gather(
        *(calls if is_first else calls[::-1]), return_exceptions=True
    )
    chosen = outcomes[0 if is_first else 1]
    assert not isinstance(chosen, ClosingError)
    if isinstance(chosen, BaseException):
        assert isinstance(chosen, NotAwaitingError)
    assert (await world.app.history.run(run_id)).status is S.CANCELLED


@pytest.mark.parametrize("years", [-10, -1 / 365, 1 / 365, 10])
async def test_a_clock_that_is_set_stops_nothing(
    world: LightWorld, years: float
) -> None:
    run_id = await downloading(world, c.GLASS_HARBOUR)
    assert await world.app.search_albums(artist=None, album="Tin Weather")
    world.clock.set(years * 365 * 86_400)
    assert await world.app.search_albums(artist=None, album="The Unheard Side")
    request = MonitorRequest(album_id=c.TIN_WEATHER.album_id, quality=Q.ANY)
    assert (await world.app.search(request)).result.reports[0].error is None
    world.client.step = 0.5
    await until(lambda: not world.app.live_runs)
    assert (await world.app.history.run(run_id)).status is S.DOWNLOADED


async def test_an_interactive_run_waits_no_longer_than_its_limit(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(database=database, selection_seconds=3_600.0) as world:
        await waiting_for_a_choice(world)
        world.clock.set(-10 * 365 * 86_400)
        await world.restart()
        await world.clock.until_waiting(3_600)
        world.clock.advance(3_601)
        await until(lambda: not world.app.live_runs)


async def test_a_wrong_key_stays_the_reason_while_the_indexer_rests(
    world: LightWorld,
) -> None:
    world.settings["indexers"] = (
        IndexerSettings(
            indexer_id="1", name="Sandbox", url=world.torznab_url, api_key="wrong"
        ),
    )
    await world.restart()
    await world.app.indexers.check()
    error = world.app.indexer_health["1"].error
    assert error is not None
    assert error.code == "indexer_auth"
    story = await world.get(c.GLASS_HARBOUR)
    assert "indexer_auth" in story[-1].data["reason"]
    request = MonitorRequest(album_id=c.TIN_WEATHER.album_id, quality=Q.ANY)
    with pytest.raises(IndexersFailedError) as caught:
        await world.app.search(request)
    assert "indexer_auth" in str(caught.value)
