"""What is in the library folders is not downloaded again."""

import asyncio
from collections.abc import AsyncIterator, Callable
import os
from pathlib import Path
import shutil
import struct
from typing import Any
import zlib

from mutagen.aiff import AIFF
from mutagen.apev2 import APEv2
from mutagen.id3 import ID3, TALB, TIT2, TPE1
import pytest
import soundfile
from sqlalchemy import Connection, func, select, text

from custom_components.music_agregator.core.library import media_reader
from custom_components.music_agregator.core.library.index import LibraryIndex
from custom_components.music_agregator.core.library.media_reader import MediaReader
from custom_components.music_agregator.core.model import Edition, TrackFacts
from custom_components.music_agregator.core.quality import (
    Codec,
    Quality,
    QualityPreferences,
    QualityProfile as Q,
)
from custom_components.music_agregator.core.store import schema
from custom_components.music_agregator.core.store.tables import LIBRARY_FILES
from sandbox import catalogue as c
from sandbox.audio import write_offer, write_track
from sandbox.catalogue import OFFERS
from tests.fakes import KeptDatabase, LightWorld, ManualClock
from tests.helpers import statuses

from . import crafted

USUAL = QualityPreferences()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    return folder


@pytest.fixture
async def shelved(
    database: KeptDatabase, folder: Path, socket_enabled: None
) -> AsyncIterator[LightWorld]:
    async with LightWorld(database=database, library_folders=(str(folder),)) as world:
        yield world


@pytest.fixture
def shelf(shelved: LightWorld) -> LibraryIndex:
    return shelved.app.library


def files(connection: Connection) -> int:
    return int(connection.scalar(select(func.count()).select_from(LIBRARY_FILES)) or 0)


async def test_while_a_folder_is_away_its_music_is_unknown(
    shelved: LightWorld, folder: Path
) -> None:
    folder.rmdir()
    story = await shelved.get(c.GLASS_HARBOUR)
    (searching,) = [event for event in story if event.status == "searching"]
    assert searching.data["library"] == "unknown"
    assert statuses(story)[-1] == "downloaded"


async def test_a_household_may_prefer_to_wait_for_it(
    database: KeptDatabase, folder: Path, socket_enabled: None
) -> None:
    away = folder.rename(folder.with_name("asleep"))
    async with LightWorld(
        database=database, library_folders=(str(folder),), waits_for_library=True
    ) as world:
        answer = await world.ask(c.GLASS_HARBOUR)
        await world.clock.until_waiting(60)
        world.clock.advance(60)
        await world.clock.until_waiting(60)
        assert [run.status for run in world.app.live_runs] == ["checking_owned"]
        write_offer(away, OFFERS[0])
        away.rename(folder)
        world.clock.advance(60)
        story = await world.story(answer["seq"] - 1)
    assert statuses(story)[-1] == "already_owned"


async def test_an_album_in_the_library_is_owned(
    shelved: LightWorld, shelf: LibraryIndex, folder: Path
) -> None:
    where = write_offer(folder, OFFERS[0])
    assert await shelf.scan() == 3
    story = await shelved.get(c.GLASS_HARBOUR)
    assert statuses(story)[-1] == "already_owned"
    data = story[-1].data
    assert (data["error"], data["folder"]) == ("in_library", str(where))
    assert data["quality"] == "FLAC 16/44.1"
    assert shelved.client.torrents == {}


@pytest.mark.long
@pytest.mark.parametrize(
    ("offer", "album", "quality", "is_owned"),
    [
        # A lesser quality than asked for is not owned.
        (OFFERS[0], c.GLASS_HARBOUR, Q.HI_RES, False),
        (OFFERS[1], c.GLASS_HARBOUR, Q.LOSSLESS, False),
        (OFFERS[1], c.GLASS_HARBOUR, Q.ANY, True),
        (OFFERS[6], c.SLOW_CARTOGRAPHY, Q.HI_RES, True),
        # Nor is another album of that name.
        (OFFERS[2], c.GLASS_HARBOUR, Q.ANY, False),
        (OFFERS[7], c.TIN_WEATHER, Q.HIGH, False),
    ],
)
async def test_good_enough_and_the_right_one(
    shelved: LightWorld,
    shelf: LibraryIndex,
    folder: Path,
    offer: c.Offer,
    album: c.Album,
    quality: Q,
    is_owned: bool,
) -> None:
    write_offer(folder, offer)
    await shelf.scan()
    asked = await shelved.app.service.album(album.album_id)
    found = await shelf.find(asked, quality, USUAL)
    assert (found is not None) is is_owned


