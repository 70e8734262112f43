"""IndexerService: ask every indexer at once, and let no bad one spoil the others."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
import logging

from aiohttp import ClientSession

from .common.clock import Clock, within
from .common.health import ServiceHealth
from .common.http import (
    HttpResponse,
    TooLargeError,
    UnreachableError,
    fetch_with_redirects,
)
from .common.rate_limit import RateLimit
from .errors import (
    IndexerAuthError,
    IndexerError,
    IndexerUnavailableError,
    MusicAgregatorError,
)
from .model import Release
from .queries import Query, Rung
from .settings import IndexerSettings
from .torznab import (
    MUSIC_CATEGORIES,
    Caps,
    Page,
    parse_caps,
    parse_page,
    parse_results,
)

_LOGGER = logging.getLogger(__name__)

ANSWER_LIMIT = 16 * 1024 * 1024
PAGES = 5
# For one album, over all queries and pages.
REQUESTS = 32
SPACING = 2.0
_REQUEST_SECONDS = 60.0
_INDEXER_SECONDS = 120.0
# How long an indexer is left alone after its nth failure in a row (seconds).
_BACKOFF = (30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 10_800.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexerReport:
    """How one indexer did."""

    indexer: str
    count: int = 0
    seconds: float = 0.0
    has_answered: bool = False
    error: MusicAgregatorError | None = None
    retry_after: float | None = None

    def as_dict(self) -> dict[str, str | int | float]:
        """Return it for an event."""
        known: dict[str, str | int | float] = {
            "indexer": self.indexer,
            "count": self.count,
            "seconds": round(self.seconds, 1),
        }
        if self.error is not None:
            known |= {"error": self.error.code, "detail": str(self.error)}
        return known


class Allowance:
    """How many requests one search may still make of one indexer."""

    def __init__(self, requests: int = REQUESTS) -> None:
        self._left = requests

    @property
    def is_spent(self) -> bool:
        """Say whether nothing is left."""
        return self._left <= 0

    def spend(self) -> None:
        """Take one request off."""
        self._left -= 1


class TorznabIndexer:
    """One indexer: its caps, its pace, and how long it is to be left alone."""

    def __init__(
        self, session: ClientSession, clock: Clock, settings: IndexerSettings
    ) -> None:
        self._session = session
        self._clock = clock
        self._settings = settings
        self._caps: Caps | None = None
        self.health = ServiceHealth(f"Indexer {settings.name}", clock)
        self._failures = 0
        self._free_at = 0.0
        self._rate_limit = RateLimit(clock, SPACING)
        self._turn = asyncio.Lock()

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self._settings.name

    @property
    def indexer_id(self) -> str:
        """Return the host's own id of it."""
        return self._settings.indexer_id

    async def check(self) -> None:
        """Find out whether it answers, unless it is left alone; never raises."""
        async with self._turn:
            if self.pause:
                return
            try:
                asking = self._ask({"t": "caps"})
                answer = await within(self._clock, _INDEXER_SECONDS, asking)
                self._caps = await asyncio.to_thread(parse_caps, answer)
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
        """Return what it can do, asked once.

        Raises IndexerAuthError, IndexerError, IndexerUnavailableError.
        """
        if self._caps is None:
            self._caps = parse_caps(await self._ask({"t": "caps"}))
        return self._caps

    async def search(
        self, query: Query, allowance: Allowance | None = None
    ) -> list[Release]:
        """Return what it has. Raises as `caps` does, at once while left alone."""
        async with self._turn:
            return await self._in_time(
                partial(self._search, query, allowance or Allowance())
            )

    async def recent(self) -> list[Release]:
        """Return what is new, in one request. Raises as `search` does."""
        async with self._turn:
            return await self._in_time(self._recent)

    async def _in_time(
        self, work: Callable[[], Awaitable[list[Release]]]
    ) -> list[Release]:
        """Do some work; the time limit begins when it is one's turn."""
        if self.pause:
            raise IndexerUnavailableError("left alone for now")
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

    async def _search(self, query: Query, allowance: Allowance) -> list[Release]:
        caps = await self.caps()
        releases: list[Release] = []
        if caps.finds_albums and query.artist and query.rung is not Rung.DASHED:
            names = {"artist": query.artist, "album": query.album}
            known = {name: value for name, value in names.items() if value}
            releases = await self._pages(caps, {"t": "music", **known}, allowance)
        if not releases:
            text = {"t": "search", "q": query.text}
            releases = await self._pages(caps, text, allowance)
        return [replace(release, indexer=self.name) for release in releases]

    async def _recent(self) -> list[Release]:
        caps = await self.caps()
        releases = await self._pages(caps, {"t": "search"}, Allowance(1))
        return [replace(release, indexer=self.name) for release in releases]

    async def _pages(
        self, caps: Caps, params: Mapping[str, str], allowance: Allowance
    ) -> list[Release]:
        categories = ",".join(map(str, MUSIC_CATEGORIES))
        found: dict[str, Release] = {}
        for page in range(PAGES):
            if allowance.is_spent:
                break
            allowance.spend()
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
                # What the pages before have brought is not lost.
                break
            new = {r.guid: r for r in answer.releases if r.guid not in found}
            found |= new
            if not new or answer.item_count < caps.page_size:
                break
        return list(found.values())

    async def _page(self, params: Mapping[str, str]) -> Page:
        body = await self._ask(params)
        return await asyncio.to_thread(parse_page, body, base_url=self._settings.url)

    async def _ask(self, params: Mapping[str, str]) -> bytes:
        key = {"apikey": self._settings.api_key} if self._settings.api_key else {}
        await self._rate_limit.wait()
        try:
            answer = await fetch_with_redirects(
                self._session,
                self._clock,
                self._settings.url,
                params={**params, **key},
                limit=ANSWER_LIMIT,
                seconds=_REQUEST_SECONDS,
            )
        except TooLargeError:
            raise IndexerError("an answer of more than 16 MiB") from None
        except UnreachableError as error:
            raise IndexerUnavailableError(str(error)) from None
        _check(answer, self._clock.now())
        return answer.body

    @property
    def pause(self) -> float:
        """Return for how long it is to be left alone (seconds)."""
        return max(self._free_at - self._clock.now(), 0.0)

    def _note_failure(self, error: IndexerError | IndexerUnavailableError) -> None:
        """Leave it alone for a while."""
        self.health.mark_down(error)
        pause = _BACKOFF[min(self._failures, len(_BACKOFF) - 1)]
        self._failures += 1
        if isinstance(error, IndexerUnavailableError):
            pause = max(pause, error.retry_after or 0.0)
        self._free_at = self._clock.now() + pause

    def _note_answer(self) -> None:
        """Trust it again."""
        self.health.mark_up()
        self._failures = 0


