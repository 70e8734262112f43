"""Until it is on disk: what stalls, what is paused, what has no room, what comes next."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection

from custom_components.music_agregator.core.model import (
    AlbumEvent,
    MonitorRequest,
    WorkflowStatus as S,
)
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.store import downloads
from custom_components.music_agregator.core.torrents.client import Phase
from sandbox import catalogue as c
from tests.core.stories import downloading, first_choice
from tests.fakes import FakeTorrentClient, KeptDatabase, LightWorld
from tests.helpers import last, statuses, until

MINUTES = 60.0


async def passes(world: LightWorld, seconds: float) -> None:
    """Let so much time pass, in the polls of the client."""
    end = world.clock.now() + seconds
    await until(lambda: world.clock.now() >= end)


async def tell(world: LightWorld, status: S, do: Callable[[AlbumEvent], None]) -> None:
    """Do something as soon as a status is told."""

    def listen(event: AlbumEvent) -> None:
        if event.status is status:
            do(event)

    world.app.bus.published.connect(listen)


@pytest.mark.long
async def test_a_seeder_that_vanishes_makes_room_for_the_next(
    world: LightWorld,
) -> None:
    await world.have_patience(30 * MINUTES)
    gone = first_choice(world)
    world.client.dries_up[gone] = 0.4
    started = world.clock.now()
    story = await world.get(c.GLASS_HARBOUR, Q.HIGH)
    assert statuses(story)[4:13] == [
        "adding_torrent",
        "complete",
        "downloading",
        "downloading",
        "stalled",
        "download_failed",
        "adding_torrent",
        "complete",
        "downloading",
    ]
    assert story[-1].status is S.DOWNLOADED
    stalled = last(story, S.STALLED)
    assert (stalled["percent"], stalled["phase"]) == (40, "downloading")
    assert 30 * MINUTES <= stalled["seconds"] < 31 * MINUTES
    assert world.clock.now() - started < 35 * MINUTES
    failed = last(story, S.DOWNLOAD_FAILED)
    assert failed["error"] == "stalled"
    assert "nobody seeds" in failed["reason"]
    chosen = last(story, S.ADDING_TORRENT)
    assert (chosen["rank"], chosen["attempt"]) == (2, 2)
    await until(lambda: gone not in world.client.torrents)
    assert "remove delete_files=True" in world.client.calls


async def test_what_failed_is_not_taken_again_for_a_week(world: LightWorld) -> None:
    await world.have_patience(MINUTES)
    gone = first_choice(world)
    world.client.dries_up[gone] = 0.0
    await world.get(c.GLASS_HARBOUR, Q.HIGH)
    request = MonitorRequest(album_id=c.GLASS_HARBOUR.album_id, quality=Q.HIGH)

    async def reasons() -> set[str]:
        answer = await world.app.search(request)
        return {r.code for one in answer.result.candidates for r in one.reasons}

    assert "blocked" in await reasons()
    world.clock.advance(8 * 86_400)
    # It may be seeded again; the album itself is fetched again, a week later.
    assert "blocked" not in await reasons()


@pytest.mark.parametrize(
    ("phase", "code"),
    [
        (Phase.METADATA, "no_metadata"),
        (Phase.ERROR, "torrent_error"),
        (Phase.MISSING_FILES, "missing_files"),
    ],
)
async def test_whatever_keeps_it_from_moving_is_told(
    database: KeptDatabase, socket_enabled: None, phase: Phase, code: str
) -> None:
    async with LightWorld(database=database, stall_seconds=120.0) as world:
        stuck = first_choice(world)
        add = world.client.add

        async def adding(new: Any) -> None:
            await add(new)
            if stuck in world.client.torrents:
                world.client.torrents[stuck]["phase"] = phase.value

        world.client.add = adding  # type: ignore[method-assign]
        story = await world.get(c.GLASS_HARBOUR, Q.HIGH)
    assert last(story, S.STALLED)["phase"] == phase.value
    assert last(story, S.DOWNLOAD_FAILED)["error"] == code
    assert story[-1].status is S.DOWNLOADED


async def test_it_may_move_again_at_the_last_moment(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(database=database, stall_seconds=120.0) as world:
        slow = first_choice(world)
        world.client.dries_up[slow] = 0.4

        def revive(_: AlbumEvent) -> None:
            world.client.dries_up.clear()
            world.client.step = 0.05

        await tell(world, S.STALLED, revive)
        story = await world.get(c.GLASS_HARBOUR, Q.HIGH)
    told = statuses(story)
    assert told[told.index("stalled") + 1] == "downloading"
    assert "download_failed" not in told
    assert story[-1].status is S.DOWNLOADED
    assert last(story, S.ADDING_TORRENT)["attempt"] == 1


async def test_what_a_person_pauses_waits(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(database=database, stall_seconds=120.0) as world:
        run_id = await downloading(world, c.GLASS_HARBOUR)
        (torrent,) = world.client.torrents.values()
        torrent["phase"] = Phase.PAUSED.value
        await passes(world, 20 * MINUTES)
        assert [run.status for run in world.app.live_runs] == [S.DOWNLOADING]
        torrent["phase"] = Phase.DOWNLOADING.value
        world.client.step = 0.5
        await until(lambda: not world.app.live_runs)
        told = await world.app.history.events(run_id=run_id)
    assert "stalled" not in statuses(told)
    assert told[-1].status is S.DOWNLOADED


async def test_time_in_which_the_client_was_away_does_not_count(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(database=database, stall_seconds=30 * MINUTES) as world:
        await downloading(world, c.GLASS_HARBOUR)
        await passes(world, 10 * MINUTES)
        world.client.go_away()
        await until(lambda: any(wait <= 10 for wait in world.clock.waits))
        for _ in range(400):
            world.clock.advance(10)
            await asyncio.sleep(0)
        world.client.error = None
        world.clock.advance(10)
        await passes(world, 10 * MINUTES)
        assert [run.status for run in world.app.live_runs] == [S.DOWNLOADING]


@pytest.mark.long
async def test_without_a_limit_it_may_take_for_ever(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(database=database, stall_seconds=None) as world:
        await downloading(world, c.GLASS_HARBOUR)
        await passes(world, 45 * MINUTES)
        assert [run.status for run in world.app.live_runs] == [S.DOWNLOADING]


async def test_so_many_downloads_are_tried_and_no_more(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(
        database=database, stall_seconds=60.0, most_attempts=1
    ) as world:
        world.client.dries_up[first_choice(world)] = 0.0
        story = await world.get(c.GLASS_HARBOUR, Q.HIGH)
        assert story[-1].status is S.NOT_FOUND
        assert story[-1].data["error"] == "too_many_attempts"
        assert await world.app.history.wanted() == 1


async def test_when_all_have_failed_the_album_is_wanted(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(database=database, stall_seconds=60.0) as world:
        world.client.dries_up = {one.info_hash: 0.1 for one in world.seeded}
        story = await world.get(c.GLASS_HARBOUR, Q.HIGH)
        assert story[-1].data["error"] == "no_more_candidates"
        assert statuses(story).count("download_failed") == 2
        assert await world.app.history.wanted() == 1
        await until(lambda: not world.client.torrents)


async def test_a_list_of_the_day_before_is_made_anew(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(database=database, stall_seconds=60.0) as world:
        second = world.indexer.seeded.pop("0")
        answer = await world.ask(c.GLASS_HARBOUR, Q.HIGH)
        world.client.step = 0.0
        await until(lambda: world.app.live_runs[0].status is S.DOWNLOADING)
        (torrent,) = world.client.torrents.values()
        torrent["phase"] = Phase.PAUSED.value
        await passes(world, 10)
        world.indexer.seeded["0"] = second
        world.clock.advance(86_401)
        torrent["phase"] = Phase.DOWNLOADING.value
        await until(lambda: len(world.client.torrents) == 1 and second.info_hash in world.client.torrents)  # fmt: skip
        world.client.step = 0.5
        await until(lambda: not world.app.live_runs)
        told = await world.app.history.events(run_id=answer["run_id"])
    assert told[-1].status is S.DOWNLOADED
    assert [e.data["attempt"] for e in told if e.status is S.ADDING_TORRENT] == [1, 2]


async def test_what_is_lost_and_refused_gives_way_to_the_next(
    world: LightWorld,
) -> None:
    """The client was wiped, and does not take the torrent a second time."""
    run_id = await downloading(world, c.GLASS_HARBOUR, Q.HIGH)
    asked: list[bool] = []
    world.app.missing_torrents.changed.connect(
        lambda _, is_asked: asked.append(is_asked)
    )
    world.client.refuses = {first_choice(world)}
    world.client.torrents.clear()
    await until(lambda: asked == [True])
    world.client.step = 0.5
    world.app.missing_torrents.answer(run_id, add_again=True)
    await until(lambda: not world.app.live_runs)
    told = await world.app.history.events(run_id=run_id)
    assert last(told, S.DOWNLOAD_FAILED)["error"] == "refused_again"
    assert told[-1].status is S.DOWNLOADED


async def test_a_doubt_survives_a_reload(world: LightWorld) -> None:
    """Asked, another album comes, a reload: it is still not known who removed it."""
    run_id = await downloading(world, c.GLASS_HARBOUR)
    asked: list[bool] = []
    world.app.missing_torrents.changed.connect(
        lambda _, is_asked: asked.append(is_asked)
    )
    world.client.torrents.clear()
    await until(lambda: asked == [True])
    await downloading(world, c.NAEVE)
    await world.restart()
    again: list[str] = []
    world.app.missing_torrents.changed.connect(lambda run, _: again.append(run.run_id))
    await until(lambda: again == [run_id])
    assert run_id in {run.run_id for run in world.app.live_runs}


async def test_a_false_alarm_is_forgotten(world: LightWorld) -> None:
    """Two torrents seemed lost, and are there: the next removal is a person's."""
    for album in (c.GLASS_HARBOUR, c.NAEVE, c.SLOW_CARTOGRAPHY):
        await downloading(world, album)
    kept = dict(world.client.torrents)
    world.client.torrents.clear()
    await until(lambda: bool(world.client.torrents))
    world.client.torrents.update(kept)
    await until(lambda: len(world.client.torrents) == 3)

    def seen(connection: Connection) -> list[bool]:
        return [one.seen for one in downloads.many(connection, ids).values()]

    ids = [run.download_id or "" for run in world.app.live_runs]
    async with asyncio.timeout(30):
        while not all(await world.database.read(seen)):
            await asyncio.sleep(0.002)
    gone = world.seeded[4].info_hash
    del world.client.torrents[gone]
    await until(lambda: len(world.app.live_runs) == 2)
    assert gone not in world.client.torrents


