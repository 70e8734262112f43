"""IndexerService: search all indexers at once; a bad one does not affect the others."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
import logging

from aiohttp import ClientSession

from ..common.clock import Clock
from ..common.health import ServiceHealth
from ..common.rate_limit import Urgency
from ..errors import (
    IndexerAuthError,
    IndexerError,
    IndexerUnavailableError,
    MusicAgregatorError,
)
from ..model import Release
from ..settings import IndexerSettings
from .indexer import MOST_RELEASES, REQUESTS, RequestBudget, TorznabIndexer
from .queries import Query

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexerReport:
    """How one indexer did in a search."""

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
        """Return the health of each indexer, by its id."""
        return {indexer.indexer_id: indexer.health for indexer in self._indexers}

    async def check(self) -> None:
        """Find out which of them answer."""
        await asyncio.gather(*(indexer.check() for indexer in self._indexers))

    async def recent(self) -> list[Release]:
        """Return the newest releases of all indexers; one that fails has none."""
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

    def open_session(
        self, requests: int = REQUESTS, urgency: Urgency = Urgency.RUN
    ) -> "SearchSession":
        """Return a search of all indexers, with a budget for each."""
        return SearchSession(self._indexers, self._clock, requests, urgency)


class SearchSession:
    """One search of all indexers: its queries, and how each indexer did."""

    def __init__(
        self,
        indexers: Sequence[TorznabIndexer],
        clock: Clock,
        requests: int,
        urgency: Urgency,
    ) -> None:
        self._clock = clock
        self._urgency = urgency
        self._budgets = {indexer: RequestBudget(requests) for indexer in indexers}
        self._reports = {i: IndexerReport(indexer=i.name) for i in indexers}
        self._known: dict[TorznabIndexer, set[tuple[object, ...]]] = {
            indexer: set() for indexer in indexers
        }

    @property
    def reports(self) -> tuple[IndexerReport, ...]:
        """Return how every indexer did so far."""
        return tuple(self._reports.values())

    @property
    def is_over(self) -> bool:
        """Return whether no indexer can be searched further."""
        return all(
            budget.is_spent or self._reports[indexer].error is not None
            for indexer, budget in self._budgets.items()
        )

    async def ask(self, query: Query) -> list[Release]:
        """Return the releases of all indexers that have not failed."""
        asked = [
            indexer
            for indexer, budget in self._budgets.items()
            if self._reports[indexer].error is None and not budget.is_spent
        ]
        answers = await asyncio.gather(*(self._one(i, query) for i in asked))
        return [release for releases in answers for release in releases]

    async def _one(self, indexer: TorznabIndexer, query: Query) -> list[Release]:
        started = self._clock.monotonic()
        releases: list[Release] = []
        failure: MusicAgregatorError | None = None
        try:
            releases = await indexer.search(
                query, self._budgets[indexer], self._urgency
            )
        except (IndexerError, IndexerUnavailableError) as error:
            failure = error
        except Exception:
            _LOGGER.exception("Indexer %s answered what we cannot read", indexer.name)
            failure = IndexerError("unexpected")
        report = self._reports[indexer]
        known = self._known[indexer]
        # An indexer that has ever more to offer is cut off.
        releases = [
            r for r in releases if r.identity in known or len(known) < MOST_RELEASES
        ]
        known.update(release.identity for release in releases)
        can_retry = failure and not isinstance(failure, IndexerAuthError)
        self._reports[indexer] = replace(
            report,
            count=len(known),
            has_answered=report.has_answered or failure is None,
            seconds=report.seconds + self._clock.monotonic() - started,
            error=failure,
            retry_after=indexer.pause if can_retry else None,
        )
        return releases
