"""Real audio files: short tones, tagged."""

from pathlib import Path
import zlib

from mutagen.flac import FLAC
from mutagen.id3 import ID3, TALB, TIT2, TPE1, TRCK
import numpy as np
import soundfile

from .catalogue import Album, Offer

_RATE = 44_100
_HI_RES_RATE = 96_000
# What libsndfile calls a constant bitrate (kbps).
_LEVELS = {320: 0.0, 256: 0.2, 192: 0.4, 128: 0.65}
# As much as its size does not give away.
_FAKE_KBPS = 192


def write_offer(folder: Path, offer: Offer) -> Path:
    """Write the files of an offer and return their folder."""
    target = folder / offer.name
    for album in offer.pack or (offer.album,):
        year = album.first_date[:4]
        inside = target / f"{year} - {album.title}" if offer.pack else target
        inside.mkdir(parents=True)
        place = -1 if "2017" in offer.title and not offer.pack else 0
        for number, (title, length_ms) in enumerate(
            album.editions[place].tracks, start=1
        ):
            seconds = length_ms / 1000
            write_track(
                inside,
                album,
                number,
                title,
                seconds,
                codec=offer.codec,
                bitrate=offer.bitrate,
            )
    return target


def write_track(
    folder: Path,
    album: Album,
    number: int,
    title: str,
    seconds: float,
    *,
    codec: str,
    bitrate: int = 128,
) -> Path:
    """Write one track: a chord that differs from track to track, with some noise."""
    rate = _HI_RES_RATE if codec == "flac24" else _RATE
    time = np.arange(int(seconds * rate)) / rate
    seed = zlib.crc32(f"{album.album_id} {title}".encode())
    noise = np.random.default_rng(seed).normal(0, 0.05, len(time))
    tone = sum(np.sin(2 * np.pi * 110 * number * over * time) for over in (1, 1.5, 2))
    sound = 0.2 * tone + noise
    suffix = "mp3" if codec == "mp3" else "flac"
    path = folder / f"{number:02} {title.replace('/', '-')}.{suffix}"
    if codec in {"mp3", "fake"}:
        soundfile.write(
            path,
            sound,
            rate,
            format="MP3",
            compression_level=_LEVELS[_FAKE_KBPS if codec == "fake" else bitrate],
            bitrate_mode="CONSTANT",
        )
        _tag_mp3(path, album, number, title)
    else:
        depth = "PCM_24" if codec == "flac24" else "PCM_16"
        soundfile.write(path, sound, rate, format="FLAC", subtype=depth)
        _tag_flac(path, album, number, title)
    return path


def _tag_flac(path: Path, album: Album, number: int, title: str) -> None:
    file = FLAC(path)
    file["artist"] = album.artist
    file["album"] = album.title
    file["title"] = title
    file["tracknumber"] = str(number)
    file["musicbrainz_releasegroupid"] = album.album_id
    file.save()


def _tag_mp3(path: Path, album: Album, number: int, title: str) -> None:
    tags = ID3()
    for frame in (
        TPE1(text=album.artist),
        TALB(text=album.title),
        TIT2(text=title),
        TRCK(text=str(number)),
    ):
        tags.add(frame)
    tags.save(path)
