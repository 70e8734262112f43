"""Until it is on disk, on real qBittorrents: seeders that vanish, fakes, packs, people."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from custom_components.music_agregator.core.model import AlbumEvent, WorkflowStatus as S
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.settings import Preferences
from custom_components.music_agregator.core.store import schema
from custom_components.music_agregator.core.store.engine_database import EngineDatabase
from sandbox import catalogue as c
from tests.core.made_up import PACK
from tests.core.real_parts import RealParts, open_real_parts
from tests.helpers import last, statuses

pytestmark = [
    pytest.mark.server,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("socket_enabled"),
]
BOTH = pytest.mark.parametrize("major", [4, 5])

SLOW = 900_000
FLAC = "The Paper Lanterns - Glass Harbour (2011) [FLAC]"


async def downloading(real: RealParts, least: int = 0) -> None:
    """Wait until the only run has downloaded so many percent."""
    subscription, _ = await real.app.bus.catch_up(since_seq=0)
    # As in RealParts.story: a busy peer is met again after minutes.
    async with asyncio.timeout(420):
        async for event in subscription:
            if event.status is S.DOWNLOADING and event.data["percent"] >= least:
                break
    subscription.close()


async def on_client(real: RealParts, work: Callable[[Any], object]) -> None:
    await asyncio.to_thread(work, real.client.client())


def priorities(client: Any) -> list[int]:
    return [
        file["priority"]
        for torrent in client.torrents_info()
        for file in client.torrents_files(torrent_hash=torrent["hash"])
    ]


def progress(client: Any, name: str) -> float:
    (torrent,) = client.torrents_info(torrent_hashes=name)
    return float(torrent["progress"])


def info_hash(real: RealParts, title: str) -> str:
    return next(o.info_hash for o in real.world.seeded if o.offer.title == title)


async def torrents(real: RealParts) -> dict[str, dict[str, Any]]:
    found: Any = await asyncio.to_thread(real.client.client().torrents_info)
    return {torrent["hash"]: torrent for torrent in found}


async def gone(real: RealParts, name: str) -> None:
    await real.client.until(
        lambda client: client.torrents_info(),
        lambda found: all(torrent["hash"] != name for torrent in found),
        60,
    )


def remaster() -> c.Offer:
    """A second FLAC of Glass Harbour, with fewer seeders."""
    return c.Offer(
        title="The Paper Lanterns - Glass Harbour [FLAC]",
        album=c.GLASS_HARBOUR,
        codec="flac",
        seeders=2,
    )


@pytest.mark.long
@pytest.mark.parametrize("major", [4])
async def test_a_seeder_vanishes_and_the_next_candidate_comes(
    major: int, tmp_path: Path
) -> None:
    async with open_real_parts(
        tmp_path,
        major,
        offers=(c.OFFERS[0], remaster()),
        upload_limit=SLOW // 3,
        stall_seconds=20.0,
    ) as real:
        first = info_hash(real, FLAC)
        _, since = await real.ask(c.GLASS_HARBOUR, Q.LOSSLESS)
        await downloading(real, 40)
        seeder = real.world.seeder.client()
        await asyncio.to_thread(seeder.torrents_stop, torrent_hashes=first)
        story = await real.story(c.GLASS_HARBOUR, since)
        try:
            await gone(real, first)
        except TimeoutError:
            left = (await torrents(real))[first]
            pytest.fail(f"{[str(e.status) for e in story]} {left}")
        assert not (real.client.downloads / real.offer(FLAC).name).exists()
        path = Path(last(story, S.DOWNLOADED)["path"])
        assert real.world.differences(remaster(), path) == []
    told = statuses(story)
    at = told.index("stalled")
    assert told[at : at + 4] == [
        "stalled",
        "download_failed",
        "adding_torrent",
        "complete",
    ]
    assert last(story, S.STALLED)["percent"] >= 40
    assert last(story, S.ADDING_TORRENT)["attempt"] == 2


@BOTH
async def test_a_fake_is_found_out_by_looking_inside(
    major: int, tmp_path: Path
) -> None:
    fake = c.Offer(title=FLAC, album=c.GLASS_HARBOUR, codec="fake", seeders=14)
    async with open_real_parts(tmp_path, major, offers=(fake, remaster())) as real:
        story = await real.get(c.GLASS_HARBOUR, Q.LOSSLESS)
        await gone(real, info_hash(real, FLAC))
    failed = last(story, S.DOWNLOAD_FAILED)
    assert (failed["error"], failed["found"]) == ("wrong_codec", "MP3 192")
    done = last(story, S.DOWNLOADED)
    assert (done["quality"], done["looked_into"]) == ("FLAC 16/44.1", True)


@pytest.mark.parametrize(
    ("major", "link", "is_joined"),
    [(4, "magnet", False), (5, "magnet", False), (5, "torrent", True)],
)
async def test_of_a_pack_only_the_wanted_albums_come(
    major: int, tmp_path: Path, link: str, is_joined: bool
) -> None:
    pack = c.Offer(
        title=PACK.title,
        album=PACK.album,
        codec="flac",
        seeders=9,
        link=link,
        pack=PACK.pack,
    )
    async with open_real_parts(
        tmp_path,
        major,
        offers=(pack,),
        preferences=Preferences(allow_packs=True),
    ) as real:
        seeder = real.world.seeder.client()
        if is_joined:
            # Nothing comes before both have chosen their files.
            await asyncio.to_thread(seeder.torrents_stop, torrent_hashes="all")
        _, since = await real.ask(c.UNHEARD, Q.LOSSLESS)
        if is_joined:
            await real.ask(c.SLOW_CARTOGRAPHY, Q.LOSSLESS)
            await real.client.until(
                priorities,
                lambda found: sum(map(bool, found)) == 5,
                60,
            )
            await asyncio.to_thread(seeder.torrents_start, torrent_hashes="all")
            joined = await real.story(c.SLOW_CARTOGRAPHY, since)
            assert joined[-1].status is S.DOWNLOADED
        story = await real.story(c.UNHEARD, since)
        folder = Path(last(story, S.DOWNLOADED)["path"])
        assert folder.name == "1991 - The Unheard Side"
        expected = {"1991 - The Unheard Side": 2}
        if is_joined:
            expected |= {"1987 - Slow Cartography": 3}
        assert music(real) == expected
        assert len(await torrents(real)) == 1
        different = real.world.differences(pack, folder.parent)
        assert {name.split("/")[0] for name in different}.isdisjoint(expected)


def music(real: RealParts) -> dict[str, int]:
    """How many whole audio files lie in each folder of the downloads."""
    found: dict[str, int] = {}
    for path in real.client.downloads.rglob("*.flac"):
        original = next(real.world.music.rglob(f"{path.parent.name}/{path.name}"))
        if path.stat().st_size == original.stat().st_size:
            found[path.parent.name] = found.get(path.parent.name, 0) + 1
    return found


@pytest.mark.long
@pytest.mark.parametrize("major", [5])
async def test_a_person_pauses_and_resumes_and_removes(
    major: int, tmp_path: Path
) -> None:
    async with open_real_parts(
        tmp_path,
        major,
        offers=(c.OFFERS[0], c.OFFERS[5]),
        upload_limit=SLOW,
        # A peer that was left may be met again after a minute only.
        stall_seconds=300.0,
    ) as real:
        # A second one of ours: who removes the first is no wipe.
        await real.get(c.SLOW_CARTOGRAPHY, Q.LOSSLESS)
        name = info_hash(real, FLAC)
        _, since = await real.ask(c.GLASS_HARBOUR, Q.LOSSLESS)
        await until_run(real, S.DOWNLOADING)
        await on_client(real, lambda q: q.torrents_stop(torrent_hashes=name))
        await looks(real, 2)
        for _ in range(7):
            real.clock.leap(60.0)
            await looks(real, 1)
        assert [run.status for run in real.app.live_runs] == [S.DOWNLOADING]
        await on_client(real, lambda q: q.torrents_start(torrent_hashes=name))
        await real.client.until(
            lambda q: progress(q, name),
            lambda share: share > 0.2,
            120,
        )
        await on_client(
            real,
            lambda q: q.torrents_delete(torrent_hashes=name, delete_files=True),
        )
        story = await real.story(c.GLASS_HARBOUR, since)
    assert story[-1].status is S.CANCELLED
    assert story[-1].data["error"] == "removed_in_client"
    assert "stalled" not in statuses(story)


async def looks(real: RealParts, number: int) -> None:
    """Wait until the downloads have been looked at so many times."""
    seen = asyncio.Semaphore(0)
    stop = real.app.monitor.progress.connect(lambda _: seen.release())
    async with asyncio.timeout(60):
        for _ in range(number):
            await seen.acquire()
    stop()


async def until_run(real: RealParts, status: S) -> None:
    async with asyncio.timeout(60):
        while status not in {run.status for run in real.app.live_runs}:
            await asyncio.sleep(0.02)


@pytest.mark.long
@BOTH
async def test_the_client_dies_and_its_torrents_are_wiped_and_so_is_our_store(
    major: int, tmp_path: Path
) -> None:
    """One after the other, in the middle of two downloads: both end on disk, once."""
    offers = (c.OFFERS[0], c.OFFERS[5])
    async with open_real_parts(
        tmp_path, major, offers=offers, upload_limit=SLOW
    ) as real:
        runs = {
            album: await real.ask(album, Q.LOSSLESS)
            for album in (c.GLASS_HARBOUR, c.SLOW_CARTOGRAPHY)
        }

        async def both_downloading() -> None:
            async with asyncio.timeout(60):
                while [r.status for r in real.app.live_runs] != [S.DOWNLOADING] * 2:
                    await asyncio.sleep(0.02)

        await both_downloading()
        await real.client.kill()
        await real.client.start()
        await real.client.until(lambda q: q.torrents_info(), lambda t: len(t) == 2)
        # Its list of torrents is lost, the files stay.
        await on_client(
            real,
            lambda q: q.torrents_delete(torrent_hashes="all", delete_files=False),
        )
        await real.client.until(lambda q: q.torrents_info(), lambda t: len(t) == 2)
        assert len(real.app.live_runs) == 2
        # And now our own tables.
        await real.app.close()
        await erase(real)
        await real.start()
        assert real.app.live_runs == []
        await real.app.adopter.adopt_torrents()
        ids = {run_id for run_id, _ in runs.values()}
        assert {run.run_id for run in real.app.live_runs} == ids
        ends = await asyncio.gather(*(real.story(album, 0) for album in runs))
        assert [end[-1].status for end in ends] == [S.DOWNLOADED] * 2
        for offer, end in zip(offers, ends, strict=True):
            assert real.world.differences(offer, path_of(end)) == []
        assert len(await torrents(real)) == 2


def path_of(story: list[AlbumEvent]) -> Path:
    return Path(last(story, S.DOWNLOADED)["path"])


async def erase(real: RealParts) -> None:
    database = EngineDatabase(real.store_url)
    await database.write(schema.drop)
    await database.close()