def _check(answer: HttpResponse, now: float) -> None:
    """Raise the typed error of a status; error documents come with any."""
    if answer.status in {401, 403}:
        raise IndexerAuthError(f"status {answer.status}")
    if answer.status == 429 or answer.status >= 500:
        raise IndexerUnavailableError(
            f"status {answer.status}", retry_after=answer.retry_after(now)
        )
    if answer.status != 200:
        parse_results(answer.body, base_url="")
        raise IndexerError(f"status {answer.status}")


class IndexerService:
    """All indexers at once."""

    def __init__(
        self,
        session: ClientSession,
        clock: Clock,
        indexers: Sequence[IndexerSettings],
    ) -> None:
        self._clock = clock
        self._indexers = [TorznabIndexer(session, clock, one) for one in indexers]

    @property
    def names(self) -> list[str]:
        """Return the indexers' names."""
        return [indexer.name for indexer in self._indexers]

    @property
    def health(self) -> dict[str, ServiceHealth]:
        """Return how each indexer is, by its id."""
        return {indexer.indexer_id: indexer.health for indexer in self._indexers}

    async def check(self) -> None:
        """Find out which of them answer."""
        await asyncio.gather(*(indexer.check() for indexer in self._indexers))

    async def recent(self) -> list[Release]:
        """Return what all of them have that is new; one that fails has nothing."""
        answers = await asyncio.gather(
            *(indexer.recent() for indexer in self._indexers), return_exceptions=True
        )
        found: list[Release] = []
        for answer in answers:
            if isinstance(answer, list):
                found += answer
            elif not isinstance(answer, (IndexerError, IndexerUnavailableError)):
                raise answer
        return found

    def begin(self, requests: int = REQUESTS) -> "Search":
        """Return a search of all of them, with an allowance for each."""
        return Search(self._indexers, self._clock, requests)


class Search:
    """One search of all indexers: several queries, and how each indexer did."""

    def __init__(
        self, indexers: Sequence[TorznabIndexer], clock: Clock, requests: int
    ) -> None:
        self._clock = clock
        self._allowances = {indexer: Allowance(requests) for indexer in indexers}
        self._reports = {i: IndexerReport(indexer=i.name) for i in indexers}
        self._guids: dict[TorznabIndexer, set[str]] = {i: set() for i in indexers}

    @property
    def reports(self) -> tuple[IndexerReport, ...]:
        """Return how every indexer did so far."""
        return tuple(self._reports.values())

    @property
    def is_over(self) -> bool:
        """Say whether no indexer can be asked further."""
        return all(
            allowance.is_spent or self._reports[indexer].error is not None
            for indexer, allowance in self._allowances.items()
        )

    async def ask(self, query: Query) -> list[Release]:
        """Return what all indexers have; one that failed is asked no more."""
        asked = [
            indexer
            for indexer, allowance in self._allowances.items()
            if self._reports[indexer].error is None and not allowance.is_spent
        ]
        answers = await asyncio.gather(*(self._one(i, query) for i in asked))
        return [release for releases in answers for release in releases]

    async def _one(self, indexer: TorznabIndexer, query: Query) -> list[Release]:
        started = self._clock.now()
        releases: list[Release] = []
        failure: MusicAgregatorError | None = None
        try:
            releases = await indexer.search(query, self._allowances[indexer])
        except (IndexerError, IndexerUnavailableError) as error:
            failure = error
        except Exception:
            _LOGGER.exception("Indexer %s answered what we cannot read", indexer.name)
            failure = IndexerError("unexpected")
        report = self._reports[indexer]
        self._guids[indexer].update(release.guid for release in releases)
        can_retry = failure and not isinstance(failure, IndexerAuthError)
        self._reports[indexer] = replace(
            report,
            count=len(self._guids[indexer]),
            has_answered=report.has_answered or failure is None,
            seconds=report.seconds + self._clock.now() - started,
            error=failure,
            retry_after=indexer.pause if can_retry else None,
        )
        return releases
