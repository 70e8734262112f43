"""IndexerService: ask every indexer at once, and let no bad one spoil the others."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
import logging

from aiohttp import ClientSession

from .clock import Clock, within
from .errors import (
    IndexerAuthError,
    IndexerError,
    IndexerUnavailableError,
    MusicAgregatorError,
)
from .model import Album, Release
from .names import VARIOUS_ARTISTS, normalise
from .settings import IndexerSettings
from .torznab import MUSIC_CATEGORIES, Caps, parse_caps, parse_page, parse_results
from .web import Answer, TooLargeError, UnreachableError, follow

_LOGGER = logging.getLogger(__name__)

ANSWER_LIMIT = 16 * 1024 * 1024
PAGES = 10
SPACING = 2.0
_REQUEST_SECONDS = 60.0
_INDEXER_SECONDS = 120.0
# How long an indexer is left alone after its nth failure in a row (seconds).
_BACKOFF = (30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 10_800.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """What is looked for."""

    artist: str
    album: str

    @property
    def text(self) -> str:
        """Return it in one line."""
        return f"{self.artist} {self.album}".strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexerReport:
    """How one indexer did."""

    indexer: str
    count: int = 0
    seconds: float = 0.0
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


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchOutcome:
    """What all indexers brought."""

    releases: tuple[Release, ...]
    reports: tuple[IndexerReport, ...]

    @property
    def all_failed(self) -> bool:
        """Say whether no indexer answered."""
        return all(report.error is not None for report in self.reports)

    @property
    def retry_after(self) -> float | None:
        """Return when asking again may help (seconds); None if it cannot."""
        waits = [report.retry_after for report in self.reports]
        return min((wait for wait in waits if wait is not None), default=None)


def queries_for(album: Album) -> tuple[Query, ...]:
    """Return what to ask for an album."""
    various = normalise(album.artist) in VARIOUS_ARTISTS
    return (Query(artist="" if various else album.artist, album=album.title),)


class TorznabIndexer:
    """One indexer: its caps, its pace, and how long it is to be left alone."""

    def __init__(
        self, session: ClientSession, clock: Clock, settings: IndexerSettings
    ) -> None:
        self._session = session
        self._clock = clock
        self._settings = settings
        self._caps: Caps | None = None
        self._failures = 0
        self._free_at = 0.0
        self._next_request = 0.0
        self._turn = asyncio.Lock()

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self._settings.name

    async def caps(self) -> Caps:
        """Return what it can do, asked once.

        Raises IndexerAuthError, IndexerError, IndexerUnavailableError.
        """
        if self._caps is None:
            self._caps = parse_caps(await self._ask({"t": "caps"}))
        return self._caps

    async def search(self, query: Query) -> list[Release]:
        """Return what it has. Raises as `caps` does, at once while left alone."""
        async with self._turn:
            return await self._search_in_turn(query)

    async def _search_in_turn(self, query: Query) -> list[Release]:
        """Search; the time limit begins when it is one's turn."""
        if self.pause:
            raise IndexerUnavailableError("left alone for now")
        try:
            releases = await within(self._clock, _INDEXER_SECONDS, self._search(query))
        except TimeoutError:
            error = IndexerUnavailableError("too slow")
            self._note_failure(error)
            raise error from None
        except (IndexerError, IndexerUnavailableError) as error:
            self._note_failure(error)
            raise
        if self._failures:
            _LOGGER.info("Indexer %s answers again", self.name)
        self._failures = 0
        return releases

    async def _search(self, query: Query) -> list[Release]:
        caps = await self.caps()
        releases: list[Release] = []
        if caps.finds_albums and query.artist:
            releases = await self._pages(
                caps, {"t": "music", "artist": query.artist, "album": query.album}
            )
        if not releases:
            releases = await self._pages(caps, {"t": "search", "q": query.text})
        return [
            replace(release, indexer=release.indexer or self.name)
            for release in releases
        ]

    async def _pages(self, caps: Caps, params: Mapping[str, str]) -> list[Release]:
        categories = ",".join(map(str, MUSIC_CATEGORIES))
        found: dict[str, Release] = {}
        for page in range(PAGES):
            body = await self._ask(
                {
                    **params,
                    "cat": categories,
                    "extended": "1",
                    "limit": str(caps.page_size),
                    "offset": str(page * caps.page_size),
                }
            )
            answer = await asyncio.to_thread(
                parse_page, body, base_url=self._settings.url
            )
            new = {r.guid: r for r in answer.releases if r.guid not in found}
            found |= new
            if not new or answer.item_count < caps.page_size:
                break
        return list(found.values())

    async def _ask(self, params: Mapping[str, str]) -> bytes:
        key = {"apikey": self._settings.api_key} if self._settings.api_key else {}
        now = self._clock.now()
        slot = max(now, self._next_request)
        self._next_request = slot + SPACING
        if slot > now:
            await self._clock.sleep(slot - now)
        try:
            answer = await follow(
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
        """Leave it alone for a while; the log says so once, until it answers again."""
        if not self._failures:
            _LOGGER.warning("Indexer %s fails: %s (%s)", self.name, error.code, error)
        pause = _BACKOFF[min(self._failures, len(_BACKOFF) - 1)]
        self._failures += 1
        if isinstance(error, IndexerUnavailableError):
            pause = max(pause, error.retry_after or 0.0)
        self._free_at = self._clock.now() + pause


def _check(answer: Answer, now: float) -> None:
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

    async def search(self, queries: Sequence[Query]) -> SearchOutcome:
        """Return what every indexer brought and how it did; never raises for one."""
        answers = await asyncio.gather(
            *(self._one(indexer, queries) for indexer in self._indexers)
        )
        return SearchOutcome(
            releases=tuple(release for found, _ in answers for release in found),
            reports=tuple(report for _, report in answers),
        )

    async def _one(
        self, indexer: TorznabIndexer, queries: Sequence[Query]
    ) -> tuple[list[Release], IndexerReport]:
        started = self._clock.now()
        releases: list[Release] = []
        failure: MusicAgregatorError | None = None
        try:
            for query in queries:
                releases += await indexer.search(query)
        except (IndexerError, IndexerUnavailableError) as error:
            failure = error
        except Exception:
            _LOGGER.exception("Indexer %s answered what we cannot read", indexer.name)
            failure = IndexerError("unexpected")
        return releases, IndexerReport(
            indexer=indexer.name,
            count=len(releases),
            seconds=self._clock.now() - started,
            error=failure,
            retry_after=indexer.pause
            if failure and not isinstance(failure, IndexerAuthError)
            else None,
        )
