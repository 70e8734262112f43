"""No byte that a torrent did not write is deleted or overwritten, on real qBittorrents."""

import asyncio
from collections.abc import Awaitable, Callable
import hashlib
from pathlib import Path
from typing import Any

import pytest

from custom_components.music_agregator.core.model import WorkflowStatus as S
from custom_components.music_agregator.core.quality import QualityProfile as Q
from sandbox import catalogue as c
from tests.core.real_parts import RealParts, open_real_parts
from tests.helpers import last, statuses

pytestmark = [
    pytest.mark.server,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("socket_enabled"),
]
BOTH = pytest.mark.parametrize("major", [4, 5])

TITLE = "The Paper Lanterns - Glass Harbour (2011) [FLAC]"


def own_files(real: RealParts) -> dict[Path, str]:
    """Put files of the user's own in place of a torrent's, under it and beside it."""
    offer = real.offer(TITLE)
    folder = real.client.downloads / offer.name
    names = [
        *(path.name for path in (real.world.music / offer.name).iterdir()),
        "notes.txt",
        "Scans/front.png",
    ]
    paths = [folder / name for name in names]
    paths += [real.client.downloads / name for name in ("own.flac", offer.name.upper())]
    paths.append(real.client.downloads / "Other" / offer.name / "01.flac")
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"my own {number}".encode() * 1_000)
    return {path: digest(path) for path in paths}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def left_over(real: RealParts, own: dict[Path, str]) -> list[Path]:
    """What lies in the save path and is not the user's."""
    every = {path for path in real.client.downloads.rglob("*") if path.is_file()}
    return sorted(every - set(own))


async def gone(real: RealParts) -> None:
    await real.client.until(
        lambda client: client.torrents_info(), lambda found: not found, 60
    )


async def stalls(real: RealParts) -> None:
    """Nobody seeds it: it is given up."""
    seeder = real.world.seeder.client()
    await asyncio.to_thread(seeder.torrents_stop, torrent_hashes="all")
    story = await real.get(c.GLASS_HARBOUR, Q.LOSSLESS)
    assert statuses(story)[-3:] == ["stalled", "download_failed", "not_found"]
    await gone(real)


async def is_cancelled(real: RealParts) -> None:
    """It is cancelled with its files, in the middle."""
    seeder = real.world.seeder.client()
    await asyncio.to_thread(seeder.torrents_stop, torrent_hashes="all")
    run_id, since = await real.ask(c.GLASS_HARBOUR, Q.LOSSLESS)
    subscription, _ = await real.app.bus.catch_up(since_seq=since)
    async with asyncio.timeout(60):
        async for event in subscription:
            if event.status is S.DOWNLOADING:
                break
    subscription.close()
    await real.app.cancel(run_id, delete_files=True)
    await gone(real)


@BOTH
@pytest.mark.parametrize("end", [stalls, is_cancelled])
async def test_giving_up_takes_nothing_of_the_users(
    major: int, end: Callable[[RealParts], Awaitable[None]], tmp_path: Path
) -> None:
    offers = tuple(one for one in c.OFFERS if one.title == TITLE)
    async with open_real_parts(
        tmp_path, major, offers=offers, stall_seconds=4.0
    ) as real:
        own = own_files(real)
        await end(real)
        assert {path: digest(path) for path in own} == own
        assert left_over(real, own) == []
        for path in own:
            path.write_bytes(b"and changed since")
        await real.app.close()
        await real.start()
        await asyncio.sleep(0)
        assert {path.read_bytes() for path in own} == {b"and changed since"}


@BOTH
async def test_a_download_overwrites_nothing(major: int, tmp_path: Path) -> None:
    offers = tuple(one for one in c.OFFERS if one.title == TITLE)
    async with open_real_parts(tmp_path, major, offers=offers) as real:
        own = own_files(real)
        story = await real.get(c.GLASS_HARBOUR, Q.LOSSLESS)
        done = last(story, S.DOWNLOADED)
        path = Path(done["path"])
        assert real.world.differences(real.offer(TITLE), path) == []
        assert {path: digest(path) for path in own} == own
        assert path.parent != real.client.downloads


@BOTH
async def test_what_is_not_in_a_folder_of_ours_is_removed_without_its_files(
    major: int, tmp_path: Path
) -> None:
    """As a torrent of an earlier version, or one that the user has moved."""
    offers = tuple(one for one in c.OFFERS if one.title == TITLE)
    async with open_real_parts(
        tmp_path, major, offers=offers, upload_limit=900_000
    ) as real:
        run_id, since = await real.ask(c.GLASS_HARBOUR, Q.LOSSLESS)
        subscription, _ = await real.app.bus.catch_up(since_seq=since)
        async with asyncio.timeout(420):
            async for event in subscription:
                if event.data.get("percent", 0) >= 20:
                    break
        subscription.close()
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        client: Any = real.client.client()
        await asyncio.to_thread(
            client.torrents_set_location, location=str(elsewhere), torrent_hashes="all"
        )
        await real.client.until(
            lambda client: client.torrents_info(),
            lambda found: str(found[0]["save_path"]).rstrip("/") == str(elsewhere),
            60,
        )
        await real.app.cancel(run_id, delete_files=True)
        await gone(real)
        assert [path for path in elsewhere.rglob("*") if path.is_file()]