def write_aiff(path: Path, album: c.Album, title: str) -> None:
    """A short track, tagged as macOS does."""
    soundfile.write(path, [0.0] * 44_100, 44_100, format="AIFF", subtype="PCM_16")
    file = AIFF(path)
    file.add_tags()
    tags: Any = file.tags
    for frame in (TPE1(text=album.artist), TALB(text=album.title), TIT2(text=title)):
        tags.add(frame)
    file.save()


def write_aac(path: Path, album: c.Album, title: str) -> None:
    """A few frames of silence in ADTS, with an APE tag."""
    path.write_bytes(bytes.fromhex("fff1508002bffc210004600c1c") * 40)
    write_ape_tag(path, album, title)


def write_tta(path: Path, album: c.Album, title: str) -> None:
    """The head of a True Audio file of one second, with an ID3 tag."""
    head = struct.pack("<4sHHHII", b"TTA1", 1, 1, 16, 44_100, 44_100)
    path.write_bytes(head + struct.pack("<I", zlib.crc32(head)) + bytes(400))
    tags = ID3()
    for frame in (TPE1(text=album.artist), TALB(text=album.title), TIT2(text=title)):
        tags.add(frame)
    tags.save(path)


def write_mpc(path: Path, album: c.Album, title: str) -> None:
    """The head of a Musepack file of stream version 7, with an APE tag."""
    head = struct.pack("<4sIIHHI", b"MP+\x07", 50, 0x0000_0000, 0, 0, 0)
    path.write_bytes(head + bytes(400))
    write_ape_tag(path, album, title)


def write_ape_tag(path: Path, album: c.Album, title: str) -> None:
    tags = APEv2()
    tags.update({"Artist": album.artist, "Album": album.title, "Title": title})
    tags.save(path)


@pytest.mark.parametrize(
    ("write", "suffix", "quality"),
    [
        (write_aiff, "aiff", Q.LOSSLESS),
        (write_aiff, "aif", Q.LOSSLESS),
        (write_aac, "aac", Q.ANY),
        (write_tta, "tta", Q.ANY),
        (write_mpc, "mpc", Q.ANY),
    ],
)
async def test_every_audio_format_is_seen(
    shelved: LightWorld,
    shelf: LibraryIndex,
    folder: Path,
    write: Callable[[Path, c.Album, str], None],
    suffix: str,
    quality: Q,
) -> None:
    for number, (title, _) in enumerate(c.GLASS_HARBOUR.editions[0].tracks, start=1):
        write(folder / f"{number:02}.{suffix}", c.GLASS_HARBOUR, title)
    assert await shelf.scan() == len(c.GLASS_HARBOUR.editions[0].tracks)
    story = await shelved.get(c.GLASS_HARBOUR, quality)
    assert statuses(story)[-1] == "already_owned"


async def test_names_will_do_however_they_are_spelt(
    shelved: LightWorld, shelf: LibraryIndex, folder: Path
) -> None:
    spelt = c.Album(artist="PAPER LANTERNS, THE", title="Glass  harbour", editions=())
    for number, title in enumerate(("a", "b", "c"), start=1):
        write_track(folder, spelt, number, title, 1.0, codec="mp3")
    await shelf.scan()
    asked = await shelved.app.service.album(c.GLASS_HARBOUR.album_id)
    assert await shelf.find(asked, Q.ANY, USUAL)
    (folder / "01 a.mp3").unlink()
    await shelf.scan()
    # Two of three tracks are not the album.
    assert await shelf.find(asked, Q.ANY, USUAL) is None


