"""Decisions: what is accepted, why the rest is not, and in what order."""

from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.music_agregator.core.decision import decide, decide_ladder
from custom_components.music_agregator.core.decision.explain import why, with_sentences
from custom_components.music_agregator.core.model import Album, Candidate, Release
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.settings import (
    EditionPreference,
    Preferences,
    WordingPreference,
)
from sandbox import catalogue
from tests.core.decision.mixes import (
    HASH,
    MB,
    MIXES,
    NAMES,
    OTHERS,
    QUALITIES,
    YEARS,
    offers,
)
from tests.core.made_up import (
    album,
    by,
    edition,
    release,
    sandbox_album,
    sandbox_releases,
)

TITLE = "Ferro Mere - Slow Cartography [FLAC]"


def codes(candidate: Candidate) -> list[str]:
    return [reason.code for reason in candidate.reasons]


def best(
    offered: Sequence[Release], profile: Q = Q.LOSSLESS, **preferences: Any
) -> str:
    ranked = decide(album(), profile, offered, Preferences(**preferences))
    assert ranked[0].accepted
    return ranked[0].release.title


@pytest.mark.parametrize(
    ("offered", "code"),
    [
        (release(TITLE), None),
        (release("Mere, Ferro - Slow Cartography [FLAC]"), None),
        (release("Mere Ferro - Slow Cartography [FLAC]"), None),
        (release("Ferro Mere - Slow Cartogrephy [FLAC]"), None),
        (release("Ferro Mere feat. Somebody - Slow Cartography [FLAC]"), None),
        (release("Ferro Mere & the Contours - Slow Cartography [FLAC]"), None),
        (release("Ferro Mere Slow Cartography 1987 FLAC"), None),
        (release(TITLE, seeders=None), None),
        (release("Iron Mere - Slow Cartography [FLAC]"), "wrong_artist"),
        (release("Ferro Mere & Somebody - Slow Cartography [FLAC]"), "wrong_artist"),
        (release("Ferro Mere - Fast Cartography [FLAC]"), "wrong_album"),
        (release("Ferro Mere - Slow Cartography II [FLAC]"), "wrong_album"),
        (release("Ferro Mere - Slow Cartography (Vol. 2) [FLAC]"), "wrong_album"),
        (release("Ferro Mere - Slow Cartography (Live) [FLAC]"), "other_work"),
        (release("Ferro Mere - Slow Cartography (Single) [FLAC]"), "other_work"),
        (release("Ferro Mere - Slow Cartography (Karaoke) [FLAC]"), "other_work"),
        (release("Ferro Mere - Slow Cartography (Demo) [FLAC]"), "other_work"),
        (release("Ferro_Mere-Slow_Cartography-CDS-FLAC-1987-X"), "other_work"),
        (release("Ferro Mere - Slow Cartography (1979) [FLAC]"), "wrong_year"),
        (release("Ferro Mere - Slow Cartography [MP3 320]"), "wrong_quality"),
        (release("Ferro Mere - Slow Cartography"), "unknown_quality"),
        (release(TITLE, size_bytes=30 * MB), "too_small"),
        (release("Ferro Mere - Slow Cartography [FLAC]", size_bytes=9_000 * MB), "too_large"),
        (release(TITLE, seeders=0), "too_few_seeders"),
        (release(TITLE, download_url=None), "no_link"),
        (release("Ferro Mere - Discography [FLAC]"), "pack"),
        (release("0123456789abcdef FLAC"), "unreadable_title"),
    ],
)  # fmt: skip
def test_what_is_accepted_and_why_the_rest_is_not(
    offered: Release, code: str | None
) -> None:
    (candidate,) = decide(album(), Q.LOSSLESS, [offered])
    assert codes(candidate) == ([code] if code else [])


