"""How large music is: is a size plausible for an album."""

from dataclasses import dataclass
from typing import NamedTuple

from ..model import Album, Edition
from ..quality import Codec, Quality

# The assumed length of a track whose length is unknown.
_TRACK_SECONDS = 240.0
_VBR_KBPS = {"v0": 245, "v1": 225, "v2": 190}
_CD_BITS, _CD_RATE = 16, 44_100
_HI_RES_BITS = 24
_USUAL_RATE = 96_000
_HIGHEST_RATE = 384_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Durations:
    """How long the editions of an album play (seconds).

    `is_known` says that the tracks of an edition have lengths; else it is an estimate.
    """

    usual: float
    shortest: float
    longest: float
    is_known: bool


def durations(album: Album) -> Durations | None:
    """Return how long an album plays, None if not even the number of its tracks is known."""
    lengths = edition_lengths(album)
    if not lengths:
        return None
    timed = next((e for e in album.editions if e.length_ms), None)
    return Durations(
        usual=lengths[timed or next(iter(lengths))],
        shortest=min(lengths.values()),
        longest=max(lengths.values()),
        is_known=timed is not None,
    )


def edition_lengths(album: Album) -> dict[Edition, float]:
    """Return how long each edition plays (seconds), where that is known or can be estimated.

    Tracks without a length count as long as the average track of the other editions.
    """
    known = [(e.length_ms / 1000, e.track_count) for e in album.editions if e.length_ms]
    tracks = sum(count or 0 for _, count in known)
    per_track = sum(s for s, _ in known) / tracks if tracks else _TRACK_SECONDS
    lengths = ((edition, _seconds(edition, per_track)) for edition in album.editions)
    return {edition: seconds for edition, seconds in lengths if seconds}


def _seconds(edition: Edition, per_track: float) -> float | None:
    if edition.length_ms:
        return edition.length_ms / 1000
    return edition.track_count * per_track if edition.track_count else None


def kbps(size_bytes: int, seconds: float) -> int:
    """Return the bitrate of so many bytes in so many seconds."""
    return round(size_bytes * 8 / 1000 / seconds)


class Bounds(NamedTuple):
    """The plausible bitrates of a quality (kbps)."""

    least: int
    most: int


def bounds(quality: Quality) -> Bounds:
    """Return the plausible bitrates of a quality: wide, for scans, quiet music and surround.

    PCM of 16 bit and 44.1 kHz is 1411 kbps in stereo, of 24 bit and 192 kHz 9216; FLAC
    halves that, and one voice or one channel takes less than a fifth.
    """
    if quality.codec is Codec.DSD:
        return Bounds(1_000, 100_000)
    if quality.is_lossless:
        depth, rate = quality.bit_depth or 0, quality.sample_rate_hz
        if depth >= _HI_RES_BITS:
            return Bounds(250, _pcm(depth, rate or _HIGHEST_RATE))
        # A 16 bit album may come with a second disc, a film or scans.
        return Bounds(150, 5_000 if depth else _pcm(_HI_RES_BITS, rate or _USUAL_RATE))
    if quality.bitrate_kbps:
        return Bounds(round(quality.bitrate_kbps * 0.5), quality.bitrate_kbps * 3)
    if nominal := _VBR_KBPS.get(quality.vbr or ""):
        return Bounds(round(nominal * 0.3), nominal * 3)
    return Bounds(32, 600 if quality.codec else 10_000)


def uncompressed_kbps(quality: Quality) -> int:
    """Return the bitrate of a lossless quality in stereo, uncompressed."""
    bits = quality.bit_depth or _CD_BITS
    usual = _CD_RATE if bits < _HI_RES_BITS else _USUAL_RATE
    return bits * (quality.sample_rate_hz or usual) * 2 // 1000


def _pcm(bits: int, rate_hz: int) -> int:
    """Return the bitrate of six channels, uncompressed (kbps)."""
    return bits * rate_hz * 6 // 1000
