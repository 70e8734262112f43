"""What a release is (Quality), and what a request accepts, in which order (QualityProfile)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

LOSSLESS_CATEGORY = 3040
HI_RES_BITS = 24


class Codec(StrEnum):
    """How the sound is encoded."""

    FLAC = "flac"
    ALAC = "alac"
    APE = "ape"
    WAVPACK = "wavpack"
    WAV = "wav"
    DSD = "dsd"
    MP3 = "mp3"
    AAC = "aac"
    VORBIS = "vorbis"
    OPUS = "opus"
    WMA = "wma"


LOSSLESS_CODECS = frozenset(
    {Codec.FLAC, Codec.ALAC, Codec.APE, Codec.WAVPACK, Codec.WAV, Codec.DSD}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """A found quality; None where it is unknown."""

    codec: Codec | None = None
    bit_depth: int | None = None
    sample_rate_hz: int | None = None
    bitrate_kbps: int | None = None
    vbr: str | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the quality that `dataclasses.asdict` wrote."""
        codec = data.get("codec")
        return cls(**{**data, "codec": Codec(codec) if codec else None})

    @property
    def is_lossless(self) -> bool:
        """Return whether the codec is lossless; of 24 bit only lossless music is said."""
        if self.codec is None:
            return (self.bit_depth or 0) >= HI_RES_BITS
        return self.codec in LOSSLESS_CODECS

    @property
    def is_hi_res(self) -> bool:
        """Return whether it is DSD, or lossless of 24 bit or more."""
        return self.codec is Codec.DSD or (
            self.is_lossless and (self.bit_depth or 0) >= HI_RES_BITS
        )

    def __str__(self) -> str:
        """Return it as people write it: `FLAC 24/96`, `MP3 V0`, `AAC 256`."""
        words = [self.codec.upper() if self.codec else "?"]
        rate = f"{self.sample_rate_hz / 1000:g}" if self.sample_rate_hz else ""
        if self.bit_depth:
            words.append(f"{self.bit_depth}/{rate}" if rate else f"{self.bit_depth}")
        elif rate:
            words.append(f"{rate} kHz")
        if self.vbr:
            words.append(self.vbr.upper())
        elif self.bitrate_kbps:
            words.append(str(self.bitrate_kbps))
        return " ".join(words)


class QualityProfile(StrEnum):
    """What a request wants."""

    HI_RES = "hi_res"
    LOSSLESS = "lossless"
    HIGH = "high"
    ANY = "any"

    @classmethod
    def _missing_(cls, value: object) -> "QualityProfile | None":
        """Accept capitals. Raises ValueError with the valid names."""
        told = str(value).strip().lower()
        if told in cls.__members__.values():
            return cls(told)
        raise ValueError(f"{str(value)[:40]!r} is none of {', '.join(cls)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class QualityPreferences:
    """What the user prefers where a profile leaves a choice."""

    lossless_prefers_hi_res: bool = False
    high_accepts_lossless: bool = True


def _hi_res(quality: Quality, _: QualityPreferences, __: bool) -> int | None:
    if not quality.is_hi_res:
        return None
    if quality.codec is Codec.DSD:
        return 3
    return {96_000: 0, 192_000: 1}.get(quality.sample_rate_hz or 0, 2)


def _lossless(
    quality: Quality, preferences: QualityPreferences, only_lossless: bool
) -> int | None:
    if quality.codec is None and not quality.is_lossless:
        return 2 if only_lossless else None
    if not quality.is_lossless:
        return None
    return int(quality.is_hi_res != preferences.lossless_prefers_hi_res)


# The minimum bitrate (kbps) of each lossy codec that `high` accepts.
_HIGH_BITRATES = {
    Codec.MP3: 256,
    Codec.AAC: 256,
    Codec.VORBIS: 256,  # what encoders call q8
    Codec.OPUS: 160,
}
_LIKE_320 = 320


def _high(quality: Quality, preferences: QualityPreferences, _: bool) -> int | None:
    if quality.is_lossless:
        return 2 if preferences.high_accepts_lossless else None
    if quality.codec is None:
        return None
    if quality.codec is Codec.MP3 and quality.vbr:
        return 0 if quality.vbr == "v0" else None
    least = _HIGH_BITRATES.get(quality.codec)
    if least is None or (quality.bitrate_kbps or 0) < least:
        return None
    return 0 if (quality.bitrate_kbps or 0) >= _LIKE_320 else 1


def _any(quality: Quality, preferences: QualityPreferences, _: bool) -> int:
    if quality.is_lossless:
        return 0 if quality.is_hi_res else 1
    high = _high(quality, preferences, False)
    if high is not None:
        return 2 + high
    return 4 if quality.codec else 5


_PROFILES: dict[
    QualityProfile, Callable[[Quality, QualityPreferences, bool], int | None]
] = {
    QualityProfile.HI_RES: _hi_res,
    QualityProfile.LOSSLESS: _lossless,
    QualityProfile.HIGH: _high,
    QualityProfile.ANY: _any,
}

# The last place in each profile, which turns a place into a score.
LAST_PLACE = {
    QualityProfile.HI_RES: 3,
    QualityProfile.LOSSLESS: 2,
    QualityProfile.HIGH: 2,
    QualityProfile.ANY: 5,
}


def position_in_profile(
    quality: Quality,
    profile: QualityProfile,
    *,
    categories: tuple[int, ...] = (),
    preferences: QualityPreferences | None = None,
) -> int | None:
    """Return the position of a found quality in a profile: 0 is best, None rejected.

    docs/qualities.md shows the table. `categories` are Torznab's; they decide where the
    title names no codec.
    """
    only_lossless = bool(categories) and all(
        category == LOSSLESS_CATEGORY or category >= 100_000 for category in categories
    )
    only_lossless = only_lossless and LOSSLESS_CATEGORY in categories
    return _PROFILES[profile](
        quality, preferences or QualityPreferences(), only_lossless
    )
