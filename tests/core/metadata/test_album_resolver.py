"""From what was heard or typed to the album that is meant, or to a short question."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from hypothesis import given, strategies as st
import pytest

from custom_components.music_agregator.core.errors import (
    AlbumNotFoundError,
    AmbiguousAlbumError,
)
from custom_components.music_agregator.core.metadata.album_resolver import AlbumResolver
from custom_components.music_agregator.core.metadata.musicbrainz_client import (
    MusicBrainz,
)
from custom_components.music_agregator.core.metadata.request_text import (
    parse_request_text,
)
from custom_components.music_agregator.core.metadata.similarity import (
    fold_numbers,
    number_words,
    similarity,
)
from custom_components.music_agregator.core.quality import QualityProfile as Q
from sandbox import catalogue as c, musicbrainz
from sandbox.web import Site
from tests.fakes import ManualClock

_LINES = (Path(__file__).parent / "misheard.tsv").read_text().splitlines()[1:]
MISHEARD = [line.split("\t") for line in _LINES]
STORIES = next(album for album in c.ALBUMS if album.artist == "Ebb")
# Not in the catalogue, or not enough to know which.
NOT_THERE = [
    "random access memories by daft punk",
    "glass slipper by the paper lanterns",
    "kind of blue by miles davis",
    "sketches of spain by miles davis",
    "abbey road",
    "the wall by pink floyd",
    "third eye by echo terrace",
    "fourth floor by echo terrace",
    "floor by echo terrace",
    "seven doors by velvet harrow",
    "nineteen eighty four by the quiet engines",
    "the machine by the quiet engines",
    "paper planes by zephyr tong",
    "2 for the road by dover and kayne",
    "tin drum by odd socket",
    "red shift by blue street",
    "harbour lights by the beatles",
    "needle and resin by nadia frost",
    "cinnamon hill ii by saffron borough",
    "kestrel",
    "stories",
    "copper",
    "live",
    "the best of",
    "what's the weather",
    "turn on the kitchen lights",
    "blah blah blah",
    "the the",
    "-",
]


@pytest.fixture
async def understanding(socket_enabled: None) -> AsyncIterator[AlbumResolver]:
    site = Site(musicbrainz.MusicBrainz().make_app())
    url = await site.start()
    async with aiohttp.ClientSession() as session:
        source = MusicBrainz(session, ManualClock(), url=url, user_agent="tests/1")
        yield AlbumResolver(source)
    await site.close()


@pytest.mark.long
async def test_what_is_misheard_is_understood_or_asked_back(
    understanding: AlbumResolver,
) -> None:
    asked = []
    for heard, artist, title in MISHEARD:
        try:
            found = [await understanding.resolve(artist=None, album=heard)]
        except AmbiguousAlbumError as error:
            found = list(error.albums)
            asked.append(heard)
        assert (artist, title) in [(one.artist, one.title) for one in found], heard
        assert len(found) <= 3
    assert len(MISHEARD) == 60
    assert len(asked) <= 3, asked


@pytest.mark.parametrize("text", NOT_THERE)
async def test_what_is_not_there_is_never_taken_for_another(
    understanding: AlbumResolver, text: str
) -> None:
    with pytest.raises((AlbumNotFoundError, AmbiguousAlbumError)):
        await understanding.resolve(artist=None, album=text)


@pytest.mark.parametrize(
    ("artist", "album", "meant"),
    [
        ("paper lanterns", "glass harbor", c.GLASS_HARBOUR),
        ("The Paper Lanterns", "Glass Harbour Live", c.GLASS_HARBOUR_LIVE),
        (None, "The Paper Lanterns - Glass Harbour", c.GLASS_HARBOUR),
        (None, "Glass Harbour - The Paper Lanterns", c.GLASS_HARBOUR),
        (None, "glass harbour live by the paper lanterns", c.GLASS_HARBOUR_LIVE),
        (None, "Ferro Mere – Slow Cartography (2017 Remaster)", c.SLOW_CARTOGRAPHY),
        (None, "The Paper Lanterns - Glass Harbour (2013)", c.GLASS_HARBOUR_LIVE),
        ("Angstrom and Sons", "Naeve", c.NAEVE),
        (None, "stories by ebb, from 2010", STORIES),
    ],
)
async def test_forms_of_asking(
    understanding: AlbumResolver, artist: str | None, album: str, meant: c.Album
) -> None:
    found = await understanding.resolve(artist=artist, album=album)
    assert found.album_id == meant.album_id


async def test_of_namesakes_the_one_is_meant_that_came_out_often(
    understanding: AlbumResolver,
) -> None:
    album = await understanding.resolve(artist=None, album="harbour lights")
    assert album.artist == "Greta Holm"
    with pytest.raises(AmbiguousAlbumError) as caught:
        await understanding.resolve(artist=None, album="stories")
    assert {one.artist for one in caught.value.albums} == {"Ebb", "Flow"}


async def test_an_artist_alone_offers_the_albums(understanding: AlbumResolver) -> None:
    found = await understanding.search(artist=None, album="miles under hill")
    assert {match.album.artist for match in found} == {"Miles Underhill"}
    assert len(found) == 3


@pytest.mark.parametrize(
    ("text", "wish", "quality"),
    [
        ("Kid A by Radiohead in lossless", "Kid A by Radiohead", Q.LOSSLESS),
        ("Radiohead - Kid A [FLAC]", "Radiohead - Kid A", Q.LOSSLESS),
        ("radiohead kid a hi res", "radiohead kid a", Q.HI_RES),
        ("Kid A, hi-res please", "Kid A", Q.HI_RES),
        ("Please the album Kid A in high quality.", "Kid A", Q.HIGH),
        ("Kid A (24 bit)", "Kid A", Q.HI_RES),
        ("Kid A in any quality", "Kid A", Q.ANY),
        ("Kid A von Radiohead als flac", "Kid A von Radiohead", Q.LOSSLESS),
        # Words of a name are no quality.
        ("Sky High", "Sky High", None),
        ("Lossless", "Lossless", None),
        ("The Record by Boygenius", "The Record by Boygenius", None),
        ("please get", "get", None),
        ("the album The Album by Anybody", "The Album by Anybody", None),
        ("Album - Anybody", "Album - Anybody", None),
        ("?", "?", None),
        ("Aim High by Anybody", "Aim High by Anybody", None),
        ("The Album", "The Album", None),
        ("", "", None),
    ],
)
def test_a_wish_may_say_how_good(text: str, wish: str, quality: Q | None) -> None:
    found = parse_request_text(text)
    assert (found.text, found.quality, found.album_id) == (wish, quality, None)


@pytest.mark.parametrize(
    "text",
    [
        c.NAEVE.album_id.upper(),
        f"https://musicbrainz.org/release-group/{c.NAEVE.album_id}",
        f"musicbrainz.org/release-group/{c.NAEVE.album_id}?x=1 in lossless",
    ],
)
def test_a_wish_may_be_a_link(text: str) -> None:
    assert parse_request_text(text).album_id == c.NAEVE.album_id


def test_numbers_are_the_same_in_words_and_in_digits() -> None:
    for value in range(10_000):
        assert fold_numbers(" ".join(number_words(str(value)))) == str(value)


@given(st.text(), st.text())
def test_likeness_is_a_measure(one: str, other: str) -> None:
    likeness = similarity(one, other)
    assert 0.0 <= likeness <= 1.0
    assert likeness == pytest.approx(similarity(other, one))
    assert similarity(one, one) in {0.0, 1.0}
    parse_request_text(one)
