"""The metadata source: MusicBrainz web service 2, as politely as it asks for.

One request a second over the whole process, a User-Agent that says who we are, and
patience with 503, 429 and reset connections.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
import json
import re
from typing import Any
from weakref import WeakKeyDictionary

from aiohttp import ClientSession

from .common.clock import Clock, backoff
from .common.http import (
    HttpResponse,
    TooLargeError,
    UnreachableError,
    fetch_with_redirects,
)
from .errors import (
    AlbumNotFoundError,
    MetadataError,
    MetadataUnavailableError,
)
from .model import (
    Album,
    AlbumMatch,
    Edition,
    Track,
)

DEFAULT_URL = "https://musicbrainz.org"
SPACING = 1.0
ANSWER_LIMIT = 8 * 1024 * 1024
PAGE = 100
PAGES = 5
_TRIES = 4
_SECONDS = 30.0
_TEXT_LIMIT = 500
_MOST_WORDS = 40
_LUCENE = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')

type Document = dict[str, Any]

# When the next request may go out, for all clients that share a clock.
_next_slot: WeakKeyDictionary[Clock, float] = WeakKeyDictionary()


async def _take_turn(clock: Clock) -> None:
    now = clock.now()
    slot = max(now, _next_slot.get(clock, 0.0))
    _next_slot[clock] = slot + SPACING
    if slot > now:
        await clock.sleep(slot - now)


class MusicBrainz:
    """A client of one MusicBrainz server."""

    def __init__(
        self,
        session: ClientSession,
        clock: Clock,
        *,
        url: str = DEFAULT_URL,
        user_agent: str,
    ) -> None:
        self._session = session
        self._clock = clock
        self._url = url.rstrip("/")
        self._headers = {"User-Agent": user_agent, "Accept": "application/json"}

    async def release_group(self, album_id: str) -> Document:
        """Return the document of an album; its id may be another: it was merged.

        Raises AlbumNotFoundError, MetadataUnavailableError, MetadataError.
        """
        return await self._get(
            f"release-group/{album_id}", {"inc": "artist-credits+aliases"}
        )

    async def releases(self, album_id: str) -> list[Document]:
        """Return the documents of an album's official editions, at most 500."""
        found: list[Document] = []
        for _ in range(PAGES):
            answer = await self._get(
                "release",
                {
                    "release-group": album_id,
                    "inc": "media+labels+artist-credits",
                    "status": "official",
                    "limit": str(PAGE),
                    "offset": str(len(found)),
                },
            )
            page = _documents(answer.get("releases"))
            found.extend(page)
            if not page or len(found) >= (_number(answer.get("release-count")) or 0):
                break
        return found

    async def release(self, edition_id: str) -> Document:
        """Return the document of one edition with its tracks."""
        return await self._get(f"release/{edition_id}", {"inc": "recordings+media"})

    async def search(self, query: str) -> list[AlbumMatch]:
        """Return the albums that fit a query, best first, with 0 to 100 points."""
        answer = await self._get("release-group", {"query": query, "limit": str(PAGE)})
        return [
            AlbumMatch(
                album=found,
                score=_number(document.get("score")) or 0,
                editions=_number(document.get("count")) or 0,
            )
            for document in _documents(answer.get("release-groups"))
            if (found := parse_release_group(document)).album_id
        ]

    async def _get(self, path: str, params: Mapping[str, str]) -> Document:
        failure = MetadataUnavailableError("no answer")
        for attempt in range(_TRIES):
            if attempt:
                pause = backoff(attempt, longest=32.0)
                await self._clock.sleep(max(pause, failure.retry_after or 0.0))
            await _take_turn(self._clock)
            try:
                answer = await fetch_with_redirects(
                    self._session,
                    self._clock,
                    f"{self._url}/ws/2/{path}",
                    params={**params, "fmt": "json"},
                    headers=self._headers,
                    limit=ANSWER_LIMIT,
                    seconds=_SECONDS,
                )
            except TooLargeError:
                raise MetadataError("an answer of more than 8 MiB") from None
            except UnreachableError as error:
                failure = MetadataUnavailableError(str(error))
                continue
            if answer.status == 429 or answer.status >= 500:
                failure = MetadataUnavailableError(
                    f"status {answer.status}",
                    retry_after=answer.retry_after(self._clock.now()),
                )
                continue
            return await asyncio.to_thread(_document, answer)
        raise failure


def phrase(album: str, artist: str | None) -> str:
    """Return the query for names as they are."""
    names = [f'releasegroup:"{_escape(album)}"']
    if artist:
        names.append(f'artist:"{_escape(artist)}"')
    return " AND ".join(names)


