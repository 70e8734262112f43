"""Audio files: their formats, and what their tags say: names, ids, quality."""

from collections.abc import Mapping
from io import BytesIO
import logging
from pathlib import Path, PurePosixPath
import re
from typing import Any, NamedTuple

import mutagen
from mutagen.id3 import ID3

from ..model import TrackFacts
from ..musicbrainz import is_mbid
from ..quality import LOSSLESS_CODECS, Codec, Quality

_LOGGER = logging.getLogger(__name__)


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


def suffix(name: str) -> str:
    """Return the suffix of a file's name in lower case, with its dot: `.flac`."""
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def is_audio(name: str) -> bool:
    """Return whether a file is music, by its suffix."""
    return suffix(name) in AUDIO_FORMATS


_CODECS = {
    "FLAC": Codec.FLAC,
    "OggFLAC": Codec.FLAC,
    "EasyMP3": Codec.MP3,
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
# The easy names of ID3 frames, which mutagen knows for MP3 and True Audio only.
_ID3_FRAMES = {
    "albumartist": "TPE2",
    "artist": "TPE1",
    "album": "TALB",
    "musicbrainz_releasegroupid": "TXXX:MusicBrainz Release Group Id",
    "musicbrainz_albumid": "TXXX:MusicBrainz Album Id",
}
_VBR = re.compile(r"-V ?([02])\b")
_TEXT_LIMIT = 500
_HEAD = 1_000_000


def read_tags(path: Path) -> TrackFacts:
    """Read the tags of a file (in a worker thread). Never raises; an unreadable file has none."""
    try:
        file = mutagen.File(path, easy=True)
        if file is None:
            return TrackFacts()
        tags = file.tags or {}
        return TrackFacts(
            artist=_first(tags, "albumartist", "artist"),
            album=_first(tags, "album"),
            album_id=_mbid(_first(tags, "musicbrainz_releasegroupid")),
            edition_id=_mbid(_first(tags, "musicbrainz_albumid")),
            quality=_quality(file),
            length_ms=int(getattr(file.info, "length", 0) * 1000) or None,
        )
    except Exception as error:  # noqa: BLE001
        # A broken file may make mutagen raise anything.
        _LOGGER.debug("A file cannot be read: %s", type(error).__name__)
        return TrackFacts()


def is_readable(path: Path) -> bool:
    """Return whether a file can be opened (in a worker thread)."""
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


def sniff(path: Path) -> TrackFacts | None:
    """Identify a file with a wrong suffix (in a worker thread); None if it is not music."""
    try:
        with path.open("rb") as opened:
            head = BytesIO(opened.read(_HEAD))
        file = mutagen.File(head)
        return None if file is None else TrackFacts(quality=_quality(file))
    except Exception as error:  # noqa: BLE001
        _LOGGER.debug("A file is no music: %s", type(error).__name__)
        return None


def _first(tags: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        values = tags.get(_ID3_FRAMES[name] if isinstance(tags, ID3) else name)
        value = values[0] if isinstance(values, list) and values else values
        if value and (text := str(value).strip()):
            return text[:_TEXT_LIMIT]
    return None


def _mbid(text: str | None) -> str | None:
    return text.lower() if text and is_mbid(text.lower()) else None


def _quality(file: Any) -> Quality:
    info = file.info
    codec = _CODECS.get(type(file).__name__)
    if codec is None and type(file).__name__ in {"EasyMP4", "MP4"}:
        codec = Codec.ALAC if "alac" in getattr(info, "codec", "") else Codec.AAC
    rate = getattr(info, "sample_rate", None) or None
    if codec in LOSSLESS_CODECS:
        depth = getattr(info, "bits_per_sample", None) or None
        is_pcm = codec is not Codec.DSD
        return Quality(
            codec=codec, bit_depth=depth if is_pcm else None, sample_rate_hz=rate
        )
    bitrate = getattr(info, "bitrate", None)
    preset = _VBR.search(getattr(info, "encoder_settings", "") or "")
    return Quality(
        codec=codec,
        sample_rate_hz=rate,
        bitrate_kbps=round(bitrate / 1000) if bitrate else None,
        vbr=f"v{preset[1]}" if preset else None,
    )
