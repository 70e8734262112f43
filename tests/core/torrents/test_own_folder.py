"""Each torrent has a folder of its own, whose name says whose it is."""

from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.music_agregator.core.model import (
    Download,
    InfoHashes,
    Mode,
    Run,
    WorkflowStatus as S,
)
from custom_components.music_agregator.core.quality import Quality, QualityProfile
from custom_components.music_agregator.core.torrents.client import Phase, TorrentState
from custom_components.music_agregator.core.torrents.own_folder import (
    is_in_own_folder,
    own_folder,
)

HASHES = InfoHashes(v1="c9e15763f722f23e98a29decdfae341b98d53056")
DOWNLOAD = Download(download_id="d", hashes=HASHES, title="t", quality=Quality())
RUN = Run(
    run_id="01KXJ4N1V2QDF8D1ZW6M3C7T9P",
    album_id="f5093c06-23e3-404f-aeaa-40f72885ee3a",
    quality=QualityProfile.ANY,
    mode=Mode.AUTOMATIC,
    status=S.ADDING_TORRENT,
    artist="The Paper Lanterns",
    album_title="Glass Harbour",
)


def at(save_path: str | None, hashes: InfoHashes = HASHES) -> TorrentState:
    return TorrentState(
        torrent_id="x", hashes=hashes, phase=Phase.FINISHED, save_path=save_path
    )


def test_a_person_can_read_it() -> None:
    assert own_folder(RUN, DOWNLOAD) == (
        "The Paper Lanterns - Glass Harbour {c9e15763.6m3c7t9p}"
    )


@given(st.text(max_size=300), st.text(max_size=300))
def test_every_file_system_takes_it(artist: str, title: str) -> None:
    name = own_folder(replace(RUN, artist=artist, album_title=title), DOWNLOAD)
    assert len(name.encode()) < 120
    assert name.isprintable() or not name.isascii()
    assert not set(name) & set('<>:"/\\|?*\0\n')
    assert name == name.strip(". ")
    assert is_in_own_folder(at(f"/downloads/{name}"))
    assert is_in_own_folder(at(f"D:\\Music\\{name}\\"))


@pytest.mark.parametrize(
    "place",
    [
        None,
        "",
        "/downloads",
        "/downloads/The Paper Lanterns - Glass Harbour (2011) [FLAC]",
        "/downloads/Something {00000000.6m3c7t9p}",
        "/downloads/Glass Harbour {c9e15763.6m3c7t9p}/deeper",
    ],
)
def test_any_other_place_is_not_ours(place: str | None) -> None:
    assert not is_in_own_folder(at(place))


def test_a_hybrid_torrent_is_known_by_either_hash() -> None:
    both = InfoHashes(v1=HASHES.v1, v2="ab" * 32)
    name = own_folder(RUN, replace(DOWNLOAD, hashes=InfoHashes(v2=both.v2)))
    assert is_in_own_folder(at(f"/downloads/{name}", both))
