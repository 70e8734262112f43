"""What is shared: a pack by two albums, a folder by two torrents. Nothing of it is lost."""

import asyncio
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from custom_components.music_agregator.core.model import Extent, WorkflowStatus as S
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.settings import Preferences
from custom_components.music_agregator.core.store.tables import DOWNLOADS
from sandbox import catalogue as c
from tests.core.made_up import PACK
from tests.core.stories import first_choice
from tests.fakes import KeptDatabase, LightWorld
from tests.helpers import last, statuses, until

MINUTE = 60.0


class TestPack:
    """Two albums of a pack that is all there is."""

    @pytest.fixture
    async def world(self, database: KeptDatabase, socket_enabled: None) -> Any:
        async with LightWorld(
            database=database,
            offers=(PACK,),
            preferences=Preferences(allow_packs=True),
        ) as world:
            self.pack = world.seeded[0].info_hash
            yield world

    def files(self, world: LightWorld, album: c.Album) -> list[int]:
        return [
            index
            for index, (name, _) in enumerate(world.client.contents[self.pack])
            if f"- {album.title}/" in name and name.endswith(".flac")
        ]

    def wants(self, world: LightWorld, files: list[int]) -> bool:
        torrent: dict[str, Any] = world.client.torrents.get(self.pack, {})
        return set(files).isdisjoint(torrent.get("unwanted", files))

    async def both(self, world: LightWorld) -> list[str]:
        """Have two albums of the pack downloaded; of the first all is there, at 50 %."""
        world.client.step = 0.0
        ids = []
        for album in (c.UNHEARD, c.SLOW_CARTOGRAPHY):
            ids.append((await world.ask(album))["run_id"])
            mine = self.files(world, album)
            await until(partial(self.wants, world, mine))
        world.client.whole[self.pack] = {*self.files(world, c.UNHEARD)}
        world.client.torrents[self.pack]["progress"] = 0.5
        return ids

    async def test_an_album_that_is_whole_does_not_wait_for_the_other(
        self, world: LightWorld
    ) -> None:
        first, second = await self.both(world)
        await until(lambda: len(world.app.live_runs) == 1)
        assert (await world.app.history.run(first)).status is S.DOWNLOADED
        assert world.app.live_runs[0].run_id == second

    async def test_it_stays_though_the_other_is_never_seeded(
        self, world: LightWorld
    ) -> None:
        first, second = await self.both(world)
        await world.have_patience(30 * MINUTE)
        await until(lambda: not world.app.live_runs)
        ended = {run.run_id: run.status for run in await world.app.history.runs()}
        assert ended == {first: S.DOWNLOADED, second: S.NOT_FOUND}
        await until(lambda: not world.tasks)
        assert self.pack in world.client.torrents
        assert not [call for call in world.client.calls if call.startswith("remove")]

    async def test_what_is_whole_when_it_stalls_is_not_given_up(
        self, world: LightWorld
    ) -> None:
        """Its last piece came while nobody looked."""
        world.client.step = 0.0
        answer = await world.ask(c.UNHEARD)
        await until(lambda: [r.status for r in world.app.live_runs] == [S.DOWNLOADING])
        await world.have_patience(30 * MINUTE)
        told: list[str] = []

        def note(event: Any) -> None:
            if event.status is S.STALLED:
                world.client.whole[self.pack] = {*self.files(world, c.UNHEARD)}
            told.append(event.status)

        world.app.bus.published.connect(note)
        await until(lambda: not world.app.live_runs)
        assert told == ["stalled", "downloading", "downloaded"]
        assert (await world.app.history.run(answer["run_id"])).status is S.DOWNLOADED

    async def test_what_a_person_left_out_stays_out_after_a_restart(
        self, world: LightWorld
    ) -> None:
        world.client.step = 0.0
        answer = await world.ask(c.SLOW_CARTOGRAPHY)
        await self.looked_into(world, 1)
        mine = self.files(world, c.SLOW_CARTOGRAPHY)
        torrent = world.client.torrents[self.pack]
        torrent["unwanted"].append(mine[0])
        await world.restart()
        world.client.step = 0.5
        await until(lambda: not world.app.live_runs)
        run = await world.app.history.run(answer["run_id"])
        assert run.status is S.DOWNLOADED
        assert mine[0] in torrent["unwanted"]

    async def test_an_album_left_out_by_hand_is_cancelled(
        self, world: LightWorld
    ) -> None:
        world.client.step = 0.0
        answer = await world.ask(c.SLOW_CARTOGRAPHY)
        await self.looked_into(world, 1)
        torrent = world.client.torrents[self.pack]
        torrent["unwanted"] = list(range(len(world.client.contents[self.pack])))
        world.client.step = 0.5
        await until(lambda: not world.app.live_runs)
        run = await world.app.history.run(answer["run_id"])
        assert (run.status, run.reason) == (S.CANCELLED, "left_out")

    async def test_music_that_another_album_replaced_is_not_owned(
        self, world: LightWorld
    ) -> None:
        """The pack was removed and added again by hand, for another album of it."""
        await world.get(c.UNHEARD)
        world.client.torrents[self.pack]["unwanted"] = self.files(world, c.UNHEARD)
        world.client.step = 0.5
        story = await world.get(c.UNHEARD)
        assert S.ALREADY_OWNED not in statuses(story)
        assert story[-1].status is S.DOWNLOADED

    async def looked_into(self, world: LightWorld, count: int) -> None:
        """Wait until so many runs, one or two, have chosen their files."""
        chosen = select(func.count()).where(DOWNLOADS.c.extent == Extent.CHOSEN.value)
        async with asyncio.timeout(30):
            while not await world.database.read(lambda c: c.scalar(chosen)):
                await asyncio.sleep(0.005)
        if count > 1:
            await until(lambda: "want True" in world.client.calls)

    async def leave_out(self, world: LightWorld, album: c.Album) -> None:
        """Leave an album out by hand, while the first one waits at 15 %."""
        world.client.step = 0.0
        await world.ask(c.UNHEARD)
        await self.looked_into(world, 1)
        await world.ask(album)
        await self.looked_into(world, 2)
        torrent = world.client.torrents[self.pack]
        torrent["unwanted"] += self.files(world, album)
        torrent["progress"] = 0.15
        await until(lambda: len(world.app.live_runs) == 1)

    async def test_what_is_left_out_leaves_finished_music(
        self, world: LightWorld
    ) -> None:
        """Asked for again, and cancelled with its files: the other album stays."""
        await world.get(c.UNHEARD)
        world.client.step = 0.0
        for is_left_out in (True, False):
            answer = await world.ask(c.SLOW_CARTOGRAPHY)
            await self.looked_into(world, 1)
            if is_left_out:
                torrent = world.client.torrents[self.pack]
                torrent["unwanted"] += self.files(world, c.SLOW_CARTOGRAPHY)
                world.client.step = 0.5
                await until(lambda: not world.app.live_runs)
                world.client.step = 0.0
        await world.app.cancel(answer["run_id"], delete_files=True)
        await until(lambda: not world.tasks)
        assert self.pack in world.client.torrents

    async def test_what_is_left_out_is_not_gone_for_the_other(
        self, world: LightWorld
    ) -> None:
        await self.leave_out(world, c.SLOW_CARTOGRAPHY)
        kept = dict(world.client.torrents)
        world.client.torrents.clear()
        polls = world.client.calls.count("snapshot")
        await until(lambda: world.client.calls.count("snapshot") > polls + 6)
        world.client.torrents.update(kept)
        assert [run.album_id for run in world.app.live_runs] == [c.UNHEARD.album_id]

    async def test_what_is_left_out_and_asked_for_again_joins(
        self, world: LightWorld
    ) -> None:
        await self.leave_out(world, c.SLOW_CARTOGRAPHY)
        await world.ask(c.SLOW_CARTOGRAPHY)
        await self.looked_into(world, 2)
        world.client.step = 0.25
        await until(lambda: not world.app.live_runs)
        ended = [run.status for run in await world.app.history.runs()]
        assert ended == [S.DOWNLOADED, S.CANCELLED, S.DOWNLOADED]

    async def test_two_whose_names_come_at_once_get_both(
        self, world: LightWorld
    ) -> None:
        client = world.client
        client.step = 0.0
        add, files = client.add, client.files

        async def adding(new: Any) -> None:
            await add(new)
            client.torrents[self.pack]["phase"] = "metadata"

        async def slowly(torrent_id: str) -> Any:
            found = await files(torrent_id)
            await asyncio.sleep(0.002)
            return found

        client.add, client.files = adding, slowly  # type: ignore[method-assign]
        await world.ask(c.UNHEARD)
        await world.ask(c.SLOW_CARTOGRAPHY)
        await until(
            lambda: [r.status for r in world.app.live_runs] == [S.DOWNLOADING] * 2
        )
        client.torrents[self.pack]["phase"] = "paused"
        await self.looked_into(world, 2)
        client.step = 0.25
        await until(lambda: not world.app.live_runs)
        assert {run.status for run in await world.app.history.runs()} == {S.DOWNLOADED}

    async def test_what_is_added_anew_while_it_stalls_is_looked_into(
        self, world: LightWorld
    ) -> None:
        world.client.step = 0.0
        answer = await world.ask(c.UNHEARD)
        await self.looked_into(world, 1)
        await world.have_patience(30 * MINUTE)
        asked: list[bool] = []
        world.app.missing_torrents.changed.connect(
            lambda _, is_asked: asked.append(is_asked)
        )

        def wipe(event: Any) -> None:
            if event.status is S.STALLED:
                world.client.torrents.clear()

        world.app.bus.published.connect(wipe)
        await until(lambda: asked == [True])
        world.client.step = 0.25
        world.app.missing_torrents.answer(answer["run_id"], add_again=True)
        await until(lambda: not world.app.live_runs)
        assert (await world.app.history.run(answer["run_id"])).status is S.DOWNLOADED

    async def test_what_is_whole_is_found_to_be_within_a_minute(
        self, world: LightWorld
    ) -> None:
        """Nothing moves, and nobody gives anything up."""
        first, _ = await self.both(world)
        torrent = world.client.torrents[self.pack]
        world.client.whole[self.pack] = set()
        torrent["progress"] = 0.5
        polls = world.client.calls.count("snapshot")
        await until(lambda: world.client.calls.count("snapshot") > polls + 6)
        if len(world.app.live_runs) == 2:
            world.client.whole[self.pack] = {*self.files(world, c.UNHEARD)}
            torrent["progress"] = 0.55
        start = world.clock.now()
        await until(lambda: len(world.app.live_runs) == 1)
        assert world.clock.now() - start <= 2 * MINUTE
        assert (await world.app.history.run(first)).status is S.DOWNLOADED

    async def test_a_pack_without_room_is_not_read_at_every_poll(
        self, world: LightWorld
    ) -> None:
        """While there is no room for it, it is not read at every poll."""
        # For the torrent, that is; for the files that are wanted there is none.
        world.client.free_bytes = 100_000_001
        await world.ask(c.UNHEARD)
        await until(lambda: bool(world.app.disk_space.shortages))
        start = world.clock.now()
        looks = world.client.calls.count("files")
        await until(lambda: world.clock.now() > start + 10 * MINUTE)
        assert world.client.calls.count("files") - looks <= 21