async def test_only_what_changed_is_read_again(
    shelf: LibraryIndex, folder: Path, database: KeptDatabase
) -> None:
    write_offer(folder, OFFERS[0])
    (folder / "cover.jpg").write_bytes(b"no music")
    assert await shelf.scan() == 3
    assert await shelf.scan() == 0
    track = next(folder.rglob("*.flac"))
    os.utime(track, (1, 1))
    assert await shelf.scan() == 1
    track.rename(track.with_name("renamed.flac"))
    assert await shelf.scan() == 1
    assert await database.read(files) == 3
    shutil.rmtree(folder / OFFERS[0].name)
    assert await shelf.scan() == 0
    assert await database.read(files) == 0


async def test_a_folder_that_sleeps_forgets_nothing(
    shelf: LibraryIndex,
    folder: Path,
    database: KeptDatabase,
    caplog: pytest.LogCaptureFixture,
) -> None:
    write_offer(folder, OFFERS[0])
    await shelf.scan()
    away = folder.rename(folder.with_name("asleep"))
    for _ in range(3):
        assert await shelf.scan() == 0
    assert await database.read(files) == 3
    assert caplog.text.count("is not there") == 1
    away.rename(folder)
    assert await shelf.scan() == 0


@pytest.mark.long
async def test_it_is_scanned_every_few_hours(
    shelved: LightWorld, folder: Path, database: KeptDatabase
) -> None:
    async def until(count: int) -> None:
        async with asyncio.timeout(30):
            while await database.read(files) != count:
                await asyncio.sleep(0.005)

    write_offer(folder, OFFERS[0])
    shelved.app.start_background()
    await until(3)
    await shelved.clock.until_waiting(6 * 3_600)
    write_offer(folder, OFFERS[1])
    shelved.clock.advance(6 * 3_600 + 1)
    await until(6)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda path: path.write_bytes(b""), "empty.flac"),
        (lambda path: path.write_bytes(b"fLaC" + b"\xff" * 5_000), "broken.flac"),
        (lambda path: path.write_bytes(b"ID3\x04" + b"\0" * 900), "broken.mp3"),
        (lambda path: path.symlink_to(path.parent / "nothing"), "dangling.ogg"),
        (lambda path: path.write_bytes(os.urandom(3_000)), "noise.m4a"),
    ],
)
async def test_a_broken_file_says_nothing(
    shelf: LibraryIndex,
    folder: Path,
    make: Callable[[Path], object],
    name: str,
    reader: MediaReader,
) -> None:
    make(folder / name)
    assert await reader.read(folder / name) in {TrackFacts(), None}
    assert await shelf.scan() <= 1
    assert await shelf.scan() == 0


async def test_what_a_file_says(folder: Path, reader: MediaReader) -> None:
    hi_res = write_track(folder, c.NAEVE, 1, "Élan", 1.0, codec="flac24")
    facts = await reader.read(hi_res)
    assert facts is not None
    assert facts.quality == Quality(
        codec=Codec.FLAC, bit_depth=24, sample_rate_hz=96_000
    )
    assert (facts.artist, facts.album) == (c.NAEVE.artist, c.NAEVE.title)
    assert facts.album_id == c.NAEVE.album_id
    assert facts.length_ms == 1_000
    other = write_track(folder, c.NAEVE, 2, "Über Nacht", 1.0, codec="mp3")
    lossy = await reader.read(other)
    assert lossy is not None
    assert lossy.quality.codec is Codec.MP3
    assert lossy.quality.bitrate_kbps
    assert lossy.album_id is None


async def test_without_folders_nothing_is_asked(world: LightWorld) -> None:
    asked = await world.app.service.album(c.NAEVE.album_id)
    assert await world.app.library.find(asked, Q.ANY, USUAL) is None
    assert Edition(edition_id="x", title="y").has_cover is False


