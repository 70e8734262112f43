"""What users of other programs have asked for: the numbers are of their threads."""

from typing import Any

import pytest

from custom_components.music_agregator.core.decision import decide
from custom_components.music_agregator.core.decision.explain import with_sentences
from custom_components.music_agregator.core.model import Album, Edition, Track
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.search.queries import (
    QueryVariant,
    queries_for,
)
from custom_components.music_agregator.core.settings import (
    EditionPreference,
    Preferences,
    WordingPreference,
)
from custom_components.music_agregator.core.titles import parse_title
from tests.core.made_up import album, by, edition, release

MB = 1_000_000


def accepts(wanted: Album, title: str, profile: Q = Q.LOSSLESS, **values: Any) -> bool:
    (candidate,) = decide(wanted, profile, [release(title, **values)])
    return candidate.accepted


def asked(wanted: Album) -> dict[QueryVariant, str]:
    return {query.variant: query.text for query in queries_for(wanted)}


@pytest.mark.parametrize(
    ("title", "offered"),
    [("÷", "Divide"), ("+", "Plus"), ("×", "Multiply"), ("=", "Equals"), ("÷", "÷")],
)
def test_lidarr_410_signs_are_words(title: str, offered: str) -> None:
    wanted = by("Ed Example", title)
    assert accepts(wanted, f"Ed Example - {offered} (1987) [FLAC]")
    assert accepts(wanted, f"Ed Example - {offered} (Deluxe) (1987) [FLAC]")
    assert any(offered.casefold() in text.casefold() for text in asked(wanted).values())


def test_lidarr_410_alternative_titles() -> None:
    wanted = by("Ed Example", "\u2237", title_aliases=("Four Dots",))
    assert accepts(wanted, "Ed Example - Four Dots (1987) [FLAC]")
    assert accepts(wanted, "Ed Example - \u2237 (Four Dots) (1987) [FLAC]")
    assert asked(wanted)[QueryVariant.ALIAS] == "Ed Example Four Dots"


def test_lidarr_822_a_ligature_is_two_letters() -> None:
    wanted = by("Tulle", "Ænyma")
    assert accepts(wanted, "Tulle - AEnyma (1987) [FLAC]")
    assert accepts(wanted, "Tulle - Ænyma (1987) [FLAC]")
    assert asked(wanted)[QueryVariant.ASCII] == "Tulle AEnyma"


def test_lidarr_1180_a_typographic_apostrophe() -> None:
    wanted = by("The Grass Roofs", "Don’t Look Back")
    for offered in ("Don't", "Don’t", "Dont", "Don`t"):
        assert accepts(wanted, f"The Grass Roofs - {offered} Look Back [FLAC]")
    assert asked(wanted)[QueryVariant.EXACT] == "The Grass Roofs Don't Look Back"
    assert (
        asked(wanted)[QueryVariant.NO_PUNCTUATION] == "The Grass Roofs Dont Look Back"
    )


@pytest.mark.parametrize("artist", ["VA", "Various Artists", "Various", "V.A."])
def test_lidarr_207_2829_various_artists(artist: str) -> None:
    wanted = by("Various Artists", "Tidepool Sampler", "Compilation")
    assert accepts(wanted, f"{artist} - Tidepool Sampler (1987) [FLAC]")
    assert accepts(wanted, "Tidepool Sampler (1987) [FLAC]")
    assert not accepts(wanted, "Ferro Mere - Tidepool Sampler (1987) [FLAC]")
    assert asked(wanted)[QueryVariant.EXACT] == "Tidepool Sampler"


def test_lidarr_207_soundtracks() -> None:
    wanted = by("Ann Score", "The Film: Original Motion Picture Soundtrack",
        "Soundtrack")  # fmt: skip
    assert accepts(wanted, "Ann Score - The Film (Original Soundtrack) [FLAC]")
    assert accepts(wanted, "Ann Score - The Film OST (1987) [FLAC]")
    assert accepts(wanted, "OST - The Film (1987) [FLAC]")
    assert asked(wanted)[QueryVariant.NO_EDITION] == "Ann Score The Film"
    sampler = by("Various Artists", "The Film: Music From the Motion Picture",
        "Soundtrack")  # fmt: skip
    for offered in ("VA - The Film (Original Soundtrack)", "The Film OST (1987)",
        "OST - The Film", "VA - The Film (Music From The Motion Picture)"):  # fmt: skip
        assert accepts(sampler, f"{offered} [FLAC]"), offered


