"""File checks: compare the files of a download with the album. All of it is pure.

`check_names` needs the names only; `check_tracks` what the files on disk say.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..common.format import clock_time, megabytes
from ..decision.sizes import bounds, kbps, uncompressed_kbps
from ..library.audio_files import AUDIO_FORMATS, is_audio, suffix
from ..model import Album, Reason, TrackFacts
from ..quality import (
    LOSSLESS_CODECS,
    Codec,
    Quality,
    QualityPreferences,
    QualityProfile,
    position_in_profile,
)
from ..torrents.client import TorrentFile

_PROGRAMS = frozenset(
    ".exe .msi .scr .bat .cmd .pif .vbs .js .jar .ps1 .apk .lnk .hta .dmg".split()
)
_ARCHIVES = frozenset(".rar .zip .7z .tar .gz .bz2 .xz .iso .r00 .001".split())
_SACD = ".iso"
_CUE = ".cue"

# The part that has to be there if only names, or only some lengths, are known.
_MOST_OF = 0.75
_NEARLY_ALL = 0.95
# So few files are sides of a record, or a mix, if they are large enough for all tracks:
# at least this part of the uncompressed size, or of a lossy bitrate.
_SIDES = 1 / 3
_LEAST_PACKED = 0.32
_LEAST_LOSSY_KBPS = 100
# A bitrate is an average: so much less than promised is accepted.
_LENIENT = 0.8
_VBR_KBPS = {"v0": 200, "v2": 150}
# The bit depth of converted DSD.
_DSD_BITS = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What a download should be: an album in the promised quality."""

    album: Album
    promised: Quality
    profiles: tuple[QualityProfile, ...]
    preferences: QualityPreferences

    @property
    def track_count(self) -> int:
        """Return the track count of the shortest edition, 0 if unknown."""
        return self.album.least_tracks

    @property
    def length_ms(self) -> int:
        """Return the length of the shortest edition, 0 if unknown."""
        return self.album.least_length_ms


def music(files: Iterable[TorrentFile], promised: Quality) -> list[TorrentFile]:
    """Return the files that are music, of the promised codec if there are several.

    An image of an SACD is music where DSD was promised.
    """
    images = {_SACD} if promised.codec is Codec.DSD else frozenset()
    found = [f for f in files if is_audio(f.name) or suffix(f.name) in images]
    kept = [f for f in found if _may_hold(f, promised.codec)]
    return kept or found


def _may_hold(file: TorrentFile, codec: Codec | None) -> bool:
    found = AUDIO_FORMATS.get(suffix(file.name))
    return found is not None and codec in found.codecs


def check_names(files: Sequence[TorrentFile], expected: Expectation) -> Reason | None:
    """Return what is wrong with the names of a download's files; None if nothing is."""
    if program := _first(files, _PROGRAMS):
        return Reason(code="fake_program", details={"file": program})
    found = music(files, expected.promised)
    kinds = {suffix(file.name) for file in files}
    known = AUDIO_FORMATS.get(suffix(found[0].name)) if found else None
    is_lossy = known is not None and known.is_lossless is False
    if expected.promised.is_lossless and is_lossy:
        return Reason(
            code="wrong_codec",
            details={
                "promised": str(expected.promised),
                "found": suffix(found[0].name).lstrip(".").upper(),
            },
        )
    wanted = expected.track_count
    # One file may hold the whole album, or a side of a record.
    is_image = bool(found) and not kinds.isdisjoint({_CUE, _SACD})
    is_enough = len(found) >= wanted * _MOST_OF or _are_sides(found, expected)
    if found and (is_image or is_enough):
        return None
    if archive := _first(files, _ARCHIVES):
        return Reason(code="fake_archive", details={"file": archive})
    return _too_few(len(found), wanted) if found else Reason(code="no_music_inside")


def _are_sides(files: Sequence[TorrentFile], expected: Expectation) -> bool:
    """Return whether a few files are large enough to hold all the tracks."""
    if not expected.length_ms or len(files) > expected.track_count * _SIDES:
        return False
    promised = expected.promised
    if promised.is_lossless:
        least = uncompressed_kbps(promised) * _LEAST_PACKED
    else:
        least = (promised.bitrate_kbps or _LEAST_LOSSY_KBPS) * _LENIENT
    size = sum(file.size_bytes for file in files)
    return kbps(size, expected.length_ms / 1000) >= least


def _first(files: Iterable[TorrentFile], kinds: frozenset[str]) -> str | None:
    """Return the name of the first file of some kinds."""
    names = (PurePosixPath(f.name.replace("\\", "/")).name for f in files)
    return next((name[:100] for name in names if suffix(name) in kinds), None)


