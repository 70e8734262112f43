"""MusicBrainz web service 2, as politely as it asks for.

One request a second over the whole process, people's before those of runs and of lists, a
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
from ..common.rate_limit import RateLimit, Urgency
from ..common.single_flight import SingleFlight
from ..errors import AlbumNotFoundError, MetadataError, MetadataUnavailableError
from ..model import AlbumMatch
from ..musicbrainz import Document, parse_matches, parse_release_page
from ..settings import DEFAULT_MUSICBRAINZ_URL

SPACING = 1.0
# A hundred editions with their media take some hundred kilobytes.
ANSWER_LIMIT = 4 * 1024 * 1024
MOST_VALUES = 300_000
PAGE = 100
PAGES = 5
_TRIES = 4
_SECONDS = 30.0
_MOST_WORDS = 40
# How long the answer to a search is used again (seconds), and how many are kept.
_SEARCH_KEPT_SECONDS = 300.0
_SEARCHES_KEPT = 200
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
        self._answers: dict[str, tuple[float, list[AlbumMatch]]] = {}
        self._searches = SingleFlight[list[AlbumMatch]]()

    async def release_group(
        self, album_id: str, urgency: Urgency = Urgency.RUN
    ) -> Document:
        """Return the document of an album; its id may be another: it was merged.

        Raises AlbumNotFoundError, MetadataUnavailableError, MetadataError.
        """
        return await self._get(
            f"release-group/{album_id}", {"inc": "artist-credits+aliases"}, urgency
        )

    async def releases(
        self, album_id: str, urgency: Urgency = Urgency.RUN
    ) -> list[Document]:
        """Return the documents of an album's official editions, at most 500.

        Pseudo-releases are among them: their names are those of the album in other letters.
        """
        found: list[Document] = []
        for _ in range(PAGES):
            answer = await self._get(
                "release",
                {
                    "release-group": album_id,
                    "inc": "media+labels+artist-credits",
                    "status": "official|pseudo-release",
                    "limit": str(PAGE),
                    "offset": str(len(found)),
                },
                urgency,
            )
            page, total = parse_release_page(answer)
            found.extend(page)
            if not page or len(found) >= total:
                break
        return found

    async def release(
        self, edition_id: str, urgency: Urgency = Urgency.RUN
    ) -> Document:
        """Return the document of one edition with its tracks and who is heard."""
        inc = {"inc": "recordings+media+artist-rels"}
        return await self._get(f"release/{edition_id}", inc, urgency)

    async def search(
        self, query: str, urgency: Urgency = Urgency.PERSON
    ) -> list[AlbumMatch]:
        """Return the albums that fit a query, best first, with 0 to 100 points.

        Callers with the same query share one answer, also for some minutes afterwards.
        """
        at, matches = self._answers.get(query, (float("-inf"), []))
        if self._clock.monotonic() - at > _SEARCH_KEPT_SECONDS:
            key = f"{urgency} {query}"
            matches = await self._searches.call(
                key, lambda _: self._search(query, urgency)
            )
        return matches

    async def close(self) -> None:
        """Cancel the searches in flight."""
        await self._searches.close()

    async def _search(self, query: str, urgency: Urgency) -> list[AlbumMatch]:
        params = {"query": query, "limit": str(PAGE)}
        found = parse_matches(await self._get("release-group", params, urgency))
        self._answers.pop(query, None)
        self._answers[query] = (self._clock.monotonic(), found)
        if len(self._answers) > _SEARCHES_KEPT:
            del self._answers[next(iter(self._answers))]
        return found

    async def _get(
        self, path: str, params: Mapping[str, str], urgency: Urgency
    ) -> Document:
        failure = MetadataUnavailableError("no answer")
        for attempt in range(_TRIES):
            if attempt:
                pause = backoff(attempt, longest=32.0)
                await self._clock.sleep(max(pause, failure.retry_after or 0.0))
            await self._rate_limit.wait(urgency)
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
                raise MetadataError("an answer of more than 4 MiB") from None
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
    if sum(answer.body.count(mark) for mark in (b"[", b"{", b",")) > MOST_VALUES:
        raise MetadataError("an answer with too many values")
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise MetadataError("an answer that is no JSON") from None
    if not isinstance(document, dict):
        raise MetadataError("an answer of another shape")
    return document


def _escape(text: str) -> str:
    return _LUCENE.sub(r"\\\1", text)