async def test_files_of_another_torrent_stay(world: LightWorld) -> None:
    """The same music under another info-hash seeds from the same folder."""
    await world.have_patience(MINUTE)
    gone = first_choice(world)
    world.client.dries_up[gone] = 0.4
    theirs = "f" * 40
    world.client.torrents[theirs] = {
        "hashes": {"v1": theirs, "v2": None},
        "phase": "finished",
        "progress": 1.0,
        "tags": [],
    }
    world.client.paths |= {
        gone: f"/downloads/{gone}",
        theirs: f"/downloads/{gone}/CD1",
    }
    await world.get(c.GLASS_HARBOUR, Q.HIGH)
    await until(lambda: gone not in world.client.torrents)
    assert "remove delete_files=False" in world.client.calls
    assert "remove delete_files=True" not in world.client.calls


@pytest.mark.long
async def test_without_a_connection_nothing_is_given_up(world: LightWorld) -> None:
    """Its VPN is down: nobody seeds, and that is nobody's fault."""
    await world.have_patience(5 * MINUTE)
    gone = first_choice(world)
    world.client.dries_up[gone] = 0.4
    world.client.is_connected = False
    await world.ask(c.GLASS_HARBOUR, Q.HIGH)
    await until(lambda: [r.status for r in world.app.live_runs] == [S.DOWNLOADING])
    start = world.clock.now()
    await until(lambda: world.clock.now() > start + 60 * MINUTE)
    assert [r.status for r in world.app.live_runs] == [S.DOWNLOADING]
    world.client.is_connected = True
    story = await world.story(0)
    assert last(story, S.DOWNLOAD_FAILED)["error"] == "stalled"
    assert story[-1].status is S.DOWNLOADED
