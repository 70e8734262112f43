"""The store was lost: what the client still has of ours is adopted, or named."""

import asyncio
from typing import Any

import pytest

from custom_components.music_agregator.core.errors import MetadataUnavailableError
from custom_components.music_agregator.core.metadata.album_resolver import AlbumResolver
from custom_components.music_agregator.core.model import WorkflowStatus as S
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.store import schema
from custom_components.music_agregator.core.torrents.client import Phase
from sandbox import catalogue as c
from tests.core.stories import downloading
from tests.fakes import LightWorld
from tests.helpers import statuses, until


def name_torrents(world: LightWorld) -> None:
    """Give the client's torrents the names that their files have."""
    for one in world.seeded:
        if torrent := world.client.torrents.get(one.info_hash):
            torrent["name"] = one.offer.name


async def lose_store(world: LightWorld) -> None:
    """Start again on a store that knows nothing."""
    name_torrents(world)
    await world.app.close()
    await world.database.write(schema.drop)
    world.app = world.make_app()
    await world.app.start()


async def test_a_download_goes_on_and_finished_music_is_owned(
    world: LightWorld,
) -> None:
    done = await world.get(c.SLOW_CARTOGRAPHY)
    run_id = await downloading(world, c.GLASS_HARBOUR)
    await lose_store(world)
    assert world.app.live_runs == []
    await world.app.adopter.adopt_torrents()
    (live,) = world.app.live_runs
    assert (live.run_id, live.album_id) == (run_id, c.GLASS_HARBOUR.album_id)
    assert live.quality is Q.LOSSLESS
    assert world.app.adopter.unknown_torrents == ()
    world.client.step = 0.5
    story = await world.story(0)
    # Nobody is told again of what was there already.
    assert {event.run_id for event in story} == {run_id}
    assert statuses(story)[0] == "complete"
    assert story[0].data["restored"] is True
    assert story[-1].status is S.DOWNLOADED
    assert [t["added"] for t in world.client.torrents.values()] == [1, 1]
    runs = {run.run_id: run.status for run in await world.app.history.runs()}
    assert runs == {run_id: S.DOWNLOADED, done[0].run_id: S.DOWNLOADED}
    again = await world.get(c.SLOW_CARTOGRAPHY)
    assert again[-1].status is S.ALREADY_OWNED


async def test_a_sampler_is_adopted(world: LightWorld) -> None:
    await downloading(world, c.TIDEPOOL_SAMPLER)
    await lose_store(world)
    await world.app.adopter.adopt_torrents()
    assert [run.album_title for run in world.app.live_runs] == ["Tidepool Sampler"]


async def test_it_is_adopted_once(world: LightWorld) -> None:
    await downloading(world, c.GLASS_HARBOUR)
    await lose_store(world)
    for _ in range(3):
        await world.app.adopter.adopt_torrents()
    assert len(world.app.live_runs) == 1
    assert len(await world.app.history.events()) <= 2


async def test_what_nobody_knows_is_named(world: LightWorld) -> None:
    changes: list[tuple[str, ...]] = []
    await downloading(world, c.GLASS_HARBOUR)
    (torrent,) = world.client.torrents.values()
    await lose_store(world)
    torrent["name"] = "0123456789abcdef"
    adopter = world.app.adopter
    adopter.changed.connect(lambda: changes.append(adopter.unknown_torrents))
    await adopter.adopt_torrents()
    assert world.app.live_runs == []
    # The tag was taken away by a person.
    torrent["tags"] = []
    await adopter.adopt_torrents()
    assert changes == [("0123456789abcdef",), ()]


async def test_what_is_asked_for_anew_meanwhile_takes_the_torrent(
    world: LightWorld,
) -> None:
    await downloading(world, c.GLASS_HARBOUR)
    await lose_store(world)
    await world.ask(c.GLASS_HARBOUR)
    await until(lambda: world.app.live_runs[0].status is S.DOWNLOADING)
    await world.app.adopter.adopt_torrents()
    assert len(world.app.live_runs) == 1
    assert world.app.adopter.unknown_torrents == ()
    assert [t["added"] for t in world.client.torrents.values()] == [1]


async def test_an_adopted_download_that_stalls_is_searched_for(
    world: LightWorld,
) -> None:
    await world.have_patience(60.0)
    stuck = world.seeded[1].info_hash
    world.client.dries_up[stuck] = 0.3
    await downloading(world, c.GLASS_HARBOUR, Q.HIGH)
    await lose_store(world)
    await world.app.adopter.adopt_torrents()
    world.client.step = 0.5
    story = await world.story(0)
    told = statuses(story)
    assert "stalled" in told
    assert story[-1].status is S.DOWNLOADED
    assert list(world.client.torrents) != [stuck]


async def test_nothing_of_another_instance_is_adopted(world: LightWorld) -> None:
    world.client.torrents["a" * 40] = {
        "hashes": {"v1": "a" * 40, "v2": None},
        "name": world.seeded[0].offer.name,
        "phase": Phase.DOWNLOADING.value,
        "progress": 0.1,
        "tags": ["music_agregator", "music_agregator:another:01RUN"],
    }
    await world.app.adopter.adopt_torrents()
    assert world.app.live_runs == []
    assert world.app.adopter.unknown_torrents == ()


@pytest.mark.parametrize("is_away", [True, False])
async def test_it_waits_for_whoever_is_away(world: LightWorld, is_away: bool) -> None:
    await downloading(world, c.GLASS_HARBOUR)
    await lose_store(world)
    if is_away:
        world.client.go_away()
    await world.app.adopter.adopt_torrents()
    assert len(world.app.live_runs) == int(not is_away)
    world.client.error = None
    await world.app.adopter.adopt_torrents()
    assert len(world.app.live_runs) == 1


async def test_nobody_is_a_stranger_while_musicbrainz_is_away(
    world: LightWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await downloading(world, c.GLASS_HARBOUR)
    await lose_store(world)

    async def away(*_: Any, **__: Any) -> Any:
        raise MetadataUnavailableError

    with monkeypatch.context() as patched:
        patched.setattr(AlbumResolver, "resolve", away)
        await world.app.adopter.adopt_torrents()
        assert world.app.adopter.unknown_torrents == ()
        assert world.app.live_runs == []
    await world.app.adopter.adopt_torrents()
    assert len(world.app.live_runs) == 1


async def test_a_store_lost_while_it_runs_knows_all_of_it_again(
    world: LightWorld,
) -> None:
    await world.get(c.SLOW_CARTOGRAPHY)
    run_id = await downloading(world, c.GLASS_HARBOUR)
    name_torrents(world)
    world.app.start_background()
    await world.database.write(schema.drop)
    await world.app.history.head()
    world.clock.advance(60)

    async def known() -> set[str]:
        return {run.album_title for run in await world.app.history.runs()}

    async with asyncio.timeout(30):
        while await known() != {"Glass Harbour", "Slow Cartography"}:
            await until(lambda: any(wait > 10 for wait in world.clock.waits))
            world.clock.advance(46)
    assert [run.run_id for run in world.app.live_runs] == [run_id]