WRONG = [
    (by("Chicago", "Chicago"), "Chicago - Chicago 16 (1992) [FLAC]"),
    (by("Chicago", "Chicago"), "Chicago 24 [FLAC]"),
    (by("The Beatles", "The Beatles"), "The Beatles - The Beatles 1962-1966 [FLAC]"),
    (by("The Beatles", "The Beatles"), "The Beatles - The Beatles Anthology [FLAC]"),
    (by("Queen", "Queen"), "Queen - The Queen Anthology [FLAC]"),
    (by("Nirvana", "Nevermind"), "Nirvana Nevermind 1991 Sessions FLAC"),
    (by("Nirvana", "Nevermind"), "Nirvana UK - Nevermind [FLAC]"),
    (by("Nirvana", "Nevermind"), "Nirvana (UK) - Nevermind [FLAC]"),
    (by("Bob & The Wailers", "Legend"), "Bob & The Orchestra - Legend [FLAC]"),
    (by("Nirvana", "Nevermind"), "Nirvana - Nevermind [Vol. 2] [FLAC]"),
    (by("Nirvana", "Nevermind"), "Nirvana - Nevermind [Sessions] [FLAC]"),
    (by("Nirvana", "Nevermind"), "Nirvana - Nevermind Live [FLAC]"),
    (by("Various Artists", "Jazz"), "Jazz FLAC - Bill Evans"),
    (by("Various Artists", "Dubstep"), "Dubstep [2011] FLAC Caspa - Everybody"),
    (by("Taylor Swift", "Red"), "Taylor Swift - Red [Taylor's Version] (2021) [FLAC]"),
    (by("Taylor Swift", "Red"), "Taylor Swift - Red (Taylor's Version) [FLAC]"),
    (by("Led Zeppelin", "Led Zeppelin"), "Led Zeppelin - Led Zeppelin [II] [FLAC]"),
    (by("Bryan Adams", "Bryan Adams"), "Ryan Adams - Ryan Adams (2014) [FLAC]"),
    (by("A B", "Mass in B minor"), "A B - Mass in F minor [FLAC]"),
    (by("A B", "Recordings Volume One"), "A B - Recordings Volume Two [FLAC]"),
    (by("A B", "Songs of Love and Hate"), "A B - Songs of Love and Fate [FLAC]"),
    (by("A B", "Greatest Hits"), "A B - Greatest Hits A [FLAC]"),
    (
        by("Pink Floyd", "The Wall"),
        "Pink Floyd - The Wall 1080p BluRay FLAC 2.0 x264-G",
    ),
    (by("Pink Floyd", "The Wall"), "Pink Floyd - The Wall [Guitar Tabs] [PDF]"),
    (
        by("Radiohead", "OK Computer"),
        "Radiohead - OK Computer (Vitamin Quartet) [FLAC]",
    ),
]
RIGHT = [
    (by("Nirvana", "Nevermind"), "Nirvana - Nevermind (Legacy Edition) [FLAC]"),
    (by("Nirvana", "Nevermind"), "Nirvana - Nevermind (Immersion Box Set) [FLAC]"),
    (by("Nirvana", "Nevermind"), "Nirvana - Nevermind [Uploader] [FLAC]"),
    (by("Nirvana", "Nevermind"), "Nirvana - Nevermind (UHQR) [FLAC]"),
    (by("Deep Purple", "Made in Japan", "Live"), "Deep Purple - Made in Japan [FLAC]"),
    (by("Deep Purple", "Made in Japan", "Live"), "Deep Purple - Made in Japan (2014 Remaster) [FLAC]"),
    (by("Mad Professor", "No Protection", "Remix"), "Mad Professor - No Protection (1987) [FLAC]"),
    (by("Massive Oak v Mad Elm", "Roots"), "Massive Oak V Mad Elm - Roots [FLAC]"),
    (by("Sigur Ros", "( )"), "Sigur_Ros-()-CD-FLAC-2002-GRP"),
    (by("U2", "18 Singles"), "U2 - 18 Singles [FLAC]"),
    (by("P J", "4-Track Demos"), "P J - 4-Track Demos [FLAC]"),
    (by("C R", "Acid Rap", "Mixtape/Street"), "C R - Acid Rap (Mixtape) [FLAC]"),
    (by("A T", "Windowlicker", primary_type="Single"), "A T - Windowlicker EP [FLAC]"),
    (by("Minor Threat", "Complete Discography"), "Minor Threat - Complete Discography [FLAC]"),
    (by("Various Artists", "Pulp: Music From the Motion Picture", "Soundtrack"), "VA-Pulp-OST-CD-FLAC-1994-GRP"),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "title"), WRONG, ids=lambda v: str(v)[:50])
