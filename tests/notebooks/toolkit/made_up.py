"""An album and releases, made up on the spot: titles that are markup, links with keys."""

from typing import Any

from music_agregator import AlbumEvent, QualityProfile, WorkflowStatus
from music_agregator.model import Album, Edition, Release, Track

MARKUP = "<img src=x onerror=alert(1)>"
SECRET = "canary-passkey"

ALBUM = Album(
    album_id="79e3d36a-851e-4306-85df-23d75aa1c4d8",
    title="Slow Cartography",
    artist="Ferro Mere",
    artists=("Ferro Mere",),
    first_release_date="1987-03-09",
    editions=(
        Edition(
            edition_id="e",
            title="Slow Cartography",
            date="1987-03-09",
            track_count=10,
            tracks=tuple(Track(title=str(n), length_ms=270_000) for n in range(10)),
        ),
    ),
)
LOSSLESS = (QualityProfile.LOSSLESS,)


def release(number: int, quality: str = "FLAC", **values: Any) -> Release:
    """A release with a link that is a secret."""
    known = {
        "seeders": number % 90,
        "size_bytes": 250_000_000 + number,
        "indexer": "Far" if number % 3 else "Near",
        "title": f"Ferro Mere - Slow Cartography (1987) [{quality}] {{{number}}}",
    }
    return Release(
        guid=f"http://127.0.0.1/{number}?passkey={SECRET}",
        download_url=f"http://127.0.0.1/get/{number}?apikey={SECRET}",
        **{**known, **values},
    )


def releases(count: int = 40) -> list[Release]:
    """Releases of many qualities."""
    kinds = ("FLAC", "FLAC 24-96", "MP3 320", "MP3 V0", "MP3 128")
    return [release(number, kinds[number % len(kinds)]) for number in range(count)]


def event(seq: int, status: str, run_id: str = "r", **data: Any) -> AlbumEvent:
    """An event."""
    return AlbumEvent(
        seq=seq,
        event_id=f"e{seq}",
        run_id=run_id,
        album_id=ALBUM.album_id,
        quality=QualityProfile.LOSSLESS,
        status=WorkflowStatus(status),
        at=1_795_000_000.0 + seq,
        data=data,
    )
