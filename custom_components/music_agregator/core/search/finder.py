"""ReleaseFinder: search with wider and wider queries until a release is acceptable."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..common.clock import Clock
from ..common.rate_limit import Urgency
from ..decision import decide_ladder
from ..model import Album, Candidate, Release
from ..quality import QualityProfile
from ..settings import Preferences
from ..store import blocklist
from ..store.database import Database
from .indexer import REQUESTS
from .indexer_service import IndexerReport, IndexerService
from .queries import Query, queries_for


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """The queries of a search, how the indexers did, and the ranked candidates.

    `preferences` are those that decided, with the blocklist.
    """

    queries: tuple[Query, ...]
    reports: tuple[IndexerReport, ...]
    preferences: Preferences
    profile: QualityProfile
    candidates: tuple[Candidate, ...]

    @property
    def accepted(self) -> tuple[Candidate, ...]:
        """Return the acceptable candidates, best first."""
        return tuple(c for c in self.candidates if c.accepted)

    @property
    def all_failed(self) -> bool:
        """Return whether no indexer answered at all."""
        return not any(report.has_answered for report in self.reports)

    @property
    def failures(self) -> str:
        """Return the error code of each failed indexer, in one line."""
        failed = {f"{r.indexer}: {r.error.code}" for r in self.reports if r.error}
        return ", ".join(sorted(failed))

    @property
    def retry_after(self) -> float | None:
        """Return when searching again may help (seconds); None if it cannot."""
        waits = [report.retry_after for report in self.reports]
        return min((wait for wait in waits if wait is not None), default=None)


class ReleaseFinder:
    """Searches the indexers, and decides."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        indexers: IndexerService,
        preferences: Preferences,
    ) -> None:
        self._database = database
        self._clock = clock
        self._indexers = indexers
        self._preferences = preferences

    async def preferences(self, album: Album) -> Preferences:
        """Return the preferences for an album, with its blocklist."""
        names = await self._database.read(
            blocklist.names, album_id=album.album_id, now=self._clock.now()
        )
        return replace(self._preferences, blocked_hashes=names, blocked_guids=names)

    async def find(
        self,
        album: Album,
        ladder: Sequence[QualityProfile],
        *,
        requests: int = REQUESTS,
        urgency: Urgency = Urgency.RUN,
    ) -> SearchResult:
        """Return the candidates for an album; the decision is made in a thread.

        Tries the next query while nothing is acceptable, an indexer answers, and each
        indexer's budget of `requests` lasts. Never raises for a bad indexer.
        """
        preferences = await self.preferences(album)
        search = self._indexers.open_session(requests, urgency)
        releases: dict[Release, None] = {}
        asked: list[Query] = []
        profile, candidates = ladder[0], list[Candidate]()
        for query in queries_for(album):
            answers = await search.ask(query)
            asked.append(query)
            new = [release for release in answers if release not in releases]
            if new:
                releases |= dict.fromkeys(new)
                profile, candidates = await asyncio.to_thread(
                    decide_ladder, album, ladder, tuple(releases), preferences
                )
            if (candidates and candidates[0].accepted) or search.is_over:
                break
        return SearchResult(
            queries=tuple(asked),
            reports=search.reports,
            preferences=preferences,
            profile=profile,
            candidates=tuple(candidates),
        )
