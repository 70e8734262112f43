"""Audio files: their formats, and what their tags say: names, ids, quality.

`media_reader.py` reads them.
"""

from collections.abc import Mapping
import os
from pathlib import Path, PurePosixPath
import re
from typing import Any, NamedTuple

from ..common.format import whole_characters
from ..model import TrackFacts
from ..musicbrainz import is_mbid
from ..quality import LOSSLESS_CODECS, Codec, Quality
from ..titles.names import without_guests


class AudioFormat(NamedTuple):
    """The format of a suffix: its possible codecs, none if it is not in `Codec`.

    `is_lossless` is None if both kinds are possible; `is_readable` is false if its tags
    cannot be read.
    """

    codecs: frozenset[Codec]
    is_lossless: bool | None
    is_readable: bool = True


def _format(*codecs: Codec) -> AudioFormat:
    kinds = {codec in LOSSLESS_CODECS for codec in codecs}
    return AudioFormat(frozenset(codecs), kinds.pop() if len(kinds) == 1 else None)


# Every known format of audio files, by its suffix.
AUDIO_FORMATS: Mapping[str, AudioFormat] = {
    ".flac": _format(Codec.FLAC),
    ".mp3": _format(Codec.MP3),
    ".m4a": _format(Codec.AAC, Codec.ALAC),
    ".aac": _format(Codec.AAC),
    ".ogg": _format(Codec.VORBIS, Codec.OPUS, Codec.FLAC),
    ".opus": _format(Codec.OPUS),
    ".ape": _format(Codec.APE),
    ".wv": _format(Codec.WAVPACK),
    ".wav": _format(Codec.WAV),
    ".aif": _format(Codec.WAV),
    ".aiff": _format(Codec.WAV),
    ".wma": _format(Codec.WMA),
    ".dsf": _format(Codec.DSD),
    ".dff": _format(Codec.DSD),
    ".tta": AudioFormat(frozenset(), True),
    ".tak": AudioFormat(frozenset(), True),
    ".shn": AudioFormat(frozenset(), True, is_readable=False),
    ".mpc": AudioFormat(frozenset(), False),
}


# The folders that systems leave behind, with no music of the user's.
LEFTOVERS = frozenset(
    {"__MACOSX", ".Trashes", ".Trash", "$RECYCLE.BIN", "System Volume Information"}
    | {"@eaDir", "#recycle", ".AppleDouble", "lost+found"}
)


def suffix(name: str) -> str:
    """Return the suffix of a file's name in lower case, with its dot: `.flac`."""
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def is_audio(name: str) -> bool:
    """Return whether a file is music, by its path.

    macOS leaves `._01.flac` beside `01.flac`, and a folder `__MACOSX` in archives.
    """
    *folders, last = name.replace("\\", "/").split("/")
    if last.startswith("._") or not LEFTOVERS.isdisjoint(folders):
        return False
    return suffix(last) in AUDIO_FORMATS


_CODECS = {
    "FLAC": Codec.FLAC,
    "OggFLAC": Codec.FLAC,
    "MP3": Codec.MP3,
    "OggVorbis": Codec.VORBIS,
    "OggOpus": Codec.OPUS,
    "ASF": Codec.WMA,
    "MonkeysAudio": Codec.APE,
    "WavPack": Codec.WAVPACK,
    "WAVE": Codec.WAV,
    "AIFF": Codec.WAV,
    "AAC": Codec.AAC,
    "DSF": Codec.DSD,
    "DSDIFF": Codec.DSD,
}
_VBR = re.compile(r"-V ?([02])\b")
# The largest number that a header may say, and the longest track (seconds).
_MOST = 2**31
_LONGEST = 10 * 86_400.0


def facts_of(answer: Mapping[str, Any]) -> TrackFacts:
    """Return what a file says, from an answer of `media_child.py`."""
    tags, info = answer["tags"], answer["info"]
    years = (_whole(tags, name, 4) for name in ("original_year", "year"))
    return TrackFacts(
        artist=_album_artist(tags),
        album=_text(tags, "album"),
        album_id=_mbid(_text(tags, "mb_releasegroupid")),
        edition_id=_mbid(_text(tags, "mb_albumid")),
        years=tuple(year for year in years if year),
        disc=_whole(tags, "disc", 3),
        track=_whole(tags, "track", 4),
        title=_text(tags, "title"),
        quality=_quality(answer["kind"], info),
        length_ms=int(min(_number(info, "length"), _LONGEST) * 1000) or None,
    )


def is_readable(path: Path) -> bool:
    """Return whether a file is a regular one that can be opened (in a worker thread)."""
    return path.is_file() and os.access(path, os.R_OK)


def _album_artist(tags: Mapping[str, str]) -> str | None:
    """Return who an album is by: many artists if that is said, never a guest."""
    if artist := _text(tags, "albumartist"):
        return artist
    if _text(tags, "comp") in {"1", "True", "true"}:
        return "Various Artists"
    artist = _text(tags, "artist")
    return without_guests(artist) if artist else None


def _whole(tags: Mapping[str, str], name: str, digits: int) -> int | None:
    """Return the number that a tag begins with: `3/12`, `2011-05-01`."""
    found = re.match(rf"\d{{1,{digits}}}(?!\d)", tags.get(name, ""), re.ASCII)
    return int(found[0]) if found else None


def _text(tags: Mapping[str, str], name: str) -> str | None:
    return whole_characters(tags.get(name, "")).strip() or None


def _number(info: Mapping[str, Any], name: str) -> float:
    value = info.get(name)
    if isinstance(value, (int, float)) and 0 < value < _MOST:
        return float(value)
    return 0.0


def _mbid(text: str | None) -> str | None:
    return text.lower() if text and is_mbid(text.lower()) else None


def _quality(kind: str, info: Mapping[str, Any]) -> Quality:
    codec = _CODECS.get(kind)
    if codec is None and kind in {"MP4", "M4A"}:
        codec = Codec.ALAC if "alac" in str(info["codec"]) else Codec.AAC
    rate = int(_number(info, "sample_rate")) or None
    if codec in LOSSLESS_CODECS:
        depth = int(_number(info, "bits_per_sample")) or None
        is_pcm = codec is not Codec.DSD
        return Quality(
            codec=codec, bit_depth=depth if is_pcm else None, sample_rate_hz=rate
        )
    preset = _VBR.search(str(info["encoder_settings"]))
    return Quality(
        codec=codec,
        sample_rate_hz=rate,
        bitrate_kbps=round(_number(info, "bitrate") / 1000) or None,
        vbr=f"v{preset[1]}" if preset else None,
    )
