"""Is it what was asked for: fakes, halves and packs, by name and on disk."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.music_agregator.core.downloads.file_checks import (
    Expectation,
    check_names,
    check_tracks,
)
from custom_components.music_agregator.core.library.audio_files import TrackFacts
from custom_components.music_agregator.core.library.packs import album_files
from custom_components.music_agregator.core.model import (
    Album,
    Edition,
    Track,
    WorkflowStatus as S,
)
from custom_components.music_agregator.core.quality import (
    Codec,
    Quality,
    QualityPreferences,
    QualityProfile as Q,
)
from custom_components.music_agregator.core.settings import Preferences, Settings
from custom_components.music_agregator.core.torrents.client import Phase, TorrentFile
from sandbox import catalogue as c
from sandbox.audio import write_track
from tests.core.made_up import PACK
from tests.fakes import KeptDatabase, LightWorld, contents_of
from tests.helpers import last, statuses, until

FLAC = Quality(codec=Codec.FLAC)


def named(*names: str) -> list[TorrentFile]:
    return [
        TorrentFile(index=number, name=name, size_bytes=10_000_000, progress=1.0)
        for number, name in enumerate(names)
    ]


def tracks(kind: str, count: int) -> list[str]:
    return [f"Album/{number:02} Song.{kind}" for number in range(1, count + 1)]


def expected(promised: Quality = FLAC, *profiles: Q, tracks: int = 10) -> Expectation:
    times = tuple(Track(title=str(n), length_ms=240_000) for n in range(tracks))
    edition = Edition(edition_id="e", title="Album", track_count=tracks, tracks=times)
    longer = Edition(edition_id="f", title="Album", track_count=tracks + 5)
    return Expectation(
        album=Album(album_id="a", title="Album", editions=(edition, longer)),
        promised=promised,
        profiles=profiles or (Q.LOSSLESS,),
        preferences=QualityPreferences(),
    )


MP3 = Quality(codec=Codec.MP3, bitrate_kbps=320)
UNKNOWN = Quality()


@pytest.mark.parametrize(
    ("names", "promised", "code"),
    [
        (tracks("flac", 10), FLAC, None),
        (tracks("FLAC", 15), FLAC, None),
        ([*tracks("flac", 10), "Album/art.zip", "Album/info.nfo"], FLAC, None),
        ([*tracks("flac", 10), "Album/setup.exe"], FLAC, "fake_program"),
        ([*tracks("flac", 10), "Album/Play me.LNK"], FLAC, "fake_program"),
        (["Album.rar", "password.txt"], FLAC, "fake_archive"),
        (["Album/01.flac", "Album/rest.7z"], FLAC, "fake_archive"),
        (["Album/cover.jpg"], FLAC, "no_music_inside"),
        (tracks("flac", 5), FLAC, "too_few_tracks"),
        (tracks("flac", 8), FLAC, None),
        (tracks("mp3", 10), FLAC, "wrong_codec"),
        (tracks("m4a", 10), FLAC, None),
        (tracks("mp3", 10), MP3, None),
        (tracks("flac", 10), MP3, None),
        (tracks("mp3", 10), UNKNOWN, None),
        ([*tracks("flac", 10), *tracks("mp3", 10)], FLAC, None),
        (["Album/Album.flac", "Album/Album.cue"], FLAC, None),
        (["Album/Album.iso"], Quality(codec=Codec.DSD), None),
        (["Album/Album.iso"], FLAC, "fake_archive"),
        (tracks("aiff", 10), FLAC, None),
        # Where an album comes from is no program.
        ([*tracks("flac", 10), "Album/from www.example.com"], FLAC, None),
        ([name.replace("/", "\\") for name in tracks("flac", 10)], FLAC, None),
    ],
)
def test_what_the_names_give_away(
    names: list[str], promised: Quality, code: str | None
) -> None:
    wrong = check_names(named(*names), expected(promised))
    assert (wrong.code if wrong else None) == code


DSD = Quality(codec=Codec.DSD)


@pytest.mark.parametrize(
    ("count", "megabytes", "promised", "code"),
    [
        # Side A and side B, a mix of an hour, four sides.
        (2, 120, FLAC, None),
        (1, 240, FLAC, None),
        (2, 45, MP3, None),
        (3, 80, FLAC, None),
        # Some of its tracks alone.
        (2, 25, FLAC, "too_few_tracks"),
        (3, 28, FLAC, "too_few_tracks"),
        (5, 40, FLAC, "too_few_tracks"),
        (3, 84, replace(FLAC, bit_depth=24), "too_few_tracks"),
        (2, 9, MP3, "too_few_tracks"),
        (4, 30, MP3, "too_few_tracks"),
    ],
)
def test_sides_and_mixes_are_no_halves(
    count: int, megabytes: int, promised: Quality, code: str | None
) -> None:
    """Of forty minutes in ten tracks."""
    kind = "mp3" if promised.codec is Codec.MP3 else "flac"
    files = [
        replace(file, size_bytes=megabytes * 1_000_000)
        for file in named(*tracks(kind, count))
    ]
    wrong = check_names(files, expected(promised))
    assert (wrong.code if wrong else None) == code


def facts(quality: Quality, count: int = 10, seconds: int = 240) -> list[Any]:
    return [TrackFacts(quality=quality, length_ms=seconds * 1000)] * count


CD = Quality(codec=Codec.FLAC, bit_depth=16, sample_rate_hz=44_100)
HI_RES = Quality(codec=Codec.FLAC, bit_depth=24, sample_rate_hz=96_000)
AVERAGE_V0 = Quality(codec=Codec.MP3, bitrate_kbps=231)


@pytest.mark.parametrize(
    ("found", "promised", "profiles", "code"),
    [
        (facts(CD), FLAC, (Q.LOSSLESS,), None),
        (facts(HI_RES), FLAC, (Q.LOSSLESS,), None),
        (facts(replace(MP3, bitrate_kbps=128)), FLAC, (Q.LOSSLESS,), "wrong_codec"),
        (facts(replace(MP3, bitrate_kbps=128)), FLAC, (Q.ANY,), "wrong_codec"),
        (facts(CD), HI_RES, (Q.HI_RES,), "lesser_quality"),
        (facts(CD), HI_RES, (Q.HI_RES, Q.LOSSLESS), None),
        (facts(replace(MP3, bitrate_kbps=128)), MP3, (Q.HIGH,), "lesser_quality"),
        (facts(replace(MP3, bitrate_kbps=128)), MP3, (Q.ANY,), None),
        (facts(AVERAGE_V0), Quality(codec=Codec.MP3, vbr="v0"), (Q.HIGH,), None),
        (facts(replace(MP3, bitrate_kbps=128)), UNKNOWN, (Q.LOSSLESS,), "lesser_quality"),
        (facts(CD), UNKNOWN, (Q.LOSSLESS,), None),
        # One odd track says little, most of them say all.
        ([*facts(HI_RES, 9), *facts(CD, 1)], HI_RES, (Q.HI_RES,), None),
        ([*facts(HI_RES, 4), *facts(CD, 6)], HI_RES, (Q.HI_RES,), "lesser_quality"),
        ([*facts(HI_RES, 5), *facts(CD, 5)], HI_RES, (Q.HI_RES,), "lesser_quality"),
        (facts(CD), DSD, (Q.HI_RES,), "lesser_quality"),
        (facts(HI_RES), DSD, (Q.HI_RES,), None),
        (facts(DSD), DSD, (Q.HI_RES,), None),
        # Chosen by a person though it does not fit: it is as promised.
        (facts(MP3), MP3, (Q.LOSSLESS,), None),
        ([None] * 10, FLAC, (Q.LOSSLESS,), "unreadable_music"),
        ([*facts(CD, 9), None], FLAC, (Q.LOSSLESS,), None),
        (facts(CD, 9), FLAC, (Q.LOSSLESS,), "too_few_tracks"),
        (facts(CD, 1, 2_390), FLAC, (Q.LOSSLESS,), None),
        (facts(CD, 10, 30), FLAC, (Q.LOSSLESS,), "too_short"),
        (facts(CD, 15), FLAC, (Q.LOSSLESS,), None),
    ],
)  # fmt: skip
def test_what_the_files_give_away(
    found: list[Any], promised: Quality, profiles: tuple[Q, ...], code: str | None
) -> None:
    wrong = check_tracks(found, expected(promised, *profiles))
    assert (wrong.code if wrong else None) == code


@given(st.lists(st.text(max_size=30), max_size=20))
def test_no_name_is_too_strange(names: list[str]) -> None:
    check_names(named(*names), expected())
    album_files(named(*names), expected().album)


def by(artist: str, title: str, year: int = 1997) -> Album:
    return Album(
        album_id="a",
        title=title,
        artist=artist,
        artists=(artist,),
        primary_type="Album",
        first_release_date=f"{year}-01-01",
    )


DISCOGRAPHY = [
    f"Odd Socket - Discography/{folder}/0{number} Song.flac"
    for folder in (
        "1993 - Odd Socket [FLAC]",
        "1997 - Tin Weather [FLAC]/CD1",
        "1997 - Tin Weather [FLAC]/CD2",
        "(1999) Tin Weather (Live at the Pier)",
        "2001. Rain & Sons",
        "Odd Socket - Ninth (2003) [16-44]",
        "07 - Numbered",
    )
    for number in (1, 2)
]


@pytest.mark.parametrize(
    ("title", "year", "folder", "count"),
    [
        ("Tin Weather", 1997, "1997 - Tin Weather [FLAC]", 4),
        ("Odd Socket", 1993, "1993 - Odd Socket [FLAC]", 2),
        ("Rain and Sons", 2001, "2001. Rain & Sons", 2),
        ("Ninth", 2003, "Odd Socket - Ninth (2003) [16-44]", 2),
        ("Numbered", 2005, "07 - Numbered", 2),
        ("Snow", 2005, "", 0),
        ("Tin", 1997, "", 0),
    ],
)
def test_the_folder_of_an_album_in_a_pack(
    title: str, year: int, folder: str, count: int
) -> None:
    found = album_files(named(*DISCOGRAPHY), by("Odd Socket", title, year))
    assert len(found) == count
    assert all(f"/{folder}/" in file.name for file in found)


def test_a_path_is_told_as_this_machine_sees_it() -> None:
    settings = Settings(
        instance="i",
        client=None,  # type: ignore[arg-type]
        user_agent="u",
        client_folder="/downloads/",
        home_folder="/media/music/",
    )
    assert settings.at_home("/downloads/A/b.flac") == "/media/music/A/b.flac"
    assert settings.at_home("/downloads") == "/media/music"
    assert settings.at_home("/downloads2/A") == "/downloads2/A"
    windows = replace(settings, client_folder="D:\\Music")
    assert windows.at_home("D:\\Music\\A\\b.flac") == "/media/music/A/b.flac"


async def test_a_fake_is_given_up_as_soon_as_its_names_are_known(
    world: LightWorld,
) -> None:
    fake = world.seeded[1].info_hash
    world.client.contents[fake] = [("Glass Harbour/Install.exe", 4_000_000)]
    story = await world.get(c.GLASS_HARBOUR, Q.HIGH)
    told = statuses(story)
    assert told[6:9] == ["downloading", "download_failed", "adding_torrent"]
    failed = last(story, S.DOWNLOAD_FAILED)
    assert failed["error"] == "fake_program"
    assert "Install.exe" in failed["reason"]
    assert story[-1].status is S.DOWNLOADED
    await until(lambda: fake not in world.client.torrents)
    # Nor is it looked at again, for whatever profile.
    again = await world.get(c.GLASS_HARBOUR, Q.ANY)
    assert again[-1].status is S.ALREADY_OWNED


def put_on_disk(folder: Path, album: c.Album, name: str, codec: str) -> None:
    """Write an album's files where the client is said to have them."""
    (folder / name).mkdir(parents=True)
    for number, (title, length) in enumerate(album.editions[0].tracks, start=1):
        write_track(folder / name, album, number, title, length / 1000, codec=codec)


