"""What users of other tools have reported, as cases with invented names.

What a library owns is in `library/test_owned_files.py`, what a pack holds in
`library/test_packs.py`, who is asked for by name in `metadata/test_asking.py`.
"""

from typing import Any
from urllib.parse import quote

import pytest

from custom_components.music_agregator.core.decision import decide
from custom_components.music_agregator.core.downloads.file_checks import (
    Expectation,
    check_names,
    check_tracks,
)
from custom_components.music_agregator.core.errors import IndexerError
from custom_components.music_agregator.core.magnets import parse_magnet, parse_torrent
from custom_components.music_agregator.core.model import Album, TrackFacts
from custom_components.music_agregator.core.musicbrainz import parse_album
from custom_components.music_agregator.core.quality import (
    Codec,
    Quality,
    QualityPreferences,
    QualityProfile as Q,
)
from custom_components.music_agregator.core.search.queries import queries_for
from custom_components.music_agregator.core.torrents.client import TorrentFile
from custom_components.music_agregator.core.torznab import parse_results
from tests.core.made_up import by, release

MB = 1_000_000
HEX = "c9e15763f722f23e98a29decdfae341b98d53056"
ROOMS = by("Lindra Vey", "Northern Rooms", first_release_date="1983", editions=())
PAGE = "http://tracker.example/group/41"


def test_one_guid_for_all_versions_of_an_album() -> None:
    mp3 = release(
        "Lindra Vey - Northern Rooms (1983) [MP3 320]",
        guid=PAGE,
        size_bytes=101 * MB,
        seeders=60,
        download_url="http://x/dl/1",
    )
    flac = release(
        "Lindra Vey - Northern Rooms (1983) [FLAC]",
        guid=PAGE,
        size_bytes=305 * MB,
        download_url="http://x/dl/2",
    )
    first, second = decide(ROOMS, Q.LOSSLESS, [mp3, flac])
    assert (first.accepted, first.release.download_url) == (True, "http://x/dl/2")
    assert (second.accepted, second.release.download_url) == (False, "http://x/dl/1")


def test_one_guid_for_all_albums_of_an_artist() -> None:
    other = release(
        "Lindra Vey - Harbour Lamps (1986) [FLAC]",
        guid=PAGE,
        download_url="http://x/dl/1",
    )
    wanted = release(
        "Lindra Vey - Northern Rooms (1983) [FLAC]",
        guid=PAGE,
        download_url="http://x/dl/2",
    )
    first, _ = decide(ROOMS, Q.LOSSLESS, [other, wanted])
    assert (first.accepted, first.release.download_url) == (True, "http://x/dl/2")


def test_the_same_torrent_of_one_indexer_is_one_candidate() -> None:
    twice = [release("Lindra Vey - Northern Rooms [FLAC]", guid=PAGE)] * 2
    assert len(decide(ROOMS, Q.LOSSLESS, twice)) == 1


def test_a_block_of_one_version_blocks_no_other() -> None:
    from custom_components.music_agregator.core.common.digest import (  # noqa: PLC0415
        offer_digest,
    )
    from custom_components.music_agregator.core.settings import (  # noqa: PLC0415
        Preferences,
    )

    titles = [f"Lindra Vey - Northern Rooms [{kind}]" for kind in ("FLAC", "APE")]
    offered = [release(title, guid=PAGE, size_bytes=300 * MB) for title in titles]
    blocked = Preferences(blocked_guids=frozenset({offer_digest(PAGE, titles[0])}))
    ranked = decide(ROOMS, Q.LOSSLESS, offered, blocked)
    assert [c.release.title for c in ranked if c.accepted] == [titles[1]]


# One bad byte in a feed


def feed(
    title: str, *, link: str = "http://x/2?a=1", head: str = "", end: str = ""
) -> str:
    return (
        f"{head}<rss><channel><item><title>Good - One</title><link>http://x/1</link>"
        f"</item><item><title>{title}</title><link>{link}</link></item></channel></rss>{end}"
    )


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (feed("Bad\x1f - Two"), "Bad - Two"),
        (feed("Bad&#x1f; - &#0;Two"), "Bad - Two"),
        (feed("Caf&eacute; - Two"), "Café - Two"),
        (feed("Salt & Sand - Two"), "Salt & Sand - Two"),
        (feed("A &nosuch; B"), "A &nosuch; B"),
        (feed("<![CDATA[Salt & Sand]]>&eacute;"), "Salt & Sandé"),
        (feed("Caf\xe9 - Two").encode("latin-1"), "Café - Two"),
        (feed("Two", head="Warning: mysql_query() <b>on line 3</b>\n"), "Two"),
        (feed("Two", head='<?xml version="1.0"?>\n', end="<!-- 3 ms --> done"), "Two"),
        (feed("Two").encode("utf-16"), "Two"),
        (feed("Two", head='<?xml version="1.0" encoding="nonsense"?>'), "Two"),
        (feed("Two", head='<?xml version="1.0" encoding="punycode"?>'), "Two"),
    ],
)
def test_one_bad_byte_costs_nothing(body: str | bytes, title: str) -> None:
    data = body if isinstance(body, bytes) else body.encode()
    found = parse_results(data, base_url="http://x")
    assert [one.title for one in found] == ["Good - One", title]
    assert found[1].download_url == "http://x/2?a=1"


