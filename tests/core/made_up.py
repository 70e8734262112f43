"""Albums and releases to decide on: the sandbox's, and made up on the spot."""

from typing import Any

from custom_components.music_agregator.core.model import Album, Edition, Release, Track
from custom_components.music_agregator.core.musicbrainz import parse_album
from sandbox import catalogue, catalogue as c
from sandbox.musicbrainz import group_document, release_document
from tests.fakes import light_torrent


def sandbox_album(album: catalogue.Album) -> Album:
    """An album of the sandbox, as MusicBrainz tells of it."""
    return parse_album(
        {
            "release-group": group_document(album),
            "releases": [
                release_document(album, edition, with_tracks=True)
                for edition in album.editions
            ],
        }
    )


def sandbox_releases() -> list[Release]:
    """Everything that the sandbox's indexer offers."""
    return [
        release(
            offer.title,
            seeders=offer.seeders,
            size_bytes=seeded.size_bytes,
            info_hash=seeded.info_hash,
            categories=(offer.category,),
        )
        for offer in catalogue.OFFERS
        for seeded in (light_torrent(offer),)
    ]


def release(title: str, **values: Any) -> Release:
    """A release with a link and some seeders."""
    known = {"guid": title, "seeders": 5, "download_url": "http://x/1", **values}
    return Release(title=title, **known)


def edition(minutes: float | None = 45, tracks: int = 10, **values: Any) -> Edition:
    """An edition of so many minutes; None if nobody timed its tracks."""
    length = round(minutes * 60_000 / tracks) if minutes else None
    known: dict[str, Any] = {
        "edition_id": "e",
        "title": "Slow Cartography",
        "date": "1987-03-09",
    }
    return Edition(
        **{**known, **values},
        track_count=tracks,
        tracks=tuple(Track(title=str(n), length_ms=length) for n in range(tracks)),
    )


def album(**values: Any) -> Album:
    """Slow Cartography by Ferro Mere, or what is made of it."""
    known: dict[str, Any] = {
        "album_id": "x",
        "title": "Slow Cartography",
        "artist": "Ferro Mere",
        "artists": ("Ferro Mere",),
        "aliases": ("Mere, Ferro",),
        "primary_type": "Album",
        "first_release_date": "1987-03-09",
        "editions": (edition(),),
    }
    return Album(**{**known, **values})


def by(artist: str, title: str, *kinds: str, **values: Any) -> Album:
    """An album by somebody, of 45 minutes, and of some kinds besides."""
    known = {
        "artist": artist,
        "artists": (artist,),
        "title": title,
        "aliases": (),
        "secondary_types": kinds,
        "editions": (edition(title=title),),
    }
    return album(**{**known, **values})


NIGHT_CHART = c.Album(
    artist="Ferro Mere",
    title="Night Chart",
    editions=(c.Edition(date="1989", tracks=(("Polaris", 20_000), ("Vega", 21_000))),),
)


PACK = c.Offer(
    title="Ferro Mere - Discography (1987-1991) [FLAC]",
    album=c.UNHEARD,
    codec="flac",
    seeders=9,
    pack=(c.SLOW_CARTOGRAPHY, NIGHT_CHART, c.UNHEARD),
)
