"""Qualities: the table of profiles, and how a quality is written."""

import pytest

from custom_components.music_agregator.core.quality import (
    Codec,
    Quality,
    QualityPreferences,
    QualityProfile as Q,
    position_in_profile,
)

FLAC_16 = Quality(codec=Codec.FLAC, bit_depth=16)
FLAC = Quality(codec=Codec.FLAC)
FLAC_96 = Quality(codec=Codec.FLAC, bit_depth=24, sample_rate_hz=96_000)
FLAC_192 = Quality(codec=Codec.FLAC, bit_depth=24, sample_rate_hz=192_000)
FLAC_48 = Quality(codec=Codec.FLAC, bit_depth=24, sample_rate_hz=48_000)
DSD = Quality(codec=Codec.DSD)
V0 = Quality(codec=Codec.MP3, vbr="v0")
V2 = Quality(codec=Codec.MP3, vbr="v2")
NOTHING = Quality()
# 24 bit is only ever said of lossless music.
BITS_24 = Quality(bit_depth=24)


def mp3(kbps: int) -> Quality:
    return Quality(codec=Codec.MP3, bitrate_kbps=kbps)


def lossy(codec: Codec, kbps: int) -> Quality:
    return Quality(codec=codec, bitrate_kbps=kbps)


ORDER: dict[Q, list[set[Quality]]] = {
    Q.HI_RES: [{FLAC_96}, {FLAC_192}, {FLAC_48, BITS_24}, {DSD}],
    Q.LOSSLESS: [{FLAC, FLAC_16}, {FLAC_96, FLAC_192, DSD, BITS_24}],
    Q.HIGH: [{V0, mp3(320)}, {mp3(256), lossy(Codec.AAC, 256)}, {FLAC, FLAC_96}],
    Q.ANY: [{FLAC_96, DSD}, {FLAC}, {V0, mp3(320)}, {mp3(256)}, {mp3(128), V2}, {NOTHING}],
}  # fmt: skip
REJECTED: dict[Q, list[Quality]] = {
    Q.HI_RES: [FLAC, FLAC_16, mp3(320), NOTHING, Quality(bit_depth=16)],
    Q.LOSSLESS: [mp3(320), V0, NOTHING],
    Q.HIGH: [mp3(192), V2, NOTHING, lossy(Codec.OPUS, 128), lossy(Codec.WMA, 320)],
    Q.ANY: [],
}


@pytest.mark.parametrize("profile", list(Q))
def test_the_table_of_profiles(profile: Q) -> None:
    places = [
        {position_in_profile(q, profile) for q in rank} for rank in ORDER[profile]
    ]
    assert all(len(group) == 1 and None not in group for group in places)
    flat = [group.pop() for group in places]
    assert flat == sorted(flat, key=lambda p: p or 0)
    assert len(set(flat)) == len(flat)
    for quality in REJECTED[profile]:
        assert position_in_profile(quality, profile) is None


def test_an_unknown_codec_is_taken_at_its_categories_word() -> None:
    assert position_in_profile(NOTHING, Q.LOSSLESS, categories=(3040,)) == 2
    assert position_in_profile(NOTHING, Q.LOSSLESS, categories=(3040, 100_040)) == 2
    assert position_in_profile(NOTHING, Q.LOSSLESS, categories=(3000, 3040)) is None
    assert position_in_profile(NOTHING, Q.HI_RES, categories=(3040,)) is None


def test_preferences_turn_the_table_round() -> None:
    hi_res = QualityPreferences(lossless_prefers_hi_res=True)
    assert position_in_profile(FLAC_96, Q.LOSSLESS, preferences=hi_res) == 0
    assert position_in_profile(FLAC, Q.LOSSLESS, preferences=hi_res) == 1
    strict = QualityPreferences(high_accepts_lossless=False)
    assert position_in_profile(FLAC, Q.HIGH, preferences=strict) is None


@pytest.mark.parametrize(
    ("quality", "text"),
    [
        (FLAC_96, "FLAC 24/96"),
        (
            Quality(codec=Codec.FLAC, bit_depth=24, sample_rate_hz=88_200),
            "FLAC 24/88.2",
        ),
        (V0, "MP3 V0"),
        (mp3(320), "MP3 320"),
        (NOTHING, "?"),
        (Quality(codec=Codec.WAV, sample_rate_hz=44_100), "WAV 44.1 kHz"),
    ],
)
def test_a_quality_in_words(quality: Quality, text: str) -> None:
    assert str(quality) == text
    assert Quality.from_dict({"codec": quality.codec, "bit_depth": quality.bit_depth,
        "sample_rate_hz": quality.sample_rate_hz, "bitrate_kbps": quality.bitrate_kbps,
        "vbr": quality.vbr}) == quality  # fmt: skip
