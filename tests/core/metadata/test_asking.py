"""Asking for an album by name, as stores, households and fans write it."""

from typing import Any

import pytest

from custom_components.music_agregator.core.common.rate_limit import Urgency
from custom_components.music_agregator.core.errors import (
    AlbumNotFoundError,
    AmbiguousAlbumError,
)
from custom_components.music_agregator.core.metadata.album_resolver import AlbumResolver
from custom_components.music_agregator.core.model import Album, AlbumMatch


class Source:
    """A MusicBrainz that answers every query with the same albums."""

    def __init__(self, *albums: Album) -> None:
        self._found = [AlbumMatch(album=one, score=90, editions=3) for one in albums]

    async def search(
        self, query: str, urgency: Urgency = Urgency.PERSON
    ) -> list[AlbumMatch]:
        return self._found


def named(title: str, artist: str, **values: Any) -> Album:
    known = {"artists": (artist,), "primary_type": "Album", **values}
    return Album(
        album_id=values.get("disambiguation", title),
        title=title,
        artist=artist,
        **known,
    )


async def meant(source: Source, album: str, artist: str | None = None) -> str:
    """The id of the one album that a text means; "?" for a question, "" for none."""
    try:
        found = await AlbumResolver(source).resolve(artist=artist, album=album)  # type: ignore[arg-type]
    except AmbiguousAlbumError:
        return "?"
    except AlbumNotFoundError:
        return ""
    return found.album_id


FILM = "The Glass Ferry: Original Motion Picture Soundtrack"
SOUNDTRACK = named(FILM, "Mira Oland", secondary_types=("Soundtrack",))
SUITE = named("The Glass Ferry Suite", "Mira Oland", primary_type="Single")


@pytest.mark.parametrize("word", ["OST", "score", "soundtrack", "original soundtrack"])
async def test_a_soundtrack_is_asked_for(word: str) -> None:
    for source in (
        Source(SOUNDTRACK, SUITE),
        Source(SUITE, SOUNDTRACK),
        Source(SOUNDTRACK),
    ):
        assert await meant(source, f"The Glass Ferry {word}") == FILM
        assert await meant(source, f"The Glass Ferry {word}", "Mira Oland") == FILM
    assert await meant(Source(SUITE), f"The Glass Ferry {word}") != SUITE.album_id


NAMESAKES = Source(
    *(
        named("Pale Harbour", "Pale Harbour", disambiguation=told)
        for told in ("Copper Album", "Green Album", "3: Thaw")
    )
)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("Pale Harbour (Copper Album)", "Copper Album"),
        ("Pale Harbour (The Green Album)", "Green Album"),
        ("Green Album", "Green Album"),
        ("Pale Harbour 3: Thaw", "3: Thaw"),
        ("Thaw", "3: Thaw"),
        ("Pale Harbour", "?"),
    ],
)
async def test_what_tells_namesakes_apart_is_a_name(asked: str, told: str) -> None:
    assert await meant(NAMESAKES, asked) == told
    assert await meant(NAMESAKES, asked, "Pale Harbour") == told


@pytest.mark.parametrize(
    "asked",
    [
        "Northern Rooms Remastered",
        "Northern Rooms - Remastered 2011",
        "Northern Rooms (2011 Remaster)",
        "Northern Rooms Deluxe Edition",
        "Northern Rooms [Expanded]",
    ],
)
async def test_an_edition_is_no_other_album(asked: str) -> None:
    source = Source(named("Northern Rooms", "Lindra Vey"))
    assert await meant(source, asked, "Lindra Vey") == "Northern Rooms"


@pytest.mark.parametrize(
    "artist",
    ["Nell Tamsin & Kit Osley", "Kit Osley & Nell Tamsin", "Kit Osley, Nell Tamsin"],
)
async def test_artists_in_any_order(artist: str) -> None:
    both = ("Nell Tamsin", "Kit Osley")
    source = Source(named("Duets", " & ".join(both), artists=both))
    assert await meant(source, "Duets", artist) == "Duets"


@pytest.mark.parametrize("artist", ["VA", "V.A.", "OST", "Various", "Various Artists"])
async def test_various_artists_by_any_name(artist: str) -> None:
    source = Source(named("Trackside", "Various Artists"))
    assert await meant(source, "Trackside", artist) == "Trackside"