def test_these_were_once_taken_for_the_album(wanted: Album, title: str) -> None:
    (candidate,) = decide(wanted, Q.ANY, [release(title)])
    assert not candidate.accepted


@pytest.mark.parametrize(("wanted", "title"), RIGHT, ids=lambda v: str(v)[:50])
def test_these_were_once_refused(wanted: Album, title: str) -> None:
    (candidate,) = decide(wanted, Q.ANY, [release(title)])
    assert codes(candidate) == []


@pytest.mark.parametrize("seeders", [1, 3, 30, 300])
def test_the_best_title_names_a_torrent_whoever_seeds_most(seeders: int) -> None:
    known = release(TITLE, guid="1", indexer="A", info_hash=HASH, seeders=10)
    vague = release(
        "Ferro Mere - Slow Cartography", guid="2", indexer="B", info_hash=HASH, seeders=seeders
    )  # fmt: skip
    (candidate,) = decide(album(), Q.LOSSLESS, [known, vague])
    assert candidate.accepted


def test_two_indexers_may_use_one_guid_for_different_torrents() -> None:
    mine = release(TITLE, guid="12345", indexer="A")
    other = release("Somebody - Else [FLAC]", guid="12345", indexer="B", seeders=50)
    ranked = decide(album(), Q.LOSSLESS, [mine, other])
    assert [candidate.accepted for candidate in ranked] == [True, False]


def test_the_longest_edition_is_not_the_only_one() -> None:
    """The deluxe edition was timed, the plain one was not."""
    both = album(editions=(edition(120, 30), edition(None, 11)))
    (candidate,) = decide(both, Q.ANY, [release("Ferro Mere - Slow Cartography [MP3 320]", size_bytes=96 * MB)])  # fmt: skip
    assert candidate.accepted


def test_a_film_is_known_by_its_category() -> None:
    (candidate,) = decide(album(), Q.ANY, [release(TITLE, categories=(2040, 100_020))])
    assert codes(candidate) == ["no_music"]


def test_a_ladder_keeps_what_only_a_later_profile_takes() -> None:
    hi_res = release("Ferro Mere - Slow Cartography [FLAC 24-96]")
    offered = [release(TITLE), hi_res, release("Ferro Mere - Other [FLAC]")]
    profile, ranked = decide_ladder(album(), (Q.HI_RES, Q.LOSSLESS), offered)
    assert profile is Q.HI_RES
    assert [c.release.title for c in ranked] == [hi_res.title, TITLE, offered[2].title]
    assert [c.accepted for c in ranked] == [True, True, False]
    assert [c.rank for c in ranked] == [1, 2, 3]


def test_every_reason_is_told_and_whether_it_may_pass() -> None:
    (candidate,) = decide(
        album(), Q.HI_RES, [release("Iron - Slow Cartography [FLAC 16-44]", seeders=0)]
    )
    assert codes(candidate) == ["wrong_artist", "too_few_bits", "too_few_seeders"]
    assert [r.permanent for r in candidate.reasons] == [True, True, False]


@pytest.mark.parametrize("profile", list(Q))
def test_an_unknown_duration_never_rejects(profile: Q) -> None:
    for editions in ((), (edition(None),), (edition(None), edition(None, 20))):
        for size in (1, 30 * MB, 90_000 * MB):
            ranked = decide(
                album(editions=editions), profile, [release(TITLE, size_bytes=size)]
            )
            assert not {"too_small", "too_large"} & set(codes(ranked[0]))


def test_the_longest_edition_is_what_may_be_the_largest() -> None:
    both = album(editions=(edition(45, 10), edition(None, 40, date="2017-01-01")))
    (candidate,) = decide(both, Q.LOSSLESS, [release(TITLE, size_bytes=12_000 * MB)])
    assert candidate.accepted
    (candidate,) = decide(album(), Q.LOSSLESS, [release(TITLE, size_bytes=12_000 * MB)])
    assert codes(candidate) == ["too_large"]