def test_a_bare_ampersand_in_a_link_stays_one() -> None:
    body = feed("Two", link="http://x/2?a=1&b=2&copy=3").encode()
    assert parse_results(body, base_url="http://x")[1].download_url == (
        "http://x/2?a=1&b=2&copy=3"
    )


def test_an_item_that_cannot_be_mended_costs_itself() -> None:
    found = parse_results(feed("<b>Two").encode(), base_url="http://x")
    assert [one.title for one in found] == ["Good - One"]


def test_one_guid_is_several_releases_of_a_feed() -> None:
    items = "".join(
        f"<item><title>Vey - Rooms [{kind}]</title><guid>{PAGE}</guid>"
        f"<link>http://x/{kind}</link><size>{size}</size></item>"
        for kind, size in (("MP3", 1), ("FLAC", 2), ("APE", 3))
    )
    found = parse_results(
        f"<rss><channel>{items}</channel></rss>".encode(), base_url="http://x"
    )
    assert len({one.identity for one in found}) == 3


def test_mending_opens_no_door() -> None:
    bomb = '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + feed("&b;")
    with pytest.raises(IndexerError):
        parse_results(bomb.encode(), base_url="http://x")


# Magnets that people paste


@pytest.mark.parametrize(
    "uri",
    [
        f"magnet:?xt=urn:btih:{HEX}&dn=硝子\u3000の海",
        f"magnet:?xt=urn:btih:{HEX}&dn=Café\u00a0- One",
        f"magnet:magnet:?xt=urn:btih:{HEX}",
        quote(f"magnet:?xt=urn:btih:{HEX}&dn=x", safe=""),
        quote(f"magnet:?xt=urn:btih:{HEX}&dn=x", safe=":"),
    ],
)
def test_a_pasted_magnet(uri: str) -> None:
    magnet = parse_magnet(uri)
    assert magnet.info_hash == HEX
    assert magnet.uri.isprintable()


def bencode(value: Any) -> bytes:
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    return b"d" + b"".join(map(bencode, (x for p in value.items() for x in p))) + b"e"


@pytest.mark.parametrize(
    ("tree", "size"),
    [
        ({b"01.flac": {b"": {b"length": 5_000_000}}}, 5_000_000),
        (
            {
                b"CD1": {b"01.flac": {b"": {b"length": 3}}},
                b"CD2": {
                    b"01.flac": {b"": {b"length": 4}},
                    b"a": {b"": {b"length": 0}},
                },
            },
            7,
        ),
        ({}, None),
    ],
)
def test_the_size_of_a_v2_torrent(tree: dict[bytes, Any], size: int | None) -> None:
    info = {b"file tree": tree, b"meta version": 2, b"name": b"n", b"piece length": 1}
    assert parse_torrent(bencode({b"info": info})).size_bytes == size


# Films on a DVD beside a CD


def medium(kind: str, count: int, **recording: Any) -> dict[str, Any]:
    track = {"title": "t", "length": 240_000, "recording": recording}
    return {"format": kind, "track-count": count, "tracks": [track] * count}


def salt_arcade(*media: dict[str, Any]) -> Album:
    group = {"id": "a", "title": "Salt Arcade", "first-release-date": "2010"}
    credit = [{"name": "Pale Harbour", "artist": {"name": "Pale Harbour"}}]
    edition = {"id": "e", "title": "Salt Arcade", "date": "2010", "media": list(media)}
    return parse_album(
        {"release-group": {**group, "artist-credit": credit}, "releases": [edition]}
    )


@pytest.mark.parametrize("kind", ["DVD-Video", "DVD", "Blu-ray", "VHS", "LaserDisc"])
def test_films_are_no_tracks(kind: str) -> None:
    found = salt_arcade(medium("CD", 12), medium(kind, 20))
    assert found.track_count == 12
    assert found.editions[0].length_ms == 12 * 240_000
    small = release("Pale Harbour - Salt Arcade (2010) [MP3 320]", size_bytes=115 * MB)
    (candidate,) = decide(found, Q.HIGH, [small])
    assert candidate.accepted


@pytest.mark.parametrize("kind", ["DVD-Audio", "SACD", "Blu-ray Audio", "Hybrid SACD"])
def test_discs_of_music_are_music(kind: str) -> None:
    assert salt_arcade(medium("CD", 12), medium(kind, 12)).track_count == 24


def test_a_film_among_the_tracks_of_a_cd_has_no_length() -> None:
    found = salt_arcade(medium("CD", 12), medium("CD", 1, video=True))
    assert found.editions[0].length_ms == 12 * 240_000


FLAC = Quality(codec=Codec.FLAC)


def expected(album: Album) -> Expectation:
    return Expectation(
        album=album,
        promised=FLAC,
        profiles=(Q.LOSSLESS,),
        preferences=QualityPreferences(),
    )


def files(*names: str) -> list[TorrentFile]:
    return [TorrentFile(index=n, name=name) for n, name in enumerate(names)]