@pytest.mark.parametrize("version", [2, 6])
async def test_an_earlier_table_is_made_anew(
    database: KeptDatabase, version: int
) -> None:
    def age(connection: Connection) -> None:
        schema.prepare(connection)
        connection.execute(text("DROP TABLE music_agregator_library_files"))
        connection.execute(
            text("CREATE TABLE music_agregator_library_files (path_digest TEXT)")
        )
        connection.execute(
            text(
                f"UPDATE music_agregator_meta SET value='{version}'"
                " WHERE name='schema_version'"
            )
        )

    await database.write(age)
    await database.write(schema.prepare)
    shelf = LibraryIndex(database, ManualClock(), MediaReader(), ("/nowhere",))
    assert await shelf.scan() == 0
    assert await database.read(files) == 0


def track(folder: Path, number: int) -> Path:
    """Write a track into a folder, which is made for it."""
    folder.mkdir(parents=True, exist_ok=True)
    return write_track(folder, c.NAEVE, number, f"T{number}", 1.0, codec="flac")


async def test_a_mount_point_without_its_disk_forgets_nothing(
    shelved: LightWorld, shelf: LibraryIndex, folder: Path
) -> None:
    track(folder / "a/1", 1)
    track(folder / "a/2", 2)
    track(folder / "b/3", 3)
    assert await shelf.scan() == 3
    asleep = folder.rename(folder.with_name("asleep"))
    folder.mkdir()
    for _ in range(2):
        await shelf.scan()
        assert await shelved.database.read(files) == 3
        assert await shelf.is_away()
    assert shelf.long_away == {str(folder)}
    folder.rmdir()
    asleep.rename(folder)
    assert await shelf.scan() == 0
    assert not await shelf.is_away()
    assert shelf.long_away == frozenset()


async def test_an_album_that_was_deleted_among_others_is_forgotten(
    shelved: LightWorld, shelf: LibraryIndex, folder: Path
) -> None:
    kept = track(folder / "a/1", 1)
    gone = track(folder / "b/2", 2)
    emptied = track(folder / "c", 3)
    await shelf.scan()
    shutil.rmtree(gone.parents[1])
    emptied.unlink()
    await shelf.scan()
    assert await shelved.database.read(files) == 1
    assert kept.exists()
    assert not await shelf.is_away()


async def test_a_part_that_is_not_mounted_is_away(
    shelved: LightWorld, shelf: LibraryIndex, folder: Path
) -> None:
    for number in range(4):
        track(folder / f"nas/{number}", number)
    track(folder / "here", 9)
    await shelf.scan()
    shutil.rmtree(folder / "nas")
    (folder / "nas").mkdir()
    await shelf.scan()
    assert await shelved.database.read(files) == 5
    assert await shelf.is_away()


async def test_what_is_no_file_stops_no_scan(shelf: LibraryIndex, folder: Path) -> None:
    track(folder, 1)
    os.mkfifo(folder / "02 x.flac")
    for number, device in enumerate(("zero", "full", "urandom")):
        (folder / f"1{number} x.mp3").symlink_to(f"/dev/{device}")
    assert await shelf.scan() == 1
    assert await shelf.scan() == 0


@pytest.mark.long
async def test_a_crafted_file_is_read_once(shelf: LibraryIndex, folder: Path) -> None:
    (folder / "bomb.flac").write_bytes(crafted.picture_bomb(900))
    track(folder, 1)
    assert await shelf.scan() == 2
    assert await shelf.scan() == 0


@pytest.mark.parametrize("stub", [".not-mounted", "@eaDir/x", "cover.jpg"])
async def test_a_mount_point_with_a_stub_in_it_is_away(
    shelved: LightWorld, shelf: LibraryIndex, folder: Path, stub: str
) -> None:
    for number in range(3):
        track(folder / f"{number}/album", number)
    await shelf.scan()
    folder.rename(folder.with_name("asleep"))
    (folder / stub).parent.mkdir(parents=True)
    (folder / stub).touch()
    await shelf.scan()
    assert await shelved.database.read(files) == 3


async def test_a_file_that_cannot_be_read_now_is_read_later(
    shelf: LibraryIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    track(folder, 1)
    monkeypatch.setattr(media_reader, "FILE_SECONDS", 0.0)
    assert await shelf.scan() == 0
    monkeypatch.undo()
    assert await shelf.scan() == 1
    assert await shelf.scan() == 0