SLOW_1987 = "Ferro Mere - Slow Cartography (1987) [FLAC]"
SLOW_HI_RES = "Ferro Mere - Slow Cartography (2017) [FLAC 24-96]"
GLASS_FLAC = "The Paper Lanterns - Glass Harbour (2011) [FLAC]"
GLASS_320 = "The Paper Lanterns - Glass Harbour (2011) [MP3 320]"
GLASS_LIVE = "The Paper Lanterns - Glass Harbour (Live) (2013) [FLAC]"
TIDEPOOL = "VA - Tidepool Sampler (2004) [FLAC]"
NAEVE = "Angstrom and Sohne - Naeve Ca Ira (1998) [FLAC]"
TIN = "Odd Socket - Tin Weather (2009) [MP3 128]"


@pytest.mark.parametrize(
    ("wanted", "hi_res", "lossless", "high", "anything"),
    [
        (catalogue.GLASS_HARBOUR, None, GLASS_FLAC, GLASS_320, GLASS_FLAC),
        (catalogue.GLASS_HARBOUR_LIVE, None, GLASS_LIVE, GLASS_LIVE, GLASS_LIVE),
        (catalogue.TIDEPOOL_SAMPLER, None, TIDEPOOL, TIDEPOOL, TIDEPOOL),
        (catalogue.NAEVE, None, NAEVE, NAEVE, NAEVE),
        (catalogue.SLOW_CARTOGRAPHY, SLOW_HI_RES, SLOW_1987, SLOW_1987, SLOW_HI_RES),
        (catalogue.UNHEARD, None, None, None, None),
        (catalogue.TIN_WEATHER, None, None, None, TIN),
    ],
    ids=lambda value: getattr(value, "title", None),
)
def test_the_right_release_of_the_sandbox(
    wanted: catalogue.Album,
    hi_res: str | None,
    lossless: str | None,
    high: str | None,
    anything: str | None,
) -> None:
    for profile, title in zip(Q, (hi_res, lossless, high, anything), strict=True):
        ranked = decide(sandbox_album(wanted), profile, sandbox_releases())
        accepted = [c.release.title for c in ranked if c.accepted]
        assert accepted[:1] == ([title] if title else [])


def test_a_ladder_takes_the_first_profile_that_will_do() -> None:
    offered = [release(TITLE), release("Ferro Mere - Slow Cartography [MP3 320]")]
    profile, ranked = decide_ladder(album(), (Q.HI_RES, Q.LOSSLESS, Q.HIGH), offered)
    assert (profile, ranked[0].release.title) == (Q.LOSSLESS, TITLE)
    profile, ranked = decide_ladder(album(), (Q.HI_RES,), offered)
    assert profile is Q.HI_RES
    assert not ranked[0].accepted
    assert decide_ladder(album(), (Q.HI_RES, Q.ANY), []) == (Q.HI_RES, [])


PLAIN = "Ferro Mere - Slow Cartography (1987) [FLAC]"
DELUXE = "Ferro Mere - Slow Cartography (Deluxe Edition) (1987) [FLAC]"
LATER = "Ferro Mere - Slow Cartography (2017) [FLAC]"


@pytest.mark.parametrize(
    ("preference", "chosen"),
    [
        (EditionPreference.ORIGINAL, PLAIN),
        (EditionPreference.MOST_COMPLETE, DELUXE),
        (EditionPreference.ANY, DELUXE),
    ],
)
def test_the_edition_is_a_matter_of_taste(
    preference: EditionPreference, chosen: str
) -> None:
    offered = [release(PLAIN), release(DELUXE, seeders=6), release(LATER)]
    assert best(offered, edition=preference) == chosen


def test_a_larger_edition_is_known_by_its_year() -> None:
    both = album(editions=(edition(), edition(None, 30, date="2017-01-01")))
    ranked = decide(
        both,
        Q.LOSSLESS,
        [release(PLAIN), release(LATER)],
        Preferences(edition=EditionPreference.MOST_COMPLETE),
    )
    assert ranked[0].release.title == LATER