async def test_too_little_room_is_waited_for(world: LightWorld) -> None:
    world.client.free_bytes = 100_000
    changes: list[int] = []
    space = world.app.disk_space
    space.changed.connect(lambda: changes.append(len(space.shortages)))
    answer = await world.ask(c.GLASS_HARBOUR)
    await until(lambda: changes == [1])
    assert [run.status for run in world.app.live_runs] == [S.ADDING_TORRENT]
    assert world.client.torrents == {}
    (shortage,) = space.shortages.values()
    assert shortage.run.run_id == answer["run_id"]
    assert shortage.needed_bytes > shortage.free_bytes == 100_000
    world.client.free_bytes = 10_000_000_000
    world.clock.advance(61)
    story = await world.story()
    assert story[-1].status is S.DOWNLOADED
    assert changes == [1, 0]


async def test_who_waits_for_room_can_be_cancelled(world: LightWorld) -> None:
    world.client.free_bytes = 0
    answer = await world.ask(c.GLASS_HARBOUR)
    await until(lambda: bool(world.app.disk_space.shortages))
    await world.app.cancel(answer["run_id"])
    assert not world.app.disk_space.shortages


async def test_a_full_disk_fails_no_download(
    database: KeptDatabase, socket_enabled: None
) -> None:
    """It stops for want of room: nobody blocks it, and it is started again."""
    async with LightWorld(database=database, stall_seconds=60.0) as world:
        run_id = await downloading(world, c.GLASS_HARBOUR)
        (torrent,) = world.client.torrents.values()
        torrent["phase"] = Phase.ERROR.value
        world.client.free_bytes = 0
        await until(lambda: bool(world.app.disk_space.shortages))
        await passes(world, 10 * MINUTES)
        world.client.free_bytes = 10_000_000_000
        world.client.step = 0.5
        await until(lambda: not world.app.live_runs)
        assert "start" in world.client.calls
        told = await world.app.history.events(run_id=run_id)
    assert "stalled" not in statuses(told)
    assert told[-1].status is S.DOWNLOADED


