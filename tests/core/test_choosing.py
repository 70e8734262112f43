"""Titles, qualities, names and decisions: what issue A needs of them."""

from hypothesis import given, strategies as st
import pytest

from custom_components.music_agregator.core.decision import Preferences, decide
from custom_components.music_agregator.core.model import Album, Edition, Release
from custom_components.music_agregator.core.names import normalise, same_name
from custom_components.music_agregator.core.quality import (
    Codec,
    Quality,
    QualityPreferences,
    QualityProfile as Q,
    place,
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


def mp3(kbps: int) -> Quality:
    return Quality(codec=Codec.MP3, bitrate_kbps=kbps)


def lossy(codec: Codec, kbps: int) -> Quality:
    return Quality(codec=codec, bitrate_kbps=kbps)


ORDER: dict[Q, list[set[Quality]]] = {
    Q.HI_RES: [{FLAC_96}, {FLAC_192}, {FLAC_48}, {DSD}],
    Q.LOSSLESS: [{FLAC, FLAC_16}, {FLAC_96, FLAC_192, DSD}],
    Q.HIGH: [{V0, mp3(320)}, {mp3(256), lossy(Codec.AAC, 256)}, {FLAC, FLAC_96}],
    Q.ANY: [{FLAC_96, DSD}, {FLAC}, {V0, mp3(320)}, {mp3(256)}, {mp3(128), V2}, {NOTHING}],
}  # fmt: skip
REJECTED: dict[Q, list[Quality]] = {
    Q.HI_RES: [FLAC, FLAC_16, mp3(320), NOTHING, Quality(bit_depth=24)],
    Q.LOSSLESS: [mp3(320), V0, NOTHING],
    Q.HIGH: [mp3(192), V2, NOTHING, lossy(Codec.OPUS, 128), lossy(Codec.WMA, 320)],
    Q.ANY: [],
}


@pytest.mark.parametrize("profile", list(Q))
def test_the_table_of_profiles(profile: Q) -> None:
    places = [{place(q, profile) for q in rank} for rank in ORDER[profile]]
    assert all(len(group) == 1 and None not in group for group in places)
    flat = [group.pop() for group in places]
    assert flat == sorted(flat, key=lambda p: p or 0)
    assert len(set(flat)) == len(flat)
    for quality in REJECTED[profile]:
        assert place(quality, profile) is None


def test_an_unknown_codec_is_taken_at_its_categories_word() -> None:
    assert place(NOTHING, Q.LOSSLESS, categories=(3040,)) == 2
    assert place(NOTHING, Q.LOSSLESS, categories=(3040, 100_040)) == 2
    assert place(NOTHING, Q.LOSSLESS, categories=(3000, 3040)) is None
    assert place(NOTHING, Q.HI_RES, categories=(3040,)) is None


def test_preferences_turn_the_table_round() -> None:
    hi_res = QualityPreferences(lossless_prefers_hi_res=True)
    assert place(FLAC_96, Q.LOSSLESS, preferences=hi_res) == 0
    assert place(FLAC, Q.LOSSLESS, preferences=hi_res) == 1
    strict = QualityPreferences(high_accepts_lossless=False)
    assert place(FLAC, Q.HIGH, preferences=strict) is None


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ænima", "AEnima"),
        ("Sigur Rós", "sigur ros"),
        ("Don’t Look", "Don't Look"),
        ("The Paper Lanterns", "Paper Lanterns"),
        ("÷", "Divide"),
        ("Salt & Pepper", "salt and pepper"),
        ("Motörhead!", "MOTORHEAD"),
        ("100%", "100 percent"),
    ],
)
def test_two_spellings_of_one_name(one: str, other: str) -> None:
    assert same_name(one, other)


def test_names_that_differ() -> None:
    assert not same_name("The The", "The")
    assert not same_name("II", "III")
    assert normalise("!!!") == "!!!"


ALBUM = Album(
    album_id="x",
    title="Slow Cartography",
    artist="Ferro Mere",
    artists=("Ferro Mere",),
    aliases=("Mere, Ferro",),
    primary_type="Album",
    first_release_date="1987-03-09",
    editions=(Edition(edition_id="e", title="Slow Cartography", date="2017-01-01"),),
)


def release(title: str, **values: object) -> Release:
    defaults: dict[str, object] = {
        "guid": title,
        "seeders": 5,
        "download_url": "http://x/1",
    }
    return Release(title=title, **{**defaults, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("offered", "code"),
    [
        (release("Ferro Mere - Slow Cartography [FLAC]"), None),
        (release("Mere, Ferro - Slow Cartography [FLAC]"), None),
        (release("Fero Mere - Slow Cartography [FLAC]"), None),
        (release("Ferro Mere - Slow Cartography [FLAC]", seeders=None), None),
        (release("Iron Mere - Slow Cartography [FLAC]"), "wrong_artist"),
        (release("Ferro Mere - Fast Cartography [FLAC]"), "wrong_album"),
        (release("Ferro Mere - Slow Cartography (Live) [FLAC]"), "other_work"),
        (release("Ferro Mere - Slow Cartography (Single) [FLAC]"), "other_work"),
        (release("Ferro Mere - Slow Cartography [MP3 320]"), "wrong_quality"),
        (release("Ferro Mere - Slow Cartography [FLAC]", seeders=0), "too_few_seeders"),
        (release("Ferro Mere - Slow Cartography [FLAC]", download_url=None), "no_link"),
        (release("Ferro Mere - Discography [FLAC]"), "discography"),
        (release("0123456789abcdef FLAC"), "unreadable_title"),
    ],
)
def test_what_is_accepted_and_why_the_rest_is_not(
    offered: Release, code: str | None
) -> None:
    (candidate,) = decide(ALBUM, Q.LOSSLESS, [offered])
    codes = [reason.code for reason in candidate.reasons]
    assert candidate.accepted is (code is None)
    assert code is None or code in codes


TITLES = st.sampled_from(
    [
        "Ferro Mere - Slow Cartography (1987) [FLAC]",
        "Ferro Mere - Slow Cartography (2017) [FLAC 24-96]",
        "Ferro Mere - Slow Cartography [MP3 320]",
        "Ferro Mere - Slow Cartography (Live) [FLAC]",
        "Somebody Else - Slow Cartography [FLAC]",
        "nonsense",
    ]
)
RELEASES = st.lists(
    st.builds(
        release,
        TITLES,
        guid=st.uuids().map(str),
        seeders=st.none() | st.integers(0, 999),
    ),
    max_size=12,
)


@given(RELEASES, st.randoms(), st.sampled_from(list(Q)))
def test_the_order_is_total_and_always_the_same(
    releases: list[Release], random: object, profile: Q
) -> None:
    ranked = decide(ALBUM, profile, releases)
    shuffled = list(releases)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert decide(ALBUM, profile, shuffled) == ranked
    assert [candidate.rank for candidate in ranked] == list(range(1, len(releases) + 1))
    accepted = [candidate.accepted for candidate in ranked]
    assert accepted == sorted(accepted, reverse=True)
    for candidate in ranked:
        assert candidate.score == pytest.approx(sum(p.points for p in candidate.parts))


@given(TITLES, st.integers(0, 500), st.integers(0, 500))
def test_more_seeders_are_never_worse(title: str, one: int, more: int) -> None:
    few, many = sorted((one, one + more))
    scores = [
        decide(ALBUM, Q.ANY, [release(title, seeders=count)], Preferences())[0].score
        for count in (few, many)
    ]
    assert scores[0] <= scores[1]