@pytest.mark.long
async def test_what_lies_under_a_false_name_is_found_out_on_disk(
    database: KeptDatabase, socket_enabled: None, tmp_path: Path
) -> None:
    async with LightWorld(
        database=database, client_folder="/downloads", home_folder=str(tmp_path)
    ) as world:
        world.indexer.seeded.pop("1")
        name = world.seeded[0].offer.name
        world.client.folders[world.seeded[0].info_hash] = "/downloads"
        put_on_disk(tmp_path, c.GLASS_HARBOUR, name, "fake")
        story = await world.get(c.GLASS_HARBOUR, Q.ANY)
    failed = last(story, S.DOWNLOAD_FAILED)
    assert failed["error"] == "wrong_codec"
    assert failed["found"] == "MP3 192"
    assert statuses(story)[-2:] == ["download_failed", "not_found"]


async def test_what_is_on_disk_is_measured(
    database: KeptDatabase, socket_enabled: None, tmp_path: Path
) -> None:
    async with LightWorld(
        database=database, client_folder="/downloads", home_folder=str(tmp_path)
    ) as world:
        world.client.folders[world.seeded[0].info_hash] = "/downloads"
        put_on_disk(tmp_path, c.GLASS_HARBOUR, world.seeded[0].offer.name, "flac")
        story = await world.get(c.GLASS_HARBOUR)
    done = last(story, S.DOWNLOADED)
    assert done["quality"] == "FLAC 16/44.1"
    assert done["looked_into"] is True
    assert done["path"].startswith(f"{tmp_path}/")