def test_words_can_be_required_and_ignored() -> None:
    vinyl = release("Ferro Mere - Slow Cartography [FLAC] [Vinyl]")
    ranked = decide(
        album(), Q.LOSSLESS, [release(TITLE), vinyl],
        Preferences(required_words=("vinyl", "SACD")),
    )  # fmt: skip
    assert [codes(c) for c in ranked] == [[], ["required_word"]]
    assert best([release(TITLE), vinyl], ignored_words=("Vinyl",)) == TITLE
    # Whole words: "art" is not in "Cartography".
    assert best([release(TITLE)], ignored_words=("art",)) == TITLE


def test_packs_are_taken_when_they_are_allowed() -> None:
    pack = release("Ferro Mere - Discography (1980-2017) [FLAC]")
    assert best([pack], allow_packs=True) == pack.title
    assert best([pack, release(TITLE, seeders=1)], allow_packs=True) == TITLE
    other = release("Iron Mere - Discography [FLAC]")
    (candidate,) = decide(album(), Q.LOSSLESS, [other], Preferences(allow_packs=True))
    assert codes(candidate) == ["wrong_artist"]


def test_what_is_blocked_is_not_taken_again() -> None:
    blocked = release(TITLE, info_hash="a" * 40)
    (candidate,) = decide(
        album(),
        Q.LOSSLESS,
        [blocked],
        Preferences(blocked_hashes=frozenset({"a" * 40})),
    )
    assert codes(candidate) == ["blocked"]


def test_small_weights() -> None:
    clean = release("Ferro Mere - Slow Cartography [FLAC] [Clean]")
    explicit = release("Ferro Mere - Slow Cartography [FLAC] [Explicit]")
    both = [clean, explicit]
    assert best(both, wording=WordingPreference.EXPLICIT) == explicit.title
    assert best(both, wording=WordingPreference.CLEAN) == clean.title
    free = release(f"{TITLE} x", guid="z", download_volume_factor=0.0)
    costly = release(f"{TITLE} x", guid="a", size_bytes=1, download_volume_factor=1.0)
    ranked = decide(album(editions=()), Q.LOSSLESS, [costly, free])
    assert ranked[0].release.guid == "z"
    mine = release(TITLE, guid="z", indexer="mine", size_bytes=300 * MB)
    other = release(TITLE, guid="a", indexer="other", size_bytes=301 * MB)
    ranked = decide(
        album(), Q.LOSSLESS, [mine, other], Preferences(indexer_priorities={"mine": 1})
    )
    assert ranked[0].release.guid == "z"


def test_one_torrent_is_one_candidate_with_its_sources() -> None:
    offered = [
        release(TITLE, guid="1", indexer="A", info_hash=HASH, seeders=3, size_bytes=300 * MB),
        release("Slow Cartography!", guid="2", indexer="B", magnet_uri=f"magnet:?xt=urn:btih:{HASH}", seeders=9),
        release(TITLE, guid="3", indexer="C", seeders=None, size_bytes=300 * MB),
        release(TITLE, guid="3", indexer="D", seeders=2, size_bytes=300 * MB),
        release(TITLE, guid="4", indexer="E", info_hash="b" * 40, size_bytes=299 * MB),
        release(TITLE, guid="5", indexer="F", size_bytes=310 * MB),
    ]  # fmt: skip
    ranked = decide(album(), Q.LOSSLESS, offered)
    sources = sorted(sorted(r.indexer for r in c.sources) for c in ranked)
    assert sources == [["A", "B", "C", "D"], ["E"], ["F"]]
    merged = next(c for c in ranked if len(c.sources) == 4)
    assert merged.sources[0].indexer == "B"
    assert (merged.release.seeders, merged.release.size_bytes) == (9, 300 * MB)


def test_every_code_has_its_sentence_with_numbers() -> None:
    offered = [
        release("Ferro Mere - Slow Cartography [FLAC 16-44]", size_bytes=612 * MB),
        release(TITLE, size_bytes=10 * MB),
    ]
    hi_res, small = decide(album(), Q.HI_RES, offered)
    told = with_sentences(hi_res)
    assert told["reasons"][0]["sentence"] == "24-bit wanted, 16-bit found."
    sizes = [p["sentence"] for p in told["parts"] if p["name"] == "size"]
    assert sizes == ["612 MB is 1813 kbps for 45:00, as it should be (150 to 5000)."]
    assert "10 MB is 30 kbps for 45:00; FLAC takes 150 at least." in [
        r["sentence"] for r in with_sentences(small)["reasons"]
    ]
    assert sum(p["points"] for p in told["parts"]) == pytest.approx(
        told["score"], abs=0.5
    )
    assert len(why(hi_res)) == len(hi_res.parts)


