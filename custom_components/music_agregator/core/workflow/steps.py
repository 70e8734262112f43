"""MonitorWorkflow: the table of steps, which takes a run from each status to the next.

A step finds a run in one committed status and commits one of its followers
(`transitions.py`), so that resuming is nothing special: `Runner` takes the step of whatever
status the store has.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from ..model import Run, WorkflowStatus as S
from .handover_step import HandoverStep
from .metadata_step import MetadataStep
from .owned_step import OwnedStep
from .registry import LiveRun
from .search_step import SearchStep
from .selection import CandidateSelector

type Step = Callable[[LiveRun], Awaitable[Run]]


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitorWorkflow:
    """The steps of a run; `downloads` are those after the hand-over."""

    metadata: MetadataStep
    owned: OwnedStep
    search: SearchStep
    selector: CandidateSelector
    handover: HandoverStep
    downloads: Mapping[S, Step]

    @property
    def steps(self) -> Mapping[S, Step]:
        """Return the step of each status that is not an end."""
        return {
            S.FETCHING_METADATA: self.metadata.take,
            S.CHECKING_OWNED: self.owned.take,
            S.SEARCHING: self.search.take,
            S.PARSING_RESULTS: self.selector.decide,
            S.AWAITING_SELECTION: self.selector.wait,
            S.ADDING_TORRENT: self.handover.take,
            **self.downloads,
            S.DOWNLOAD_FAILED: self.selector.pick_next,
        }
