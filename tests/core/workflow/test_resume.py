"""Resumed, reconciled, waited for: what happens when the world goes away."""

import asyncio
import logging

import pytest

from custom_components.music_agregator.core.errors import (
    ClientAuthError,
    StoreError,
    StoreMissingError,
    StoreTooNewError,
)
from custom_components.music_agregator.core.model import WorkflowStatus as S
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.store import downloads, schema
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient, KeptDatabase, LightWorld
from tests.helpers import run_tasks, statuses, until

WORKING = [
    S.FETCHING_METADATA,
    S.CHECKING_OWNED,
    S.SEARCHING,
    S.PARSING_RESULTS,
    S.ADDING_TORRENT,
    S.COMPLETE,
    S.DOWNLOADING,
]


async def until_status(world: LightWorld, status: S) -> None:
    subscription, _ = await world.app.bus.catch_up(since_seq=0)
    async for event in subscription:
        if event.status is status:
            break
    subscription.close()


@pytest.mark.parametrize("status", WORKING)
async def test_a_reload_at_any_status_changes_nothing(
    world: LightWorld, status: S
) -> None:
    world.client.step = 0.0
    await world.ask(c.GLASS_HARBOUR)
    await until_status(world, status)
    await world.restart()
    world.client.step = 0.25
    story = await world.story()
    assert [event.seq for event in story] == list(range(1, len(story) + 1))
    told = statuses(story)
    assert told[:7] == [s.value for s in WORKING]
    assert told[-1] == "downloaded"
    assert [t["added"] for t in world.client.torrents.values()] == [1]


async def test_set_up_waits_for_no_network(world: LightWorld) -> None:
    world.client.step = 0.0
    await world.ask(c.GLASS_HARBOUR)
    await until_status(world, S.DOWNLOADING)
    world.client.go_away()
    await world.restart()
    assert [run.status for run in world.app.live_runs] == [S.DOWNLOADING]


