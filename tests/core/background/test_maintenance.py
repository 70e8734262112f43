"""What is looked after while nothing else happens: services, old rows, the wanted."""

import asyncio
from collections.abc import AsyncIterator
import logging

import pytest
from sqlalchemy import Connection, func, select

from custom_components.music_agregator.core.errors import (
    ClientAuthError,
    ClientUnavailableError,
)
from custom_components.music_agregator.core.model import Mode, WorkflowStatus as S
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.store import tables as t
from sandbox import catalogue as c
from sandbox.torznab import API_KEY
from tests.fakes import KeptDatabase, LightWorld
from tests.helpers import statuses

DAY = 86_400.0


@pytest.fixture
async def watched(
    database: KeptDatabase, socket_enabled: None
) -> AsyncIterator[LightWorld]:
    async with LightWorld(database=database, retention_seconds=30 * DAY) as world:
        world.app.start_background()
        await world.clock.until_waiting(45)
        yield world


async def next_round(world: LightWorld, seconds: float = 46.0) -> None:
    world.clock.advance(seconds)
    await world.clock.until_waiting(45)


async def test_services_are_known_to_answer_before_anybody_needs_them(
    watched: LightWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = watched.app.client_health
    (indexer,) = watched.app.indexer_health.values()
    assert (client.is_up, indexer.is_up) == (True, True)
    changes: list[bool | None] = []
    end = client.changed.connect(lambda: changes.append(client.is_up))
    watched.client.error = ClientUnavailableError("no answer")
    for _ in range(3):
        await next_round(watched)
    assert changes == [False]
    down_since = client.since
    watched.client.error = ClientAuthError("refused")
    await next_round(watched)
    assert (changes, client.since) == ([False, False], down_since)
    assert client.error is watched.client.error
    watched.client.error = None
    await next_round(watched)
    assert changes == [False, False, True]
    assert caplog.text.count("qBittorrent fails") == 1
    assert caplog.text.count("qBittorrent answers again") == 1
    end()


async def test_one_duty_that_breaks_does_not_end_the_others(
    watched: LightWorld, caplog: pytest.LogCaptureFixture
) -> None:
    watched.client.error = ZeroDivisionError("a bug")
    await next_round(watched)
    assert "Unexpected error during maintenance" in caplog.text
    watched.client.error = None
    await next_round(watched)
    assert watched.app.client_health.is_up is True


async def test_an_indexer_is_asked_once_an_hour(watched: LightWorld) -> None:
    (health,) = watched.app.indexer_health.values()
    asked = len(watched.indexer.asked)
    await next_round(watched)
    assert len(watched.indexer.asked) == asked
    watched.indexer.api_key = "changed"
    await next_round(watched, 3_601)
    assert health.is_up is False
    assert health.error is not None
    assert health.error.code == "indexer_auth"
    watched.indexer.api_key = API_KEY
    await next_round(watched, 3_601)
    assert health.is_up is True


def rows(connection: Connection) -> dict[str, int]:
    return {
        name.removeprefix(t.PREFIX): int(
            connection.scalar(select(func.count()).select_from(table)) or 0
        )
        for name, table in t.METADATA.tables.items()
    }


async def test_what_ended_long_ago_is_forgotten(watched: LightWorld) -> None:
    await watched.get(c.GLASS_HARBOUR)
    unheard = await watched.get(c.UNHEARD)
    watched.client.step = 0.0
    cancelled = await watched.ask(c.TIDEPOOL_SAMPLER)
    async with asyncio.timeout(30):
        while not any(r.status is S.DOWNLOADING for r in watched.app.live_runs):
            await asyncio.sleep(0.002)
    await watched.app.cancel(cancelled["run_id"], delete_files=True)
    live = await watched.ask(c.NAEVE, Q.LOSSLESS, Mode.INTERACTIVE)
    async with asyncio.timeout(30):
        while not any(r.status is S.AWAITING_SELECTION for r in watched.app.live_runs):
            await asyncio.sleep(0.002)
    before = await watched.database.read(rows)
    head = await watched.app.history.head()
    await next_round(watched, 29 * DAY)
    assert await watched.database.read(rows) == before
    await next_round(watched, 2 * DAY)
    async with asyncio.timeout(30):
        while (await watched.database.read(rows))["workflow_runs"] > 3:
            await asyncio.sleep(0.002)
    # What is wanted still is left alone, until it is wanted no longer.
    assert unheard[0].run_id in {r.run_id for r in await watched.app.history.runs()}
    await watched.app.cancel(unheard[0].run_id)
    await next_round(watched, DAY)
    async with asyncio.timeout(30):
        while (await watched.database.read(rows))["workflow_runs"] > 2:
            await asyncio.sleep(0.002)
    kept = {run.run_id: run for run in await watched.app.history.runs()}
    assert live["run_id"] in kept
    assert {run.album_title for run in kept.values()} == {
        "Glass Harbour",
        "Næve: Ça Ira!",
    }
    after = await watched.database.read(rows)
    assert after["downloads"] == 1
    assert {e.run_id for e in await watched.app.history.events()} == {live["run_id"]}
    # Numbers go on, and what is on disk is still known to be owned.
    assert await watched.app.history.head() >= head
    again = await watched.get(c.GLASS_HARBOUR)
    assert statuses(again)[-1] == "already_owned"
    assert (await watched.database.read(rows))["wanted"] == 0


async def test_without_a_limit_nothing_is_forgotten(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(database=database) as world:
        await world.get(c.UNHEARD)
        before = await database.read(rows)
        world.clock.advance(10_000 * DAY)
        await world.app.maintenance.prune()
        assert await database.read(rows) == before


async def test_what_was_not_found_is_wanted_until_it_is_had(world: LightWorld) -> None:
    wanted = world.app.history.wanted
    await world.get(c.TIN_WEATHER, Q.HI_RES)
    await world.get(c.TIN_WEATHER, Q.HI_RES)
    await world.get(c.UNHEARD, Q.ANY)
    assert await wanted() == 2
    await world.get(c.TIN_WEATHER, Q.ANY)
    assert await wanted() == 2
    world.indexer.seeded.clear()
    world.client.step = 0.0
    answer = await world.ask(c.UNHEARD, Q.ANY)
    await world.story(answer["seq"])
    assert await wanted() == 2


async def test_only_an_answer_says_that_the_client_is_up(watched: LightWorld) -> None:
    watched.client.error = ClientAuthError("refused")
    await next_round(watched)
    assert watched.app.client_health.is_up is False
    # Nothing of this album was ever had: its check asks nobody.
    await watched.get(c.UNHEARD)
    assert watched.app.client_health.is_up is False