def check_size(files: Sequence[TorrentFile], expected: Expectation) -> Reason | None:
    """Return what is wrong with the size of an album's files; None if nothing is."""
    size = sum(file.size_bytes for file in music(files, expected.promised))
    if not size or not expected.length_ms:
        return None
    least = bounds(expected.promised).least
    found = kbps(size, expected.length_ms / 1000)
    if found >= least:
        return None
    return Reason(
        code="too_small_inside",
        details={"size": megabytes(size), "kbps": found, "limit": least},
    )


def check_tracks(
    tracks: Sequence[TrackFacts | None], expected: Expectation
) -> Reason | None:
    """Return what is wrong with a download's audio files; None if nothing is.

    None among the tracks is a file that is not what its suffix says.
    """
    read = [track for track in tracks if track is not None]
    if are_unreadable(len(tracks) - len(read), len(tracks)):
        return Reason(
            code="unreadable_music", details={"found": len(tracks) - len(read)}
        )
    found, promised = found_quality(read), expected.promised
    if promised.is_lossless and found.codec and not found.is_lossless:
        return Reason(
            code="wrong_codec",
            details={"promised": str(promised), "found": str(found)},
        )
    fits = any(
        position_in_profile(found, profile, preferences=expected.preferences)
        is not None
        for profile in expected.profiles
    )
    if found.codec and not fits and _is_lesser(found, promised):
        return Reason(
            code="lesser_quality",
            details={"promised": str(promised), "found": str(found)},
        )
    return _incomplete(tracks, expected)


def are_unreadable(unreadable: int, count: int) -> bool:
    """Return whether too many of some files are no music, or cannot be read."""
    return unreadable > count * (1 - _MOST_OF)


def _incomplete(
    tracks: Sequence[TrackFacts | None], expected: Expectation
) -> Reason | None:
    """Return what is missing, by length, since several tracks may be one file."""
    lengths = [track.length_ms if track else None for track in tracks]
    known = sum(length or 0 for length in lengths)
    wanted_ms, wanted = expected.length_ms, expected.track_count
    if wanted_ms and all(lengths):
        if len(tracks) < wanted and known < wanted_ms * _NEARLY_ALL:
            return _too_few(len(tracks), wanted)
        if known < wanted_ms * _MOST_OF:
            return Reason(
                code="too_short",
                details={
                    "found": clock_time(known / 1000),
                    "wanted": clock_time(wanted_ms / 1000),
                },
            )
        return None
    return _too_few(len(tracks), wanted) if len(tracks) < wanted * _MOST_OF else None


def _too_few(found: int, wanted: int) -> Reason:
    return Reason(code="too_few_tracks", details={"found": found, "wanted": wanted})


def found_quality(tracks: Sequence[TrackFacts]) -> Quality:
    """Return what most tracks of a download have in common."""
    codecs = Counter(t.quality.codec for t in tracks if t.quality.codec)
    if not codecs:
        return Quality()
    codec = codecs.most_common(1)[0][0]
    every = [t.quality for t in tracks if t.quality.codec is codec]
    rates = [quality.bitrate_kbps for quality in every if quality.bitrate_kbps]
    presets = {quality.vbr for quality in every}
    is_lossless = codec in LOSSLESS_CODECS
    return Quality(
        codec=codec,
        bit_depth=_usual(quality.bit_depth for quality in every),
        sample_rate_hz=_usual(q.sample_rate_hz for q in every) if is_lossless else None,
        bitrate_kbps=round(sum(rates) / len(rates)) if rates else None,
        vbr=presets.pop() if len(presets) == 1 else None,
    )


def _usual(values: Iterable[int | None]) -> int | None:
    """Return the most common value, the lesser of two equally common ones."""
    counts = Counter(value for value in values if value)
    return min(counts, key=lambda value: (-counts[value], value), default=None)


def _is_lesser(found: Quality, promised: Quality) -> bool:
    """Return whether a found quality is less than what was promised."""
    if promised.codec is None:
        return True
    if found.is_lossless:
        is_dsd = promised.codec is Codec.DSD
        if is_dsd and found.codec is Codec.DSD:
            return False
        return (found.bit_depth or 0) < (
            _DSD_BITS if is_dsd else promised.bit_depth or 0
        )
    nominal = promised.bitrate_kbps or _VBR_KBPS.get(promised.vbr or "", 0)
    return (found.bitrate_kbps or nominal) < nominal * _LENIENT