PREFERENCES = st.builds(
    Preferences,
    edition=st.sampled_from(EditionPreference),
    allow_packs=st.booleans(),
    minimum_seeders=st.integers(0, 3),
)


@pytest.mark.long
@settings(max_examples=100)
@given(MIXES, st.randoms(use_true_random=False), st.sampled_from(list(Q)), PREFERENCES)
def test_the_order_is_total_and_always_the_same(
    mix: list[Release], random: Random, profile: Q, preferences: Preferences
) -> None:
    ranked = decide(album(), profile, mix, preferences)
    shuffled = random.sample(mix, len(mix))
    assert decide(album(), profile, shuffled, preferences) == ranked
    assert [candidate.rank for candidate in ranked] == list(range(1, len(ranked) + 1))
    accepted = [candidate.accepted for candidate in ranked]
    assert accepted == sorted(accepted, reverse=True)
    for candidate in ranked:
        assert candidate.score == pytest.approx(sum(p.points for p in candidate.parts))
        with_sentences(candidate)
    scores = [round(c.score, 6) for c in ranked if c.accepted]
    assert scores == sorted(scores, reverse=True)
    assert sum(len(c.sources) for c in ranked) == len(mix)


@settings(max_examples=100)
@given(st.lists(offers(OTHERS), max_size=25), st.sampled_from(list(Q)))
def test_a_wrong_album_is_never_accepted(mix: list[Release], profile: Q) -> None:
    assert not any(c.accepted for c in decide(album(), profile, mix))


@settings(max_examples=100)
@given(offers(NAMES | OTHERS), st.integers(0, 5_000), st.integers(0, 5_000))
def test_more_seeders_are_never_worse(offered: Release, one: int, more: int) -> None:
    few, many = (
        decide(album(), Q.ANY, [release(**{**facts(offered), "seeders": count})])[0]
        for count in (one, one + more)
    )
    assert few.score <= many.score
    assert few.accepted <= many.accepted


@settings(max_examples=100)
@given(NAMES | OTHERS, YEARS, st.lists(st.integers(0, 4), min_size=2, max_size=2))
def test_a_better_fitting_quality_is_never_worse(
    name: str, year: str, places: list[int]
) -> None:
    better, worse = (
        decide(album(), Q.ANY, [release(f"{name}{year} {QUALITIES[place]}")])[0]
        for place in sorted(places)
    )
    assert better.score >= worse.score
    assert better.accepted >= worse.accepted


# The first place of every profile, and the second.
PLACES = {
    Q.HI_RES: ("[FLAC 24-96]", "[FLAC 24-192]"),
    Q.LOSSLESS: ("[FLAC]", "[FLAC 24-96]"),
    Q.HIGH: ("[MP3 V0]", "[MP3 256]"),
    Q.ANY: ("[FLAC 24-96]", "[FLAC]"),
}


@settings(max_examples=100)
@given(
    st.sampled_from(list(Q)),
    st.tuples(NAMES, NAMES),
    st.tuples(YEARS, YEARS),
    st.tuples(st.integers(1, 5_000), st.integers(1, 5_000)),
    st.sampled_from(EditionPreference),
)
def test_nothing_outweighs_a_place_in_the_profile(
    profile: Q,
    names: tuple[str, str],
    years: tuple[str, str],
    seeders: tuple[int, int],
    preferred: EditionPreference,
) -> None:
    offered = [
        release(f"{name}{year} {quality}", seeders=count)
        for name, year, quality, count in zip(
            names, years, PLACES[profile], seeders, strict=True
        )
    ]
    ranked = decide(album(), profile, offered, Preferences(edition=preferred))
    assert ranked[0].release == offered[0]


def facts(offered: Release) -> dict[str, Any]:
    return {name: getattr(offered, name) for name in offered.__slots__}