def test_lidarr_434_4164_a_discography_is_said_to_be_one_and_left() -> None:
    offered = release("Ferro Mere - Discography (1980-2017) [FLAC]")
    (candidate,) = decide(album(), Q.LOSSLESS, [offered])
    (reason,) = candidate.reasons
    assert reason.code == "pack"
    (candidate,) = decide(album(), Q.LOSSLESS, [offered], Preferences(allow_packs=True))
    assert candidate.accepted


def test_lidarr_4060_2632_an_unknown_duration_rejects_nothing() -> None:
    for editions in ((), (edition(None),)):
        wanted = album(editions=editions)
        title = "Ferro Mere - Slow Cartography [FLAC]"
        assert accepts(wanted, title, size_bytes=5 * MB)
        assert accepts(wanted, title, size_bytes=50_000 * MB)
        assert accepts(wanted, title, size_bytes=0)


def test_lidarr_1537_soularr_29_a_single_is_not_the_album() -> None:
    plain_title = "Ferro Mere - Slow Cartography [FLAC]"
    assert not accepts(album(), plain_title, size_bytes=30 * MB)
    assert not accepts(album(), "Ferro Mere - Slow Cartography (Single) [FLAC]")
    assert not accepts(album(), "Ferro Mere - Slow Cartography - Single (1987) [FLAC]")
    # Where only one track was ever timed, the length is an estimate and rejects none.
    one_timed = Edition(
        edition_id="e",
        title="Slow Cartography",
        track_count=2,
        tracks=(Track(title="A", length_ms=240_000), Track(title="B")),
    )
    wanted = album(editions=(one_timed,))
    assert accepts(wanted, plain_title, size_bytes=900 * MB)
    assert accepts(wanted, plain_title, size_bytes=3 * MB)


def test_lidarr_4084_the_wanted_edition_stays_wanted() -> None:
    both = album(editions=(edition(45, 12), edition(None, 13, date="2017-01-01")))
    offered = [
        release("Ferro Mere - Slow Cartography (1987) [FLAC]", seeders=900),
        release("Ferro Mere - Slow Cartography (2017) [FLAC]", seeders=90),
    ]
    preferences = Preferences(edition=EditionPreference.MOST_COMPLETE)
    picks = {
        decide(both, Q.LOSSLESS, some, preferences)[0].release.title
        for some in (offered, offered[::-1])
    }
    assert picks == {"Ferro Mere - Slow Cartography (2017) [FLAC]"}


def test_lidarr_729_5778_5682_two_editions_of_one_album() -> None:
    offered = [
        release("Ferro Mere - Slow Cartography (1987) [FLAC]"),
        release("Ferro Mere - Slow Cartography (30th Anniversary Edition) [FLAC]"),
        release("Ferro Mere - Slow Cartography (Super Deluxe) (2017) [FLAC]"),
        release("Ferro Mere - Slow Cartography (Legacy Edition) [FLAC]"),
    ]
    for preference, first in (
        (EditionPreference.ORIGINAL, 0),
        (EditionPreference.MOST_COMPLETE, 1),
    ):
        preferences = Preferences(edition=preference)
        ranked = decide(album(), Q.LOSSLESS, offered, preferences)
        assert all(candidate.accepted for candidate in ranked)
        if not first:
            assert ranked[0].release.title == offered[0].title
        else:
            assert ranked[-1].release.title == offered[0].title


def test_lidarr_441_collaborations() -> None:
    wanted = by("Ann Oak & Ben Elm", "Roots", artists=("Ann Oak", "Ben Elm"))
    for artist in ("Ann Oak & Ben Elm", "Ben Elm and Ann Oak", "Ann Oak", "Ben Elm",
        "Ann Oak, Ben Elm", "Ann Oak feat. Ben Elm", "Ann Oak x Ben Elm"):  # fmt: skip
        assert accepts(wanted, f"{artist} - Roots (1987) [FLAC]"), artist
    band = by("Bob Ash & the Leaves", "Roots")
    assert accepts(band, "Bob Ash - Roots (1987) [FLAC]")
    assert accepts(by("Bob Ash", "Roots"), "Bob Ash & The Leaves - Roots [FLAC]")
    # A part of another artist's name is no collaboration.
    assert not accepts(by("Ash", "Roots"), "Bob, Oak & Ash - Roots (1987) [FLAC]")