def test_a_download_without_the_film_is_whole() -> None:
    wanted = expected(salt_arcade(medium("CD", 12), medium("DVD-Video", 20)))
    facts = [TrackFacts(quality=FLAC, length_ms=240_000)] * 12
    assert check_names(files(*(f"{n}.flac" for n in range(12))), wanted) is None
    assert check_tracks(facts, wanted) is None


# What macOS leaves behind


def test_what_macos_leaves_behind_is_no_music() -> None:
    from custom_components.music_agregator.core.downloads.file_checks import (  # noqa: PLC0415
        music,
    )

    wanted = expected(salt_arcade(medium("CD", 10)))
    both = files(
        *(f"N/{n:02}.flac" for n in range(10)), *(f"N/._{n:02}.flac" for n in range(10))
    )
    assert [file.name for file in music(both, FLAC)] == [f.name for f in both[:10]]
    half = files(
        *(f"N/{n:02}.flac" for n in range(5)),
        *(f"__MACOSX/N/._{n:02}.flac" for n in range(5)),
    )
    reason = check_names(half, wanted)
    assert reason is not None
    assert reason.code == "too_few_tracks"


# Names in another script


def garasu() -> Album:
    """An album whose Latin title stands in a pseudo-release alone."""
    artist = {"name": "綾野みづき", "aliases": [{"name": "Mizuki Ayano"}]}
    credit = [{"name": "綾野みづき", "artist": artist}]
    group = {"id": "a", "title": "硝子の海", "first-release-date": "1999"}
    official = {"id": "e", "title": "硝子の海", "status": "Official", "date": "1999"}
    pseudo = {
        "id": "p",
        "title": "Garasu no Umi",
        "status": "Pseudo-Release",
        "media": [{"track-count": 3}],
        "artist-credit": [{"name": "Mizuki Ayano", "artist": {"name": "綾野みづき"}}],
    }
    return parse_album(
        {
            "release-group": {**group, "artist-credit": credit},
            "releases": [pseudo, official],
        }
    )


def test_a_pseudo_release_lends_its_names_and_nothing_else() -> None:
    found = garasu()
    assert [edition.edition_id for edition in found.editions] == ["e"]
    assert found.title_aliases == ("Garasu no Umi",)
    assert found.aliases == ("Mizuki Ayano",)
    (candidate,) = decide(
        found, Q.LOSSLESS, [release("Mizuki Ayano - Garasu no Umi (1999) [FLAC]")]
    )
    assert candidate.accepted


def test_romanized_names_are_asked_for() -> None:
    asked = [query.text for query in queries_for(garasu())]
    assert "Mizuki Ayano Garasu no Umi" in asked
    assert asked[-1] == "Mizuki Ayano"


def test_an_ep_is_asked_for_without_the_word() -> None:
    wanted = by("DJ Borage", "Winnow E.P.", primary_type="EP")
    assert "DJ Borage Winnow" in [query.text for query in queries_for(wanted)]


def test_who_is_heard_is_told_by_the_relations() -> None:
    credit = [{"name": "Vidmar", "artist": {"name": "Aurel Vidmar"}}]
    heard = [
        {"type": "conductor", "artist": {"name": "Ilse Korvath"}},
        {"type": "producer", "artist": {"name": "Somebody Else"}},
        {"type": "performer", "artist": None},
    ]
    found = parse_album(
        {
            "release-group": {
                "id": "a",
                "title": "Symphony no. 2",
                "artist-credit": credit,
            },
            "releases": [{"id": "e", "title": "Symphony no. 2", "relations": heard}],
        }
    )
    assert found.performers == ("Ilse Korvath",)
    titles = ["Ilse Korvath - Symphony No. 2 [FLAC]", "Else - Symphony No. 2 [FLAC]"]
    ranked = decide(found, Q.LOSSLESS, [release(title) for title in titles])
    assert [c.release.title for c in ranked if c.accepted] == titles[:1]


# A score orders what it ranks


def test_a_score_orders_what_it_ranks() -> None:
    """Across all profiles of a list, packs included."""
    from itertools import pairwise  # noqa: PLC0415

    from custom_components.music_agregator.core.decision import (  # noqa: PLC0415
        decide_ladder,
    )
    from custom_components.music_agregator.core.settings import (  # noqa: PLC0415
        Preferences,
    )

    kinds = ["FLAC 24-96", "FLAC", "MP3 320", "MP3 128", "FLAC 24-192", "V0"]
    offered = [
        release(f"Lindra Vey - Northern Rooms ({year}) [{kind}]", seeders=1 + n * 90)
        for n, kind in enumerate(kinds)
        for year in (1983, 2011)
    ]
    offered.append(release("Lindra Vey - Discography [FLAC 24-96]", seeders=900))
    ladder = (Q.HI_RES, Q.LOSSLESS, Q.HIGH, Q.ANY)
    _, ranked = decide_ladder(ROOMS, ladder, offered, Preferences(allow_packs=True))
    assert all(candidate.accepted for candidate in ranked)
    assert all(one.score >= other.score for one, other in pairwise(ranked))
    assert ranked[-1].is_pack
