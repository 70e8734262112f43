"""A person chooses: interactive runs, and large releases that are asked about."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from custom_components.music_agregator.core.errors import (
    CandidateAwayError,
    CandidateGoneError,
    CandidateNotFoundError,
    ClosingError,
    NotAwaitingError,
    StoreUnavailableError,
    UnavailableError,
)
from custom_components.music_agregator.core.model import (
    AlbumEvent,
    Mode,
    Run,
    WorkflowStatus as S,
)
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.store import candidates, schema
from custom_components.music_agregator.core.torrents.link_resolver import MagnetResolver
from sandbox import catalogue as c
from sandbox.catalogue import OFFERS
from tests.fakes import KeptDatabase, LightWorld
from tests.helpers import statuses


async def awaiting(world: LightWorld) -> None:
    """Wait until the run waits for a person."""
    async with asyncio.timeout(30):
        while [run.status for run in world.app.live_runs] != [S.AWAITING_SELECTION]:
            await asyncio.sleep(0.002)


async def begin(world: LightWorld, quality: Q = Q.ANY) -> str:
    answer = await world.ask(c.GLASS_HARBOUR, quality, Mode.INTERACTIVE)
    assert answer["mode"] == "interactive"
    await awaiting(world)
    return str(answer["run_id"])


async def test_the_choice_is_a_persons(world: LightWorld) -> None:
    run_id = await begin(world)
    events = await world.app.history.events()
    asked = events[-1]
    assert asked.data["because"] == "interactive"
    assert asked.data["until"] is None
    assert [one["rank"] for one in asked.data["top"]] == [1, 2]
    assert asked.data["top"][1]["quality"] == "MP3 320"
    assert world.client.torrents == {}
    run = await world.app.select(run_id, 2)
    assert run.status is S.ADDING_TORRENT
    story = await world.story(asked.seq)
    assert statuses(story)[0] == "adding_torrent"
    assert story[0].data["rank"] == 2
    assert story[0].data["chosen_by"] == "person"
    assert statuses(story)[-1] == "downloaded"


async def test_a_person_may_take_what_was_rejected(world: LightWorld) -> None:
    run_id = await begin(world, Q.LOSSLESS)
    total, ranked = await world.app.history.candidates(run_id)
    assert total == len(ranked) == 3
    rejected = next(one for one in ranked if not one.accepted)
    await world.app.select(run_id, rejected.rank)
    assert statuses(await world.story(0))[-1] == "downloaded"


async def test_none_of_them_will_do(world: LightWorld) -> None:
    run_id = await begin(world)
    run = await world.app.select(run_id, None)
    assert (run.status, run.reason) == (S.NOT_FOUND, "declined")
    assert await world.app.history.wanted() == 0


async def test_the_question_outlives_days_and_restarts(world: LightWorld) -> None:
    run_id = await begin(world)
    head = await world.app.history.head()
    for _ in range(3):
        world.clock.advance(86_400 * 3)
        await world.restart()
        await awaiting(world)
    assert await world.app.history.head() == head
    await world.app.select(run_id, 1)
    assert statuses(await world.story(head))[-1] == "downloaded"


async def test_what_cannot_be_chosen_is_said(world: LightWorld) -> None:
    run_id = await begin(world)
    with pytest.raises(CandidateNotFoundError):
        await world.app.select(run_id, 99)
    assert [run.status for run in world.app.live_runs] == [S.AWAITING_SELECTION]
    await world.app.select(run_id, 1)
    with pytest.raises(NotAwaitingError):
        await world.app.select(run_id, 2)
    await world.story(0)
    with pytest.raises(NotAwaitingError):
        await world.app.select(run_id, 1)


async def test_a_dead_or_silent_link_leaves_the_question_open(
    world: LightWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await world.ask(c.SLOW_CARTOGRAPHY, Q.LOSSLESS, Mode.INTERACTIVE)
    await awaiting(world)
    world.indexer.dead.add("5")
    with pytest.raises(CandidateGoneError):
        await world.app.select(answer["run_id"], 1)

    async def away(*_: Any) -> None:
        raise UnavailableError

    with monkeypatch.context() as patch:
        patch.setattr(MagnetResolver, "resolve", away)
        with pytest.raises(CandidateAwayError):
            await world.app.select(answer["run_id"], 2)
    assert [run.status for run in world.app.live_runs] == [S.AWAITING_SELECTION]
    await world.app.select(answer["run_id"], 2)
    story = await world.story(0)
    assert "24-96" in next(e.data["title"] for e in story if e.status == "complete")


async def test_two_choose_at_once(world: LightWorld) -> None:
    run_id = await begin(world)
    outcomes = await asyncio.gather(
        world.app.select(run_id, 2),
        world.app.select(run_id, 1),
        return_exceptions=True,
    )
    taken = [one for one in outcomes if isinstance(one, Run)]
    refused = [one for one in outcomes if isinstance(one, NotAwaitingError)]
    assert (len(taken), len(refused)) == (1, 1)
    assert len(world.client.torrents) <= 1
    assert statuses(await world.story(0)).count("adding_torrent") == 1


async def test_cancelled_while_it_waits(world: LightWorld) -> None:
    run_id = await begin(world)
    run = await world.app.cancel(run_id)
    assert run.status is S.CANCELLED
    with pytest.raises(NotAwaitingError):
        await world.app.select(run_id, 1)


async def test_closed_while_a_choice_is_looked_at(
    world: LightWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await begin(world)

    async def never(*_: Any) -> None:
        await asyncio.get_running_loop().create_future()

    with monkeypatch.context() as patch:
        patch.setattr(MagnetResolver, "resolve", never)
        choosing = [
            asyncio.create_task(world.app.select(run_id, rank)) for rank in (1, 2)
        ]
        await asyncio.sleep(0.02)
        await world.app.close()
        for choice in choosing:
            with pytest.raises(ClosingError):
                await choice


async def test_after_the_time_limit_the_best_is_taken(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(database=database, selection_seconds=3_600.0) as world:
        await begin(world)
        asked = (await world.app.history.events())[-1]
        assert asked.data["until"] == pytest.approx(world.clock.now() + 3_600, abs=60)
        await world.restart()
        await awaiting(world)
        await world.clock.until_waiting(asked.data["until"] - world.clock.now())
        world.clock.advance(3_601)
        story = await world.story(asked.seq)
        assert (story[0].data["rank"], story[0].data["chosen_by"]) == (1, "score")


async def test_a_large_release_is_asked_about(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(database=database, ask_above_bytes=1_000_000) as world:
        await world.ask(c.GLASS_HARBOUR)
        await awaiting(world)
        asked = (await world.app.history.events())[-1]
        assert asked.data["because"] == "size"
        assert asked.data["top"][0]["size_bytes"] > 1_000_000


async def test_nothing_acceptable_asks_nobody(world: LightWorld) -> None:
    await world.ask(c.TIN_WEATHER, Q.HI_RES, Mode.INTERACTIVE)
    assert statuses(await world.story(0))[-2:] == ["parsing_results", "not_found"]
    assert await world.app.history.wanted() == 1


async def test_the_list_is_made_again_when_the_tables_are_lost(
    world: LightWorld,
) -> None:
    run_id = await begin(world)
    await world.database.write(schema.drop)
    await world.app.history.head()
    await world.restart()
    await awaiting(world)
    async with asyncio.timeout(30):
        while (await world.app.history.candidates(run_id))[0] == 0:
            await asyncio.sleep(0.002)
    await world.app.select(run_id, 1)
    assert statuses(await world.story(0))[-1] == "downloaded"


async def test_tables_lost_while_it_waits_are_offered_anew(world: LightWorld) -> None:
    run_id = await begin(world)
    await world.database.write(schema.drop)
    await world.app.history.head()
    events: list[AlbumEvent] = []
    async with asyncio.timeout(30):
        searched = ["searching", "parsing_results", "awaiting_selection"]
        while statuses(events) != searched:
            await asyncio.sleep(0.002)
            events = await world.app.history.events()
    assert [one["rank"] for one in events[-1].data["top"]] == [1, 2]
    await world.app.select(run_id, 2)
    assert statuses(await world.story(0))[-1] == "downloaded"


async def test_a_choice_that_comes_too_late_is_refused_at_once(
    database: KeptDatabase, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = asyncio.Event()
    async with LightWorld(database=database, selection_seconds=3_600.0) as world:
        run_id = await begin(world)
        resolve = MagnetResolver.resolve

        reached = asyncio.Event()

        async def slow(*arguments: Any) -> Any:
            reached.set()
            await held.wait()
            return await resolve(*arguments)

        monkeypatch.setattr(MagnetResolver, "resolve", slow)
        await world.clock.until_waiting(3_600)
        world.clock.advance(3_601)
        async with asyncio.timeout(30):
            await reached.wait()
        assert world.app.live_runs[0].status is S.AWAITING_SELECTION
        async with asyncio.timeout(30):
            with pytest.raises(NotAwaitingError):
                await world.app.select(run_id, 2)
        held.set()
        assert statuses(await world.story(0))[-1] == "downloaded"


async def test_a_choice_while_it_is_cancelled_is_refused_at_once(
    world: LightWorld,
) -> None:
    run_id = await begin(world)
    held = asyncio.Event()
    write = world.database.write

    async def slow(fn: Any, *args: Any, **kwargs: Any) -> Any:
        await held.wait()
        return await write(fn, *args, **kwargs)

    world.database.write = slow  # type: ignore[method-assign]
    cancelling = asyncio.create_task(world.app.cancel(run_id))
    await asyncio.sleep(0.02)
    async with asyncio.timeout(30):
        with pytest.raises(NotAwaitingError):
            await world.app.select(run_id, 1)
    held.set()
    assert (await cancelling).status is S.CANCELLED


@pytest.mark.long
@pytest.mark.parametrize("query", ["get", "sources"])
async def test_a_choice_is_not_lost_while_the_database_is_away(
    world: LightWorld, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    run_id = await begin(world)
    get, tries = getattr(candidates, query), 0

    def away(*arguments: Any, **names: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise StoreUnavailableError
        return get(*arguments, **names)

    monkeypatch.setattr(candidates, query, away)
    run = await world.app.select(run_id, 2)
    assert (run.status, tries) == (S.ADDING_TORRENT, 2)


async def test_a_larger_second_is_asked_about_when_the_best_is_gone(
    database: KeptDatabase, socket_enabled: None
) -> None:
    limit = 5_000_000
    async with LightWorld(database=database, ask_above_bytes=limit) as world:
        offers = [one for one in OFFERS if one.album is c.SLOW_CARTOGRAPHY]
        small = next(one for one in world.seeded if one.offer is offers[0])
        assert small.size_bytes > limit
        world.indexer.seeded = {
            "0": replace(small, size_bytes=limit - 1),
            "1": replace(
                next(one for one in world.seeded if one.offer is offers[1]),
                size_bytes=limit * 10,
            ),
        }
        world.indexer.dead.add("0")
        await world.ask(c.SLOW_CARTOGRAPHY, Q.LOSSLESS)
        await awaiting(world)
        asked = (await world.app.history.events())[-1]
        assert asked.data["because"] == "size"
        assert world.client.torrents == {}