async def test_what_a_person_left_out_is_no_fake(world: LightWorld) -> None:
    world.client.step = 0.0
    answer = await world.ask(c.GLASS_HARBOUR)
    await until(lambda: world.app.live_runs[0].status is S.DOWNLOADING)
    (torrent,) = world.client.torrents.values()
    torrent["unwanted"] = [1, 2]
    world.client.step = 0.5
    await until(lambda: not world.app.live_runs)
    assert (await world.app.history.run(answer["run_id"])).status is S.DOWNLOADED


class TestPack:
    """Of a pack only the wanted album's files are downloaded."""

    @pytest.fixture
    async def world(self, database: KeptDatabase, socket_enabled: None) -> Any:
        async with LightWorld(
            database=database,
            offers=(*c.OFFERS, PACK),
            preferences=Preferences(allow_packs=True),
        ) as world:
            self.pack = world.seeded[-1].info_hash
            world.client.contents[self.pack] = contents_of(world.seeded[-1])
            yield world

    def wanted(self, world: LightWorld) -> set[str]:
        torrent = world.client.torrents[self.pack]
        contents = world.client.contents[self.pack]
        return {
            name.split("/")[1]
            for index, (name, _) in enumerate(contents)
            if index not in torrent["unwanted"]
        }

    @pytest.mark.parametrize("suffix", ["aif", "aiff", "tta", "tak"])
    async def test_its_music_is_seen_in_every_format(
        self, world: LightWorld, suffix: str
    ) -> None:
        kept = world.client.contents[self.pack]
        world.client.contents[self.pack] = [
            (name.replace(".flac", f".{suffix}"), size) for name, size in kept
        ]
        story = await world.get(c.UNHEARD)
        assert last(story, S.DOWNLOADED)["tracks"] == 2
        assert self.wanted(world) == {"1991 - The Unheard Side"}

    async def test_only_the_album_is_downloaded(self, world: LightWorld) -> None:
        story = await world.get(c.UNHEARD)
        assert last(story, S.ADDING_TORRENT)["pack"] is True
        done = last(story, S.DOWNLOADED)
        assert done["tracks"] == 2
        assert done["path"].endswith("[FLAC]/1991 - The Unheard Side")
        assert self.wanted(world) == {"1991 - The Unheard Side"}
        calls = world.client.calls
        assert calls.index("want False") < calls.index("start")

    async def test_a_torrent_of_the_album_alone_comes_first(
        self, world: LightWorld
    ) -> None:
        story = await world.get(c.SLOW_CARTOGRAPHY)
        assert last(story, S.ADDING_TORRENT)["pack"] is False

    async def test_a_second_album_of_it_joins_the_first(
        self, world: LightWorld
    ) -> None:
        await world.get(c.UNHEARD)
        for number in ("5", "6"):
            world.indexer.seeded.pop(number)
        story = await world.get(c.SLOW_CARTOGRAPHY)
        assert story[-1].status is S.DOWNLOADED
        assert self.wanted(world) == {
            "1991 - The Unheard Side",
            "1987 - Slow Cartography",
        }
        assert world.client.torrents[self.pack]["added"] == 1
        owned = await world.get(c.UNHEARD)
        assert owned[-1].status is S.ALREADY_OWNED

    async def test_what_is_not_in_it_blocks_it_for_that_album_alone(
        self, world: LightWorld
    ) -> None:
        contents = contents_of(world.seeded[-1])
        world.client.contents[self.pack] = [
            (name, size) for name, size in contents if "Unheard" not in name
        ]
        story = await world.get(c.UNHEARD)
        assert last(story, S.DOWNLOAD_FAILED)["error"] == "not_in_pack"
        assert story[-1].status is S.NOT_FOUND
        for number in ("5", "6"):
            world.indexer.seeded.pop(number)
        other = await world.get(c.SLOW_CARTOGRAPHY)
        assert other[-1].status is S.DOWNLOADED
        again = await world.get(c.UNHEARD)
        assert "adding_torrent" not in statuses(again)

    async def test_what_fails_in_it_leaves_the_other_album(
        self, world: LightWorld
    ) -> None:
        contents = contents_of(world.seeded[-1])
        world.client.contents[self.pack] = [
            (name, size) for name, size in contents if "Slow" not in name
        ]
        await world.get(c.UNHEARD)
        for number in ("5", "6"):
            world.indexer.seeded.pop(number)
        story = await world.get(c.SLOW_CARTOGRAPHY)
        assert last(story, S.DOWNLOAD_FAILED)["error"] == "not_in_pack"
        await until(lambda: not world.tasks)
        assert self.pack in world.client.torrents

    async def test_it_waits_for_room_for_the_album_alone(
        self, world: LightWorld
    ) -> None:
        size = sum(s for n, s in world.client.contents[self.pack] if "Unheard" in n)
        world.client.free_bytes = 100_000_000 + size - 1
        await world.ask(c.UNHEARD)
        await until(lambda: bool(world.app.disk_space.shortages))
        assert world.client.torrents[self.pack]["phase"] == Phase.PAUSED
        world.client.free_bytes += 1
        assert (await world.story())[-1].status is S.DOWNLOADED

    @pytest.mark.parametrize("call", ["want", "start"])
    async def test_a_reload_while_files_are_chosen_changes_nothing(
        self, world: LightWorld, call: str
    ) -> None:
        work = getattr(world.client, call)

        async def never_back(*args: Any, **kwargs: Any) -> None:
            await work(*args, **kwargs)
            await asyncio.Event().wait()

        setattr(world.client, call, never_back)
        await world.ask(c.UNHEARD)
        await until(lambda: any(one.startswith(call) for one in world.client.calls))
        setattr(world.client, call, work)
        await world.restart()
        story = await world.story(0)
        assert story[-1].status is S.DOWNLOADED
        assert self.wanted(world) == {"1991 - The Unheard Side"}
        assert world.client.torrents[self.pack]["added"] == 1

    async def test_a_wiped_client_gets_the_same_files_again(
        self, world: LightWorld
    ) -> None:
        world.client.step = 0.0
        await world.ask(c.UNHEARD)
        await world.ask(c.GLASS_HARBOUR)
        await until(lambda: [r.status for r in world.app.live_runs] == [S.DOWNLOADING] * 2)  # fmt: skip
        await until(lambda: self.wanted(world) == {"1991 - The Unheard Side"})
        world.client.torrents.clear()
        await until(lambda: len(world.client.torrents) == 2)
        await until(lambda: self.wanted(world) == {"1991 - The Unheard Side"})
        world.client.step = 0.5
        await until(lambda: not world.app.live_runs)