async def test_a_stalled_torrent_of_somebody_else_is_left_where_it_is(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(database=database, stall_seconds=60.0) as world:
        theirs = first_choice(world)
        world.client.torrents[theirs] = {
            "hashes": {"v1": theirs, "v2": None},
            "phase": "downloading",
            "progress": 0.1,
            "tags": ["mine"],
        }
        world.client.dries_up[theirs] = 0.1
        story = await world.get(c.GLASS_HARBOUR, Q.HIGH)
        assert story[-1].status is S.DOWNLOADED
        await until(lambda: not world.tasks)
        assert theirs in world.client.torrents


class DeafOnce(FakeTorrentClient):
    """A client that says that it removes a torrent, and the first time does not."""

    async def remove(self, torrent_id: str, *, delete_files: bool) -> None:
        kept = self.torrents.get(torrent_id)
        was_asked = any(call.startswith("remove") for call in self.calls)
        await super().remove(torrent_id, delete_files=delete_files)
        if kept is not None and not was_asked:
            self.torrents[torrent_id] = kept


async def test_a_torrent_is_removed_until_it_is_gone(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(
        database=database, client=DeafOnce(), stall_seconds=60.0
    ) as world:
        first = first_choice(world)
        world.client.dries_up[first] = 0.1
        story = await world.get(c.GLASS_HARBOUR, Q.HIGH)
        assert story[-1].status is S.DOWNLOADED
        await until(lambda: not world.tasks)
        assert first not in world.client.torrents
        assert world.client.calls.count("remove delete_files=True") == 2


async def test_a_torrent_that_another_run_holds_stays(
    database: KeptDatabase, socket_enabled: None
) -> None:
    """Both give it up in the end, and only then it goes."""
    async with LightWorld(database=database, stall_seconds=600.0) as world:
        only = world.seeded[4].info_hash
        world.client.dries_up[only] = 0.2
        first = await world.ask(c.NAEVE, Q.HIGH)
        await until(lambda: [r.status for r in world.app.live_runs] == [S.DOWNLOADING])
        await passes(world, 300)
        second = await world.ask(c.NAEVE, Q.LOSSLESS)
        ended: list[str] = []

        def note(event: AlbumEvent) -> None:
            if event.status is S.NOT_FOUND:
                ended.append(event.run_id)
                assert only in world.client.torrents or len(ended) == 2

        world.app.bus.published.connect(note)
        await until(lambda: len(ended) == 2)
        assert ended == [first["run_id"], second["run_id"]]
        await until(lambda: not world.client.torrents)


async def test_it_is_asked_less_often_while_nothing_moves(world: LightWorld) -> None:
    await downloading(world, c.GLASS_HARBOUR)

    async def polls(seconds: float) -> int:
        before = world.client.calls.count("snapshot")
        await passes(world, seconds)
        return world.client.calls.count("snapshot") - before

    busy = await polls(40)
    await passes(world, 60)
    quiet = await polls(40)
    assert busy >= 18
    assert quiet <= 10
    # Something new is seen soon all the same.
    world.client.step = 0.1
    await until(lambda: not world.app.live_runs)