async def test_the_client_is_down_at_the_hand_over_and_back_a_minute_later(
    world: LightWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.client.go_away()
    await world.ask(c.GLASS_HARBOUR)
    await until_status(world, S.ADDING_TORRENT)
    waited = 0
    while waited < 60:
        await until(lambda: any(wait <= 60 for wait in world.clock.waits))
        world.clock.advance(8)
        waited += 8
    world.client.error = None
    for _ in range(8):
        world.clock.advance(8)
        await asyncio.sleep(0.01)
    story = await world.story()
    assert story[-1].status is S.DOWNLOADED
    said = [r.levelname for r in caplog.records if "qBittorrent" in r.message]
    assert said == ["INFO", "INFO"]


async def test_the_client_is_away_while_downloading(
    world: LightWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.client.step = 0.0
    await world.ask(c.GLASS_HARBOUR)
    await until_status(world, S.DOWNLOADING)
    world.client.error = ClientAuthError("refused")
    await until(lambda: any(wait <= 10 for wait in world.clock.waits))
    for _ in range(3):
        world.clock.advance(10)
        await asyncio.sleep(0.01)
    world.client.error = None
    world.client.step = 0.5
    world.clock.advance(10)
    story = await world.story()
    assert story[-1].status is S.DOWNLOADED
    assert caplog.text.count("qBittorrent fails") == 1


async def test_one_of_many_that_is_gone_was_removed_by_a_person(
    world: LightWorld,
) -> None:
    await world.get(c.NAEVE)
    world.client.step = 0.0
    answer = await world.ask(c.GLASS_HARBOUR)
    await until_status(world, S.DOWNLOADING)
    await until(lambda: len(world.client.torrents) == 2)
    await until(lambda: world.app.live_runs[0].status is S.DOWNLOADING)
    del world.client.torrents[world.seeded[0].info_hash]
    story = await world.story(answer["seq"])
    assert story[-1].status is S.CANCELLED
    assert story[-1].data["error"] == "removed_in_client"
    assert list(world.client.torrents) == [world.seeded[4].info_hash]


async def test_a_wiped_client_gets_everything_again(world: LightWorld) -> None:
    """However many there were: the first that is back is no sign of a person."""
    wanted = (c.NAEVE, c.GLASS_HARBOUR, c.TIDEPOOL_SAMPLER, c.SLOW_CARTOGRAPHY)
    world.client.step = 0.0
    for album in wanted:
        await world.ask(album)
    await until(
        lambda: [run.status for run in world.app.live_runs] == [S.DOWNLOADING] * 4
    )
    before = set(world.client.torrents)
    for _ in range(2):
        world.client.torrents.clear()
        await until(lambda: set(world.client.torrents) == before)
        assert all(t["added"] == 1 for t in world.client.torrents.values())
        assert all(
            "music_agregator" in t["tags"] for t in world.client.torrents.values()
        )
        # Each is known to be there again.
        for run in world.app.live_runs:
            while True:
                seen = await world.database.read(downloads.seen)
                if run.download_id in {download.download_id for download in seen}:
                    break
                await asyncio.sleep(0.002)
    world.client.step = 0.5
    await until(lambda: not world.app.live_runs)
    ends = {event.status for event in await world.app.history.events()}
    assert S.CANCELLED not in ends


@pytest.mark.parametrize("add_again", [True, False])
async def test_the_only_torrent_that_is_gone_is_asked_about(
    world: LightWorld, add_again: bool
) -> None:
    asked: list[tuple[str, bool]] = []
    world.app.missing_torrents.changed.connect(
        lambda run, is_asked: asked.append((run.run_id, is_asked))
    )
    world.client.step = 0.0
    answer = await world.ask(c.GLASS_HARBOUR)
    run_id = answer["run_id"]
    await until(lambda: world.app.live_runs[0].status is S.DOWNLOADING)
    assert not world.app.missing_torrents.answer(run_id, add_again=True)
    world.client.torrents.clear()
    await until(lambda: asked == [(run_id, True)])
    assert [run.status for run in world.app.live_runs] == [S.DOWNLOADING]
    assert world.app.missing_torrents.answer(run_id, add_again=add_again)
    await until(lambda: asked[1:] == [(run_id, False)])
    world.client.step = 0.5
    story = await world.story()
    assert story[-1].status is (S.DOWNLOADED if add_again else S.CANCELLED)
    assert len(world.client.torrents) == int(add_again)


async def test_the_question_is_withdrawn_when_the_torrent_is_back(
    world: LightWorld,
) -> None:
    asked: list[bool] = []
    world.app.missing_torrents.changed.connect(
        lambda run, is_asked: asked.append(is_asked)
    )
    world.client.step = 0.0
    await world.ask(c.GLASS_HARBOUR)
    await until(lambda: world.app.live_runs[0].status is S.DOWNLOADING)
    kept = dict(world.client.torrents)
    world.client.torrents.clear()
    await until(lambda: asked == [True])
    world.client.torrents.update(kept)
    await until(lambda: asked == [True, False])
    assert [run.status for run in world.app.live_runs] == [S.DOWNLOADING]


async def test_the_question_goes_with_the_run(world: LightWorld) -> None:
    asked: list[bool] = []
    world.app.missing_torrents.changed.connect(
        lambda run, is_asked: asked.append(is_asked)
    )
    world.client.step = 0.0
    answer = await world.ask(c.GLASS_HARBOUR)
    await until(lambda: world.app.live_runs[0].status is S.DOWNLOADING)
    world.client.torrents.clear()
    await until(lambda: asked == [True])
    await world.app.cancel(answer["run_id"])
    assert asked == [True, False]


async def test_what_shows_late_is_removed_all_the_same(world: LightWorld) -> None:
    """Cancelled a moment after it was added, before the client lists it."""
    world.client.step = 0.0
    answer = await world.ask(c.GLASS_HARBOUR)
    await until(lambda: world.app.live_runs[0].status is S.DOWNLOADING)
    kept = dict(world.client.torrents)
    world.client.torrents.clear()
    await world.app.cancel(answer["run_id"])
    await until(lambda: world.client.calls[-1] == "snapshot")
    world.client.torrents.update(kept)
    await until(lambda: not world.client.torrents)


async def test_a_cancelled_torrent_goes_though_the_client_was_away(
    world: LightWorld,
) -> None:
    world.client.step = 0.0
    answer = await world.ask(c.GLASS_HARBOUR)
    await until(lambda: world.app.live_runs[0].status is S.DOWNLOADING)
    world.client.go_away()
    await world.app.cancel(answer["run_id"])
    await world.app.close()
    world.client.error = None
    assert len(world.client.torrents) == 1
    await world.restart()
    await until(lambda: not world.client.torrents)


async def test_lost_tables_are_made_again_with_what_is_live(world: LightWorld) -> None:
    told: list[str] = []
    world.app.restored.connect(lambda: told.append("restored"))
    old_store = world.app.store_id
    world.client.step = 0.0
    await world.ask(c.GLASS_HARBOUR)
    await until(lambda: world.app.live_runs[0].status is S.DOWNLOADING)
    subscription, _ = await world.app.bus.catch_up(since_seq=0)
    heard = []
    async for event in subscription:
        heard.append(event)
        if event.status is S.DOWNLOADING:
            break
    await world.database.write(schema.drop)
    world.client.step = 0.25
    async for event in subscription:
        heard.append(event)
        if event.status is S.DOWNLOADED:
            break
    assert told == ["restored"]
    assert world.app.store_id != old_store
    after = heard[7:]
    assert [event.seq for event in after] == list(range(1, len(after) + 1))
    assert after[0].data["restored"] is True
    runs = await world.app.history.runs()
    assert [(run.status, run.album_title) for run in runs] == [
        (S.DOWNLOADED, "Glass Harbour")
    ]


async def test_finished_torrents_keep_seeding(world: LightWorld) -> None:
    story = await world.get(c.GLASS_HARBOUR)
    assert story[-1].status is S.DOWNLOADED
    await world.restart()
    await world.get(c.NAEVE, Q.ANY)
    assert len(world.client.torrents) == 2
    assert not [call for call in world.client.calls if call.startswith("remove")]


async def test_a_later_version_of_the_store_is_left_alone(
    database: KeptDatabase, socket_enabled: None
) -> None:
    await database.write(
        lambda connection: schema.prepare(connection, version=schema.VERSION + 1)
    )
    with pytest.raises(StoreTooNewError):
        async with LightWorld(database=database, client=FakeTorrentClient()):
            pass


@pytest.mark.parametrize("error", [StoreError("no right"), StoreMissingError()])
async def test_tables_that_cannot_be_made_again_hold_nobody_up(
    world: LightWorld, monkeypatch: pytest.MonkeyPatch, error: StoreError
) -> None:
    """Refused by the database, or lost again meanwhile."""

    def refuse(*_: object) -> None:
        raise error

    world.client.step = 0.0
    await world.ask(c.GLASS_HARBOUR)
    await until(lambda: world.app.live_runs[0].status is S.DOWNLOADING)
    with monkeypatch.context() as patch:
        patch.setattr(world.app.journal, "recreate", refuse)
        await world.database.write(schema.drop)
        async with asyncio.timeout(10):
            with pytest.raises(StoreError):
                await world.app.history.head()
        await until(lambda: not run_tasks())
        assert world.app.live_runs == []
    answer = await world.ask(c.GLASS_HARBOUR)
    assert (answer["status"], answer["created"]) == ("fetching_metadata", True)
