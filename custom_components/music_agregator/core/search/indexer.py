"""TorznabIndexer: one indexer, its rate limit, and its cooldown after a failure."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
import logging

from aiohttp import ClientSession

from ..common.clock import Clock, within
from ..common.health import ServiceHealth
from ..common.http import (
    HttpResponse,
    TooLargeError,
    UnreachableError,
    fetch_with_redirects,
)
from ..common.rate_limit import RateLimit, Urgency, UrgentLock
from ..errors import IndexerAuthError, IndexerError, IndexerUnavailableError
from ..model import Release
from ..settings import IndexerSettings
from ..torznab import (
    MUSIC_CATEGORIES,
    Caps,
    Page,
    parse_caps,
    parse_page,
    parse_results,
)
from .queries import Query, QueryVariant

_LOGGER = logging.getLogger(__name__)

ANSWER_LIMIT = 16 * 1024 * 1024
CAPS_LIMIT = 256 * 1024
# What is kept of one search.
MOST_RELEASES = 1_000
PAGES = 5
# For one album, over all queries and pages.
REQUESTS = 32
SPACING = 2.0
_REQUEST_SECONDS = 60.0
_INDEXER_SECONDS = 120.0
# The cooldown after the nth failure in a row (seconds).
_BACKOFF = (30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 10_800.0)


class RequestBudget:
    """How many requests one search may still make of one indexer."""

    def __init__(self, requests: int = REQUESTS) -> None:
        self._left = requests

    @property
    def is_spent(self) -> bool:
        """Return whether no request is left."""
        return self._left <= 0

    def spend(self) -> None:
        """Use one request."""
        self._left -= 1


class TorznabIndexer:
    """One indexer: its capabilities, its rate limit and its cooldown."""

    def __init__(
        self, session: ClientSession, clock: Clock, settings: IndexerSettings
    ) -> None:
        self._session = session
        self._clock = clock
        self._settings = settings
        self._caps: Caps | None = None
        self.health = ServiceHealth(f"Indexer {settings.name}", clock)
        self._failures = 0
        self._last_error: IndexerError | IndexerUnavailableError | None = None
        self._free_at = float("-inf")
        self._rate_limit = RateLimit(clock, SPACING)
        self._turn = UrgentLock(clock)

    @property
    def name(self) -> str:
        """Return its name."""
        return self._settings.name

    @property
    def indexer_id(self) -> str:
        """Return the host's own id of it."""
        return self._settings.indexer_id

    async def check(self) -> None:
        """Find out whether it answers, unless it is cooling down; never raises."""
        async with self._turn.hold(Urgency.WANTED):
            if self.pause:
                return
            try:
                asking = self._fetch_caps()
                self._caps = await within(self._clock, _INDEXER_SECONDS, asking)
            except TimeoutError:
                self._note_failure(IndexerUnavailableError("too slow"))
            except (IndexerError, IndexerUnavailableError) as error:
                self._note_failure(error)
            except Exception:
                _LOGGER.exception("%s answered what we cannot read", self.health.name)
                self._note_failure(IndexerError("unexpected"))
            else:
                self._note_answer()

    async def caps(self) -> Caps:
        """Return its capabilities, fetched once.

        Raises IndexerAuthError, IndexerError, IndexerUnavailableError.
        """
        if self._caps is None:
            self._caps = await self._fetch_caps()
        return self._caps

    async def _fetch_caps(self) -> Caps:
        body = await self._ask({"t": "caps"}, limit=CAPS_LIMIT)
        return await asyncio.to_thread(parse_caps, body)

    async def search(
        self,
        query: Query,
        budget: RequestBudget | None = None,
        urgency: Urgency = Urgency.RUN,
    ) -> list[Release]:
        """Return its releases. Raises as `caps` does, at once while it is cooling down."""
        async with self._turn.hold(urgency):
            return await self._in_time(
                partial(self._search, query, budget or RequestBudget())
            )

    async def recent(self) -> list[Release]:
        """Return its newest releases, in one request. Raises as `search` does."""
        async with self._turn.hold(Urgency.WANTED):
            return await self._in_time(self._recent)

    async def _in_time(
        self, work: Callable[[], Awaitable[list[Release]]]
    ) -> list[Release]:
        """Do some work within the time limit, which begins after the wait for the lock."""
        if self.pause:
            # What it said last is the reason, however long it rests.
            last = self._last_error or IndexerUnavailableError("left alone for now")
            raise type(last)(str(last))
        try:
            releases = await within(self._clock, _INDEXER_SECONDS, work())
        except TimeoutError:
            error = IndexerUnavailableError("too slow")
            self._note_failure(error)
            raise error from None
        except (IndexerError, IndexerUnavailableError) as error:
            self._note_failure(error)
            raise
        self._note_answer()
        return releases

    async def _search(self, query: Query, budget: RequestBudget) -> list[Release]:
        caps = await self.caps()
        releases: list[Release] = []
        if (
            caps.finds_albums
            and query.artist
            and query.variant is not QueryVariant.DASHED
        ):
            names = {"artist": query.artist, "album": query.album}
            known = {name: value for name, value in names.items() if value}
            releases = await self._pages(caps, {"t": "music", **known}, budget)
        if not releases:
            text = {"t": "search", "q": query.text}
            releases = await self._pages(caps, text, budget)
        return [replace(release, indexer=self.name) for release in releases]

    async def _recent(self) -> list[Release]:
        caps = await self.caps()
        releases = await self._pages(caps, {"t": "search"}, RequestBudget(1))
        return [replace(release, indexer=self.name) for release in releases]

    async def _pages(
        self, caps: Caps, params: Mapping[str, str], budget: RequestBudget
    ) -> list[Release]:
        categories = ",".join(map(str, MUSIC_CATEGORIES))
        found: dict[tuple[object, ...], Release] = {}
        for page in range(PAGES):
            if budget.is_spent:
                break
            budget.spend()
            asked = {
                **params,
                "cat": categories,
                "extended": "1",
                "limit": str(caps.page_size),
                "offset": str(page * caps.page_size),
            }
            try:
                answer = await self._page(asked)
            except (IndexerError, IndexerUnavailableError):
                if not found:
                    raise
                # Keep what the pages before have brought.
                break
            new = {r.identity: r for r in answer.releases if r.identity not in found}
            found |= new
            if (
                not new
                or answer.item_count < caps.page_size
                or len(found) >= MOST_RELEASES
            ):
                break
        return list(found.values())[:MOST_RELEASES]

    async def _page(self, params: Mapping[str, str]) -> Page:
        body = await self._ask(params)
        return await asyncio.to_thread(parse_page, body, base_url=self._settings.url)

    async def _ask(
        self, params: Mapping[str, str], *, limit: int = ANSWER_LIMIT
    ) -> bytes:
        key = {"apikey": self._settings.api_key} if self._settings.api_key else {}
        await self._rate_limit.wait()
        try:
            answer = await fetch_with_redirects(
                self._session,
                self._clock,
                self._settings.url,
                params={**params, **key},
                limit=limit,
                seconds=_REQUEST_SECONDS,
            )
        except TooLargeError:
            raise IndexerError(f"an answer of more than {limit >> 10} KiB") from None
        except UnreachableError as error:
            raise IndexerUnavailableError(str(error)) from None
        await asyncio.to_thread(_check, answer, self._clock.now())
        return answer.body

    @property
    def pause(self) -> float:
        """Return how long the cooldown still lasts (seconds)."""
        return max(self._free_at - self._clock.monotonic(), 0.0)

    def _note_failure(self, error: IndexerError | IndexerUnavailableError) -> None:
        """Begin a cooldown."""
        self.health.mark_down(error)
        self._last_error = error
        pause = _BACKOFF[min(self._failures, len(_BACKOFF) - 1)]
        self._failures += 1
        if isinstance(error, IndexerUnavailableError):
            pause = max(pause, error.retry_after or 0.0)
        self._free_at = self._clock.monotonic() + pause

    def _note_answer(self) -> None:
        """Reset the cooldowns."""
        self.health.mark_up()
        self._failures = 0


def _check(answer: HttpResponse, now: float) -> None:
    """Raise the typed error of a status; an error document may come with any."""
    if answer.status in {401, 403}:
        raise IndexerAuthError(f"status {answer.status}")
    if answer.is_retryable:
        raise IndexerUnavailableError(
            f"status {answer.status}", retry_after=answer.retry_after(now)
        )
    if answer.status != 200:
        parse_results(answer.body, base_url="")
        raise IndexerError(f"status {answer.status}")
