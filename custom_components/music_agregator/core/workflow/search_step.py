"""SearchStep: search the indexers for a run's album, and save what they offer."""

from typing import Any

from ..common.clock import Clock
from ..errors import IndexersFailedError
from ..events.journal import Journal
from ..metadata.album_service import MusicAgregatorService
from ..model import Candidate, Run, WorkflowStatus as S
from ..search.finder import ReleaseFinder, SearchResult
from ..store import candidates
from .end_reasons import most_common
from .registry import LiveRun

TOP = 5
# How long a run waits while no indexer can be searched (seconds).
_LONGEST_WAIT = 86_400.0


class SearchStep:
    """The step of a run in `searching`."""

    def __init__(
        self,
        *,
        journal: Journal,
        service: MusicAgregatorService,
        finder: ReleaseFinder,
        clock: Clock,
    ) -> None:
        self._journal = journal
        self._service = service
        self._finder = finder
        self._clock = clock

    async def take(self, live: LiveRun) -> Run:
        """Search, and commit the ranked candidates.

        Raises IndexersFailedError when no indexer could be searched for a day.
        """
        run = live.run
        found = await self._search_until_answered(run)
        data = {
            "indexers": [report.as_dict() for report in found.reports],
            "queries": [query.text for query in found.queries],
            "profile": found.profile.value,
            "found": len(found.candidates),
            "accepted": len(found.accepted),
            "why_not": most_common(
                c.reasons[0].code for c in found.candidates if c.reasons
            ),
            "top": [
                candidate_event_data(candidate) for candidate in found.accepted[:TOP]
            ],
        }

        def save(connection: Any, moved: Run) -> Run:
            candidates.save(connection, run.run_id, found.candidates)
            return moved

        return await self._journal.record(run, S.PARSING_RESULTS, data, also=save)

    async def search(self, run: Run) -> SearchResult:
        """Search once for what a run wants."""
        album = await self._service.saved_album(run.album_id)
        return await self._finder.find(album, run.profiles)

    async def _search_until_answered(self, run: Run) -> SearchResult:
        until = self._clock.now() + _LONGEST_WAIT
        while True:
            found = await self.search(run)
            if not found.all_failed:
                return found
            pause = found.retry_after
            if pause is None or self._clock.now() + pause > until:
                raise IndexersFailedError(detail=found.failures)
            await self._clock.sleep(max(pause, 1.0))


def candidate_event_data(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate in the few values that an event has room for."""
    release = candidate.release
    return {
        "rank": candidate.rank,
        "title": release.title[:200],
        "quality": str(candidate.quality),
        "size_bytes": release.size_bytes,
        "seeders": release.seeders,
        "indexers": list(candidate.indexers[:TOP]),
        "score": round(candidate.score, 1),
    }
