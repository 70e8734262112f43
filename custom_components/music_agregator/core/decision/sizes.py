"""How much room music takes: is a size what it should be."""

from dataclasses import dataclass
from typing import NamedTuple

from ..model import Album, Edition
from ..quality import LOSSLESS_CODECS, Codec, Quality

# A song takes about four minutes where nobody says how long.
_TRACK_SECONDS = 240.0
_VBR_KBPS = {"v0": 245, "v1": 225, "v2": 190}
_HI_RES_BITS = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Durations:
    """How long the editions of an album play (seconds).

    `is_known` says that an edition's tracks were timed; else it is an estimate.
    """

    usual: float
    shortest: float
    longest: float
    is_known: bool


def durations(album: Album) -> Durations | None:
    """Return how long an album plays, None where not even its tracks were counted."""
    known = [(e.length_ms / 1000, e.track_count) for e in album.editions if e.length_ms]
    timed = [seconds for seconds, _ in known]
    tracks = sum(count or 0 for _, count in known)
    per_track = sum(timed) / tracks if tracks else _TRACK_SECONDS
    every = [_seconds(edition, per_track) for edition in album.editions]
    lengths = [seconds for seconds in every if seconds]
    if not lengths:
        return None
    return Durations(
        usual=timed[0] if timed else lengths[0],
        shortest=min(timed or lengths),
        longest=max(lengths),
        is_known=bool(timed),
    )


def _seconds(edition: Edition, per_track: float) -> float | None:
    if edition.length_ms:
        return edition.length_ms / 1000
    return edition.track_count * per_track if edition.track_count else None


def kbps(size_bytes: int, seconds: float) -> int:
    """Return the bitrate of so many bytes in so many seconds."""
    return round(size_bytes * 8 / 1000 / seconds)


class Bounds(NamedTuple):
    """What a quality takes (kbps): outside it is something else."""

    least: int
    most: int


def bounds(quality: Quality) -> Bounds:
    """Return what a quality takes: generous, for pictures, quiet music and scans.

    PCM of 16 bit and 44.1 kHz is 1411 kbps, of 24 bit and 192 kHz 9216; FLAC halves
    that, and music for one voice or one channel takes less than a fifth.
    """
    if quality.codec is Codec.DSD:
        return Bounds(1_000, 40_000)
    if quality.codec in LOSSLESS_CODECS:
        if (quality.bit_depth or 0) >= _HI_RES_BITS:
            return Bounds(400, 10_000)
        return Bounds(180, 2_500 if quality.bit_depth else 10_000)
    nominal = quality.bitrate_kbps or _VBR_KBPS.get(quality.vbr or "")
    if nominal:
        return Bounds(round(nominal * 0.5), round(nominal * 2.5))
    return Bounds(32, 600 if quality.codec else 10_000)


def clock_time(seconds: float) -> str:
    """Return a length as people write it: `45:36`, `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def megabytes(size_bytes: int) -> str:
    """Return a size as people write it: `612 MB`, `1.4 GB`."""
    if size_bytes >= 1_000_000_000:
        return f"{size_bytes / 1e9:.1f} GB"
    return f"{max(round(size_bytes / 1e6), 1)} MB"
