# mypy: disable-error-code="no-untyped-call"
"""What a library owns: real tagged files, read, indexed and asked for."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
import struct
from typing import Any

from mutagen.aiff import AIFF
from mutagen.asf import ASF
from mutagen.dsdiff import DSDIFF
from mutagen.dsf import DSF
from mutagen.flac import FLAC
from mutagen.id3 import TALB, TIT2, TPE1, TRCK, TXXX
from mutagen.mp3 import MP3
from mutagen.wave import WAVE
import numpy as np
import pytest
import soundfile

from custom_components.music_agregator.core.library.index import LibraryIndex
from custom_components.music_agregator.core.library.media_reader import MediaReader
from custom_components.music_agregator.core.model import Album, Edition, Track
from custom_components.music_agregator.core.quality import (
    QualityPreferences,
    QualityProfile as Q,
)
from custom_components.music_agregator.core.store import schema
from tests.fakes import KeptDatabase, ManualClock

RATE = 44_100
GROUP = "1b022e01-4da6-387b-8658-8678046e4cef"
OTHER = "2b022e01-4da6-387b-8658-8678046e4cef"


@pytest.fixture
async def shelf(
    database: KeptDatabase, tmp_path: Path
) -> AsyncIterator[Callable[[], LibraryIndex]]:
    await database.write(schema.prepare)
    reader = MediaReader()
    yield lambda: LibraryIndex(database, ManualClock(), reader, (str(tmp_path / "m"),))
    await reader.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "m"
    place.mkdir()
    return place


def wanted(
    artist: str = "Lindra Vey",
    title: str = "Northern Rooms",
    year: int = 1983,
    counts: tuple[int, ...] = (3,),
    **values: Any,
) -> Album:
    """An album of tracks of six seconds."""
    editions = tuple(
        Edition(
            edition_id=f"e{count}",
            title=title,
            date=str(year),
            track_count=count,
            tracks=tuple(Track(title=str(n), length_ms=6_000) for n in range(count)),
        )
        for count in counts
    )
    known = {"album_id": GROUP, "artists": (artist,), "editions": editions, **values}
    return Album(title=title, artist=artist, first_release_date=str(year), **known)


def tone(path: Path, seconds: float = 6.0, kind: str = "FLAC") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(int(seconds * 1_000)), 1_000, format=kind)
    return path


def flac(path: Path, seconds: float, tags: Mapping[str, str]) -> None:
    """A FLAC with tags as given."""
    file = FLAC(tone(path, seconds))
    file.update(tags)
    file.save()


NAMED = {"artist": "Lindra Vey", "album": "Northern Rooms"}


def album_of(
    folder: Path, count: int = 3, tags: Mapping[str, str] | None = None, **more: str
) -> None:
    for number in range(1, count + 1):
        told = {**NAMED, "tracknumber": str(number), **(tags or {}), **more}
        flac(folder / f"{number:02}.flac", 6.0, told)


async def owns(
    shelf: Callable[[], LibraryIndex], album: Album, profile: Q = Q.LOSSLESS
) -> bool:
    index = shelf()
    await index.scan()
    return await index.find(album, profile, QualityPreferences()) is not None


type Shelf = Callable[[], LibraryIndex]

PALE = {"artist": "Pale Harbour", "album": "Pale Harbour"}


@pytest.mark.parametrize(
    ("tags", "is_owned"),
    [
        ({"date": "1974"}, False),
        ({"date": "1974", "musicbrainz_releasegroupid": OTHER}, False),
        ({"date": "1968", "musicbrainz_releasegroupid": OTHER}, False),
        ({"date": "2009", "originaldate": "1968-03-01"}, True),
        ({"date": "1968"}, True),
        ({"date": "1974", "musicbrainz_releasegroupid": GROUP}, True),
        ({}, True),
    ],
)
async def test_a_namesake_is_not_owned(
    shelf: Shelf, folder: Path, tags: dict[str, str], is_owned: bool
) -> None:
    album_of(folder, tags={**PALE, **tags})
    album = wanted("Pale Harbour", "Pale Harbour", 1968, disambiguation="Copper Album")
    assert await owns(shelf, album) is is_owned


async def test_a_live_album_of_that_name_is_not_owned(
    shelf: Shelf, folder: Path
) -> None:
    album_of(folder, date="1995", musicbrainz_releasegroupid=OTHER)
    assert not await owns(shelf, wanted())


async def test_a_later_edition_is_owned(shelf: Shelf, folder: Path) -> None:
    album_of(folder, date="2011")
    assert await owns(shelf, wanted())


async def test_the_same_tracks_twice_are_not_more(shelf: Shelf, folder: Path) -> None:
    album_of(folder / "a", 2)
    album_of(folder / "b", 2)
    assert not await owns(shelf, wanted())
    assert await owns(shelf, wanted(counts=(2,)))


async def test_the_same_tracks_in_two_formats_are_not_more(
    shelf: Shelf, folder: Path
) -> None:
    album_of(folder, 2)
    for number in (1, 2):
        mp3(folder / f"{number:02}.mp3", number)
    assert not await owns(shelf, wanted(), Q.ANY)


async def test_two_discs_have_two_tracks_one(shelf: Shelf, folder: Path) -> None:
    album_of(folder / "1", discnumber="1")
    album_of(folder / "2", discnumber="2")
    assert await owns(shelf, wanted(counts=(6,)))


@pytest.mark.parametrize(
    ("seconds", "is_owned"), [(18.0, True), (17.5, True), (9.0, False)]
)
async def test_an_image_with_its_sheet(
    shelf: Shelf, folder: Path, seconds: float, is_owned: bool
) -> None:
    flac(folder / "Northern Rooms.flac", seconds, NAMED)
    (folder / "Northern Rooms.cue").write_text("FILE")
    assert await owns(shelf, wanted()) is is_owned


async def test_the_sides_of_a_record(shelf: Shelf, folder: Path) -> None:
    for side in "AB":
        flac(folder / f"Side {side}.flac", 9.0, NAMED)
    assert await owns(shelf, wanted())


def id3(tags: Any, number: int) -> None:
    for frame in (
        TPE1(text="Lindra Vey"),
        TALB(text="Northern Rooms"),
        TIT2(text=f"Song {number}"),
        TRCK(text=str(number)),
        TXXX(desc="MusicBrainz Release Group Id", text=GROUP),
    ):
        tags.add(frame)


def mp3(path: Path, number: int) -> None:
    soundfile.write(path, np.zeros(6 * RATE), RATE, format="MP3")
    tagged = MP3(path)
    tagged.add_tags()
    id3(tagged.tags, number)
    tagged.save()


def wav(path: Path, number: int) -> None:
    file = WAVE(tone(path, kind="WAV"))
    file.add_tags()
    id3(file.tags, number)
    file.save()


def aiff(path: Path, number: int) -> None:
    file = AIFF(tone(path, kind="AIFF"))
    file.add_tags()
    id3(file.tags, number)
    file.save()


def dsf(path: Path, number: int) -> None:
    data = bytes(8_192)
    fmt = struct.pack(
        "<4sQIIIIIIQII", b"fmt ", 52, 1, 0, 2, 2, 2_822_400, 1, 4_096 * 8, 4_096, 0
    )
    chunk = struct.pack("<4sQ", b"data", 12 + len(data)) + data
    head = struct.pack("<4sQQQ", b"DSD ", 28, 28 + len(fmt) + len(chunk), 0)
    path.write_bytes(head + fmt + chunk)
    file = DSF(path)
    file.add_tags()
    id3(file.tags, number)
    file.save()


def dff(path: Path, number: int) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return name + struct.pack(">Q", len(data)) + data + b"\0" * (len(data) % 2)

    prop = b"SND " + b"".join(
        (
            chunk(b"FS  ", struct.pack(">I", 2_822_400)),
            chunk(b"CHNL", struct.pack(">H", 2) + b"SLFTSRGT"),
            chunk(b"CMPR", b"DSD \x0enot compressed"),
        )
    )
    body = (
        b"DSD "
        + chunk(b"FVER", b"\x01\x05\0\0")
        + chunk(b"PROP", prop)
        + chunk(b"DSD ", bytes(4_096))
    )
    path.write_bytes(b"FRM8" + struct.pack(">Q", len(body)) + body)
    file = DSDIFF(path)
    file.add_tags()
    id3(file.tags, number)
    file.save()


@pytest.mark.parametrize(
    ("write", "suffix", "profile"),
    [
        (wav, "wav", Q.LOSSLESS),
        (aiff, "aiff", Q.LOSSLESS),
        (dsf, "dsf", Q.HI_RES),
        (dff, "dff", Q.HI_RES),
        (mp3, "mp3", Q.ANY),
    ],
)
async def test_tags_of_every_format_are_read(
    shelf: Shelf,
    folder: Path,
    write: Callable[[Path, int], None],
    suffix: str,
    profile: Q,
) -> None:
    for number in (1, 2, 3):
        write(folder / f"{number:02}.{suffix}", number)
    reader = MediaReader()
    facts = await reader.read(folder / f"01.{suffix}")
    await reader.close()
    assert facts is not None
    assert (facts.artist, facts.album) == ("Lindra Vey", "Northern Rooms")
    assert (facts.album_id, facts.track) == (GROUP, 1)
    assert await owns(shelf, wanted(), profile)


def slate() -> Album:
    return wanted("Various Artists", "Slate Sampler", artists=("Various Artists",))


@pytest.mark.parametrize(
    "tags",
    [
        {"ALBUM ARTIST": "Various Artists"},
        {"album_artist": "VA"},
        {"albumartist": "Various"},
        {"COMPILATION": "1"},
    ],
)
async def test_who_a_sampler_is_by(
    shelf: Shelf, folder: Path, tags: dict[str, str]
) -> None:
    for number in (1, 2, 3):
        file = FLAC(tone(folder / f"{number}.flac"))
        own = {"artist": f"Band {number}", "album": "Slate Sampler"}
        file.update({**own, "tracknumber": str(number), **tags})
        file.save()
    assert await owns(shelf, slate())


async def test_guests_are_not_who_an_album_is_by(shelf: Shelf, folder: Path) -> None:
    artists = ["Lindra Vey", "Lindra Vey feat. Nell Tamsin", "Lindra Vey ft. Kit Osley"]
    for number, artist in enumerate(artists, 1):
        flac(folder / f"{number}.flac", 6.0, {**NAMED, "artist": artist})
    assert await owns(shelf, wanted())


@pytest.mark.parametrize(
    "form", [" (Disc {})", " [CD {}]", " - Disc {}", " (disk {} of 2)", ", CD{}"]
)
async def test_the_disc_in_the_albums_tag(
    shelf: Shelf, folder: Path, form: str
) -> None:
    for disc in (1, 2):
        album_of(folder / str(disc), album=f"Northern Rooms{form.format(disc)}")
    assert await owns(shelf, wanted(counts=(6,)))


@pytest.mark.parametrize(
    ("album", "is_owned"),
    [
        ("Northern Rooms (Deluxe Edition)", True),
        ("Northern Rooms [Remastered]", True),
        ("Northern Rooms (Live)", False),
        ("Northern Rooms (Demos)", False),
    ],
)
async def test_the_edition_in_the_albums_tag(
    shelf: Shelf, folder: Path, album: str, is_owned: bool
) -> None:
    album_of(folder, album=album)
    assert await owns(shelf, wanted()) is is_owned


async def test_the_disambiguation_in_the_albums_tag(shelf: Shelf, folder: Path) -> None:
    album_of(folder, artist="Pale Harbour", album="Pale Harbour (The Copper Album)")
    album = wanted("Pale Harbour", "Pale Harbour", 1968, disambiguation="Copper Album")
    assert await owns(shelf, album)


async def test_a_mixed_edition_is_no_minimum(shelf: Shelf, folder: Path) -> None:
    album_of(folder, 1)
    assert not await owns(shelf, wanted(counts=(10, 1)))
    album_of(folder, 10)
    assert await owns(shelf, wanted(counts=(10, 1)))


async def test_what_systems_leave_behind_is_no_music(
    shelf: Shelf, folder: Path
) -> None:
    album_of(folder / "a", 2)
    (folder / "a/._03.flac").write_bytes(bytes(100))
    album_of(folder / "#recycle/a", 3)
    index = shelf()
    assert await index.scan() == 2
    assert not await owns(shelf, wanted())


async def test_wma_is_read(folder: Path) -> None:
    """A head of ASF with the keys of its own."""
    path = folder / "01.wma"
    path.write_bytes(
        bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
        + struct.pack("<QIBB", 30, 0, 1, 2)
    )
    try:
        file = ASF(path)
        file["WM/AlbumArtist"] = "Lindra Vey"
        file["WM/AlbumTitle"] = "Northern Rooms"
        file["MusicBrainz/Release Group Id"] = GROUP
        file.save()
    finally:
        reader = MediaReader()
        facts = await reader.read(path)
        await reader.close()
    assert facts is not None
    assert (facts.artist, facts.album, facts.album_id) == (
        "Lindra Vey",
        "Northern Rooms",
        GROUP,
    )