def within_reach(**words: Sequence[str]) -> str:
    """Return the query for any of some words of each field, or what is spelt so.

    The words are letters and digits only.
    """
    return " AND ".join(_any_of(field, some) for field, some in words.items())


def _any_of(field: str, words: Sequence[str]) -> str:
    """Let one letter of a word be wrong, two of a long one."""
    spelt = [
        word if len(word) < 4 else f"{word}~1" if len(word) < 7 else f"{word}~2"
        for word in words[:_MOST_WORDS]
    ]
    return f"{field}:({' OR '.join(spelt)})"


def _document(answer: HttpResponse) -> Document:
    if answer.status in {400, 404}:
        raise AlbumNotFoundError
    if answer.status != 200:
        raise MetadataError(f"status {answer.status}")
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise MetadataError("an answer that is no JSON") from None
    if not isinstance(document, dict):
        raise MetadataError("an answer of another shape")
    return document


def parse_release_group(data: Document) -> Album:
    """Read a release-group document of MusicBrainz.

    Tolerates what is absent, null or of another type; without an id, `album_id` is "".
    """
    credits_ = _documents(data.get("artist-credit"))
    artists = [_mapping(credit.get("artist")) for credit in credits_]
    names = [
        _text(credit.get("name")) or _text(artist.get("name"))
        for credit, artist in zip(credits_, artists, strict=True)
    ]
    joined = "".join(
        name + _text(credit.get("joinphrase"), strip=False)
        for name, credit in zip(names, credits_, strict=True)
    )
    other_names = [
        name
        for artist in artists
        for name in (
            _text(artist.get("name")),
            _text(artist.get("sort-name")),
            *_aliases(artist),
        )
    ]
    return Album(
        album_id=_text(data.get("id")).lower(),
        title=_text(data.get("title")),
        artist=joined.strip(),
        artists=tuple(name for name in names if name),
        artist_ids=tuple(i for i in (_text(a.get("id")) for a in artists) if i),
        aliases=tuple(
            dict.fromkeys(n for n in other_names if n and n not in {*names, joined})
        ),
        title_aliases=tuple(dict.fromkeys(name for name in _aliases(data) if name)),
        disambiguation=_text(data.get("disambiguation")),
        primary_type=_text(data.get("primary-type")) or None,
        secondary_types=tuple(
            word for word in map(_text, _list(data.get("secondary-types"))) if word
        ),
        first_release_date=_text(data.get("first-release-date")) or None,
    )


def _aliases(data: Document) -> list[str]:
    return [_text(alias.get("name")) for alias in _documents(data.get("aliases"))]


def parse_editions(data: Document) -> list[Edition]:
    """Read a browse answer of MusicBrainz: its `releases`, in its order."""
    editions = (_edition(document) for document in _documents(data.get("releases")))
    return [edition for edition in editions if edition.edition_id]


def parse_album(kept: Document) -> Album:
    """Read the documents that are kept of an album, oldest edition first."""
    editions = sorted(
        parse_editions(kept),
        key=lambda edition: (edition.date or "9999", edition.title),
    )
    return replace(
        parse_release_group(_mapping(kept.get("release-group"))),
        editions=tuple(editions),
    )


def _edition(data: Document) -> Edition:
    media = _documents(data.get("media"))
    counts = [_number(medium.get("track-count")) for medium in media]
    tracks = [_track(t) for m in media for t in _documents(m.get("tracks"))]
    known = sum(count or 0 for count in counts) or len(tracks)
    return Edition(
        edition_id=_text(data.get("id")).lower(),
        title=_text(data.get("title")),
        disambiguation=_text(data.get("disambiguation")),
        status=_text(data.get("status")) or None,
        date=_text(data.get("date")) or None,
        country=_text(data.get("country")) or None,
        formats=tuple(f for f in (_text(m.get("format")) for m in media) if f),
        track_count=known or None,
        tracks=tuple(tracks),
        has_cover=_mapping(data.get("cover-art-archive")).get("front") is True,
    )


def _track(data: Document) -> Track:
    recording = _mapping(data.get("recording"))
    return Track(
        title=_text(data.get("title")) or _text(recording.get("title")),
        position=_number(data.get("position")),
        length_ms=_number(data.get("length")) or _number(recording.get("length")),
    )


def _text(value: object, *, strip: bool = True) -> str:
    if not isinstance(value, str):
        return ""
    return (value.strip() if strip else value)[:_TEXT_LIMIT]


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 1e12 else None


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _mapping(value: object) -> Document:
    return value if isinstance(value, dict) else {}


def _documents(value: object) -> list[Document]:
    return [item for item in _list(value) if isinstance(item, dict)]


def _escape(text: str) -> str:
    return _LUCENE.sub(r"\\\1", text)
