"""MusicBrainz web service 2, as politely as it asks for.

One request a second over the whole process, in the order of asking (nobody goes ahead), a
User-Agent that says who we are, and retries after 503, 429 and reset connections.
"""

import asyncio
from collections.abc import Mapping, Sequence
import json
import re
from weakref import WeakKeyDictionary

from aiohttp import ClientSession

from ..common.clock import Clock, backoff
from ..common.http import (
    HttpResponse,
    TooLargeError,
    UnreachableError,
    fetch_with_redirects,
)
from ..common.rate_limit import RateLimit
from ..errors import AlbumNotFoundError, MetadataError, MetadataUnavailableError
from ..model import AlbumMatch
from ..musicbrainz import Document, parse_matches, parse_release_page
from ..settings import DEFAULT_MUSICBRAINZ_URL

SPACING = 1.0
ANSWER_LIMIT = 8 * 1024 * 1024
PAGE = 100
PAGES = 5
_TRIES = 4
_SECONDS = 30.0
_MOST_WORDS = 40
_LUCENE = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')

# One for all clients that share a clock: MusicBrainz counts by address.
_rate_limits: WeakKeyDictionary[Clock, RateLimit] = WeakKeyDictionary()


def _rate_limit(clock: Clock) -> RateLimit:
    return _rate_limits.setdefault(clock, RateLimit(clock, SPACING))


class MusicBrainz:
    """A client of one MusicBrainz server."""

    def __init__(
        self,
        session: ClientSession,
        clock: Clock,
        *,
        url: str = DEFAULT_MUSICBRAINZ_URL,
        user_agent: str,
    ) -> None:
        self._session = session
        self._clock = clock
        self._rate_limit = _rate_limit(clock)
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
            page, total = parse_release_page(answer)
            found.extend(page)
            if not page or len(found) >= total:
                break
        return found

    async def release(self, edition_id: str) -> Document:
        """Return the document of one edition with its tracks."""
        return await self._get(f"release/{edition_id}", {"inc": "recordings+media"})

    async def search(self, query: str) -> list[AlbumMatch]:
        """Return the albums that fit a query, best first, with 0 to 100 points."""
        answer = await self._get("release-group", {"query": query, "limit": str(PAGE)})
        return parse_matches(answer)

    async def _get(self, path: str, params: Mapping[str, str]) -> Document:
        failure = MetadataUnavailableError("no answer")
        for attempt in range(_TRIES):
            if attempt:
                pause = backoff(attempt, longest=32.0)
                await self._clock.sleep(max(pause, failure.retry_after or 0.0))
            await self._rate_limit.wait()
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
            if answer.is_retryable:
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


def _escape(text: str) -> str:
    return _LUCENE.sub(r"\\\1", text)
