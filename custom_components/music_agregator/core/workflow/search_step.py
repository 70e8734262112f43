"""SearchStep: search the indexers for a run's album, and save what they offer."""

from dataclasses import dataclass
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


@dataclass(eq=False, kw_only=True, repr=False)
class SearchStep:
    """The step of a run in `searching`."""

    journal: Journal
    service: MusicAgregatorService
    finder: ReleaseFinder
    clock: Clock

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

        return await self.journal.record(run, S.PARSING_RESULTS, data, also=save)

    async def search(self, run: Run) -> SearchResult:
        """Search once for what a run wants."""
        album = await self.service.saved_album(run.album_id)
        return await self.finder.find(album, run.profiles)

    async def _search_until_answered(self, run: Run) -> SearchResult:
        until = self.clock.monotonic() + _LONGEST_WAIT
        while True:
            found = await self.search(run)
            if not found.all_failed:
                return found
            pause = found.retry_after
            if pause is None or self.clock.monotonic() + pause > until:
                raise IndexersFailedError(detail=found.failures)
            await self.clock.sleep(max(pause, 1.0))


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
