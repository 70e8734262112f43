"""Which files of a pack are an album's: bounded, whatever a stranger made."""

import pytest

from custom_components.music_agregator.core.library import packs
from custom_components.music_agregator.core.library.packs import album_files
from custom_components.music_agregator.core.titles import ParsedTitle, parse_title_for
from custom_components.music_agregator.core.titles.wanted import WantedNames
from custom_components.music_agregator.core.torrents.client import TorrentFile
from sandbox import catalogue as c
from tests.core.made_up import by, sandbox_album

ALBUM = sandbox_album(c.GLASS_HARBOUR)
FOLDER = "Discography/2011 - Glass Harbour"


def files(*names: str) -> list[TorrentFile]:
    return [TorrentFile(index=n, name=name) for n, name in enumerate(names)]


def test_the_albums_own_folder_is_found() -> None:
    found = album_files(
        files(
            f"{FOLDER}/01 a.flac", f"{FOLDER}/cover.jpg", "Discography/Other/01.flac"
        ),
        ALBUM,
    )
    assert [file.index for file in found] == [0, 1]


def test_discs_belong_to_their_album() -> None:
    found = album_files(
        files(f"{FOLDER}/CD1/01.flac", f"{FOLDER}/CD2/01.flac", "Discography/X/1.flac"),
        ALBUM,
    )
    assert [file.index for file in found] == [0, 1]


ROOMS = by("Lindra Vey", "Northern Rooms", first_release_date="1983", editions=())


@pytest.mark.parametrize(
    "folders",
    [
        ("1983 - Northern Rooms CD1", "1983 - Northern Rooms CD2"),
        ("1983 - Northern Rooms - Disc 1", "1983 - Northern Rooms - Disc 2"),
        ("Northern Rooms (Disc 1)", "Northern Rooms (Disc 2)"),
        ("1983_Northern_Rooms",),
        ("CD 03 - Northern Rooms",),
        ("1983 Northern Rooms (UK, Harrow, HRW 22)",),
        ("[1983] Northern Rooms [2011 Remaster]",),
    ],
)
def test_how_the_folders_of_an_album_are_named(folders: tuple[str, ...]) -> None:
    others = (
        "1986 - Harbour Lamps",
        "1985 - Northern Rooms Live",
        "Northern Rooms Demos",
    )
    pack = files(*(f"Vey/{name}/01.flac" for name in (*folders, *others)))
    assert album_files(pack, ROOMS) == pack[: len(folders)]


def test_another_work_is_no_folder_of_the_album() -> None:
    names = ("1985 - Northern Rooms Live", "Northern Rooms Demos", "Northern Rooms II")
    assert album_files(files(*(f"Vey/{name}/1.flac" for name in names)), ROOMS) == []


def test_images_in_one_folder() -> None:
    pack = files(
        "Vey/Lindra Vey - 1983 - Northern Rooms.flac",
        "Vey/Lindra Vey - 1983 - Northern Rooms.cue",
        "Vey/Lindra Vey - 1986 - Harbour Lamps.flac",
        "Vey/Lindra Vey - 1986 - Harbour Lamps.cue",
        "Vey/cover.jpg",
    )
    assert album_files(pack, ROOMS) == pack[:2]


def test_files_of_aiff_are_music() -> None:
    pack = files("Vey/1983 - Northern Rooms/01 Song.aiff", "Vey/Other/01.aiff")
    assert album_files(pack, ROOMS) == pack[:1]


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that are parsed, which is what costs."""
    found: list[str] = []

    def parse(title: str, wanted: WantedNames) -> ParsedTitle:
        found.append(title)
        return parse_title_for(title, wanted)

    monkeypatch.setattr(packs, "parse_title_for", parse)
    return found


def test_a_pack_of_a_hundred_thousand_files_is_not_read(judged: list[str]) -> None:
    names = [f"Discography/Glass Harbour {n % 900}/{n}.flac" for n in range(100_000)]
    assert len(names) > packs.MOST_FILES
    assert album_files(files(*names), ALBUM) == []
    assert judged == []


def test_folders_in_folders_are_judged_once_and_not_each_for_every_file(
    judged: list[str],
) -> None:
    deep = "Glass Harbour/" * 2_000
    names = [f"{deep[: n * 14]}{n}.flac" for n in range(1, 2_000)]
    for _ in range(3):
        album_files(files(*names, "other/1.flac"), ALBUM)
    assert len(judged) < 2_000 * 6


def test_folders_without_a_word_of_the_album_are_not_judged(judged: list[str]) -> None:
    names = [f"Discography/Something Else {n}/1.flac" for n in range(2_000)]
    assert album_files(files(*names), ALBUM) == []
    assert judged == []