def test_lidarr_4229_the_title_of_a_gazelle_tracker() -> None:
    parsed = parse_title(
        "Ferro Mere - Slow Cartography - [1987] [Album] WEB/FLAC/Lossless"
    )
    assert (parsed.artist, parsed.album) == ("Ferro Mere", "Slow Cartography")
    assert (parsed.year, str(parsed.quality), parsed.source) == (1987, "FLAC", "web")


@pytest.mark.parametrize(
    ("title", "quality"),
    [
        ("A B - C (2019) [FLAC 24-96]", "FLAC 24/96"),
        ("A B - C (2019) [24-192]", "? 24/192"),
        ("A B - C (2019) (24-192) FLAC", "FLAC 24/192"),
        ("A_B-C-24BIT-WEB-FLAC-2019-GRP", "FLAC 24"),
        ("A B - C (2019) [FLAC] [24bit]", "FLAC 24"),
    ],
)
def test_lidarr_5501_3059_24_bit_is_no_mp3(title: str, quality: str) -> None:
    assert str(parse_title(title).quality) == quality


def test_lidarr_4153_4655_levels_of_hi_res() -> None:
    names = ["24-96", "24-192", "24-48", "DSD64", "16-44"]
    offered = [release(f"Ferro Mere - Slow Cartography [FLAC {n}]") for n in names[:3]]
    offered.append(release("Ferro Mere - Slow Cartography [DSD64]"))
    offered.append(release("Ferro Mere - Slow Cartography [FLAC 16-44]"))
    ranked = decide(album(), Q.HI_RES, offered[::-1])
    assert [c.release.title for c in ranked] == [r.title for r in offered]
    assert [c.accepted for c in ranked] == [True] * 4 + [False]


def test_lidarr_4271_the_reason_says_which_option_it_was() -> None:
    offered = release("Ferro Mere - Slow Cartography Remix Pack [FLAC]", seeders=1)
    preferences = Preferences(minimum_seeders=5, ignored_words=("pack",))
    (candidate,) = decide(album(), Q.LOSSLESS, [offered], preferences)
    told = " ".join(r["sentence"] for r in with_sentences(candidate)["reasons"])
    assert "the option asks for 5" in told
    assert 'ignored word "pack"' in told


def test_lidarr_4977_2521_the_blocklist_knows_the_hash() -> None:
    preferences = Preferences(blocked_hashes=frozenset({"ab" * 20}))
    by_magnet = release(
        "Ferro Mere - Slow Cartography [FLAC]",
        magnet_uri=f"magnet:?xt=urn:btih:{'AB' * 20}",
    )
    (candidate,) = decide(album(), Q.LOSSLESS, [by_magnet], preferences)
    assert [reason.code for reason in candidate.reasons] == ["blocked"]


def test_headphones_1741_2827_3413_a_namesake_is_another_album() -> None:
    assert not accepts(album(), "Ferro Mere - Slow Cartography (Live) (1989) [FLAC]")
    live = album(secondary_types=("Live",), first_release_date="1989")
    live_editions = (edition(date="1989-01-01"),)
    live = album(secondary_types=("Live",), first_release_date="1989",
        editions=live_editions)  # fmt: skip
    assert accepts(live, "Ferro Mere - Slow Cartography (Live) [FLAC]")
    assert accepts(live, "Ferro Mere - Slow Cartography (1989) [FLAC]")
    marked, vague = decide(
        live,
        Q.LOSSLESS,
        [
            release("Ferro Mere - Slow Cartography [FLAC]"),
            release("Ferro Mere - Slow Cartography (Live) [FLAC]"),
        ],
    )
    assert "(Live)" in marked.release.title
    assert marked.score > vague.score
    assert not accepts(live, "Ferro Mere - Slow Cartography (1987) [FLAC]")


def test_prowlarr_1388_one_name_too_many_finds_nothing() -> None:
    ladder = [query.text for query in queries_for(by("Santos", "Preternatural"))]
    assert ladder[0] == "Santos Preternatural"
    assert "Santos - Preternatural" in ladder
    assert ladder[-1] == "Santos"


def test_arr_scripts_357_explicit_or_clean() -> None:
    offered = [
        release("Ferro Mere - Slow Cartography [FLAC] [Clean]", seeders=50),
        release("Ferro Mere - Slow Cartography [FLAC] [Explicit]", seeders=50),
    ]
    for preference, place in ((WordingPreference.CLEAN, 0), (WordingPreference.EXPLICIT, 1)):  # fmt: skip
        preferences = Preferences(wording=preference)
        ranked = decide(album(), Q.LOSSLESS, offered, preferences)
        assert ranked[0].release.title == offered[place].title
