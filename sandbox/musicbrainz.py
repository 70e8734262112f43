"""A MusicBrainz stand-in: web service 2 over the catalogue."""

import asyncio
from functools import cache
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from .catalogue import ALBUMS, MERGED, Album, Edition, mbid
from .lucene import Index


class MusicBrainz:
    """The stand-in; `asked` says for which paths, `may_answer` makes it wait.

    While it `is_away` it closes every connection without an answer.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.is_away = False
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def make_app(self) -> web.Application:
        """Return the application."""
        app = web.Application(middlewares=[self._answer])
        app.router.add_get("/ws/2/release-group", _search)
        app.router.add_get("/ws/2/release-group/{album_id}", _release_group)
        app.router.add_get("/ws/2/release", _releases)
        app.router.add_get("/ws/2/release/{edition_id}", _release)
        return app

    @web.middleware
    async def _answer(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        self.asked.append(request.path)
        if self.is_away and request.transport is not None:
            request.transport.close()
        await self.may_answer.wait()
        return await handler(request)


def group_document(album: Album) -> dict[str, Any]:
    """Return an album as MusicBrainz shows it."""
    return {
        "id": album.album_id,
        "title": album.title,
        "primary-type": album.primary_type,
        "secondary-types": list(album.secondary_types),
        "first-release-date": album.first_date,
        "disambiguation": "",
        "count": len(album.editions),
        "artist-credit": [
            {
                "name": album.artist,
                "joinphrase": "",
                "artist": {
                    "id": mbid(f"artist {album.artist}"),
                    "name": album.artist,
                    "sort-name": album.sort_name or album.artist,
                    "aliases": [{"name": name} for name in album.aliases],
                },
            }
        ],
    }


def release_document(
    album: Album, edition: Edition, *, with_tracks: bool
) -> dict[str, Any]:
    """Return an edition as MusicBrainz shows it."""
    medium: dict[str, Any] = {
        "position": 1,
        "format": edition.format,
        "track-count": len(edition.tracks),
        "title": "",
    }
    if with_tracks:
        medium["tracks"] = [
            {
                "number": str(number),
                "position": number,
                "title": title,
                "length": length,
                "recording": {"title": title, "length": length},
            }
            for number, (title, length) in enumerate(edition.tracks, start=1)
        ]
    return {
        "id": mbid(f"edition {album.album_id} {edition.date}"),
        "title": album.title,
        "status": "Official",
        "date": edition.date,
        "country": edition.country,
        "disambiguation": edition.disambiguation,
        "media": [medium],
    }


def _error(status: int, text: str) -> web.Response:
    return web.json_response({"error": text, "help": ""}, status=status)


def _find(album_id: str) -> Album | None:
    wanted = MERGED.get(album_id, album_id)
    return next((album for album in ALBUMS if album.album_id == wanted), None)


async def _release_group(request: web.Request) -> web.Response:
    album = _find(request.match_info["album_id"])
    if album is None:
        return _error(404, "Not Found")
    return web.json_response(group_document(album))


async def _releases(request: web.Request) -> web.Response:
    album = _find(request.query.get("release-group", ""))
    editions = album.editions if album else ()
    offset, limit = (
        int(request.query.get(k, d)) for k, d in (("offset", 0), ("limit", 25))
    )
    return web.json_response(
        {
            "release-count": len(editions),
            "release-offset": offset,
            "releases": [
                release_document(album, edition, with_tracks=False)
                for edition in editions[offset : offset + limit]
                if album
            ],
        }
    )


async def _release(request: web.Request) -> web.Response:
    for album in ALBUMS:
        for edition in album.editions:
            document = release_document(album, edition, with_tracks=True)
            if document["id"] == request.match_info["edition_id"]:
                return web.json_response(document)
    return _error(404, "Not Found")


async def _search(request: web.Request) -> web.Response:
    query = request.query.get("query", "")
    limit = int(request.query.get("limit", 25))
    found = [
        {**group_document(ALBUMS[place]), "score": score}
        for place, score in _index(ALBUMS).search(query)
    ]
    return web.json_response(
        {"count": len(found), "offset": 0, "release-groups": found[:limit]}
    )


@cache
def _index(albums: tuple[Album, ...]) -> Index:
    return Index(
        [
            {
                "releasegroup": (album.title,),
                "artist": (album.artist, album.sort_name, *album.aliases),
            }
            for album in albums
        ]
    )
