"""Strangers' audio files are read in a process of their own, within limits."""

import asyncio
import os
from pathlib import Path
import resource
import signal

import pytest

from custom_components.music_agregator.core.library import media_child
from custom_components.music_agregator.core.library.media_reader import MediaReader
from custom_components.music_agregator.core.model import TrackFacts
from custom_components.music_agregator.core.quality import Codec
from sandbox import catalogue as c
from sandbox.audio import write_track

from . import crafted


def children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def own_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@pytest.mark.long
@pytest.mark.parametrize("kind", crafted.FILES)
async def test_a_crafted_file_costs_no_more_than_the_limits(
    kind: str, reader: MediaReader, tmp_path: Path
) -> None:
    path = crafted.write(tmp_path, kind)
    own, children = own_seconds(), children_seconds()
    found = await reader.read(path, is_sniffed=True)
    await reader.close()
    assert found is None or found.album is None
    assert own_seconds() - own < 1.0
    assert children_seconds() - children < media_child.CPU_SECONDS + 3
    good = write_track(tmp_path, c.NAEVE, 1, "Élan", 1.0, codec="flac")
    after = await reader.read(good, is_sniffed=True)
    assert after is not None
    assert after.quality.codec is Codec.FLAC


async def test_only_regular_files_are_opened(
    reader: MediaReader, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "01.flac")
    (tmp_path / "02.mp3").symlink_to("/dev/zero")
    (tmp_path / "03.mp3").symlink_to("/dev/full")
    (tmp_path / "04.mp3").symlink_to("/dev/urandom")
    (tmp_path / "05.mp3").mkdir()
    for path in sorted(tmp_path.iterdir()):
        assert await reader.read(path) is None
    assert await reader.read(tmp_path / "nothing.flac") is None


async def test_a_link_to_a_file_is_read(reader: MediaReader, tmp_path: Path) -> None:
    track = write_track(tmp_path, c.NAEVE, 1, "Élan", 1.0, codec="flac")
    link = tmp_path / "link.flac"
    link.symlink_to(track)
    found = await reader.read(link)
    assert found is not None
    assert found.artist == c.NAEVE.artist


async def test_whoever_leaves_gets_no_one_elses_answer(
    reader: MediaReader, tmp_path: Path
) -> None:
    tracks = [
        write_track(tmp_path, c.NAEVE, number, f"T{number}", number, codec="flac")
        for number in (1, 2)
    ]
    await reader.read(tracks[0])
    leaving = asyncio.create_task(reader.read(tracks[0]))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    found = await reader.read(tracks[1])
    assert found is not None
    assert found.length_ms == 2_000


async def test_names_with_any_bytes_are_read(
    reader: MediaReader, tmp_path: Path
) -> None:
    track = write_track(tmp_path, c.NAEVE, 1, "Élan", 1.0, codec="flac")
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n\xfe.flac"))
    track.rename(odd)
    found = await reader.read(odd)
    assert found is not None
    assert found.album == c.NAEVE.title


async def test_what_is_no_music_is_told_apart(
    reader: MediaReader, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.flac"
    noise.write_bytes(os.urandom(5_000))
    assert await reader.read(noise) == TrackFacts()
    assert await reader.read(noise, is_sniffed=True) is None


async def test_a_process_that_died_in_between_is_started_again(
    reader: MediaReader, tmp_path: Path
) -> None:
    good = write_track(tmp_path, c.NAEVE, 1, "Élan", 1.0, codec="flac")
    assert await reader.read(good) is not None
    for child in Path("/proc/self/task").glob("*/children"):
        for pid in child.read_text().split():
            if b"media_child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(int(pid), signal.SIGKILL)
    found = await reader.read(good)
    assert found is not None
    assert found.album == c.NAEVE.title
