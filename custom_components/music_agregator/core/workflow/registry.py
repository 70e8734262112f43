"""WorkflowRegistry: one live run a topic, however many ask at once."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..model import (
    Download,
    Run,
    Topic,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """A person's choice: a candidate's rank, or None for none of them."""

    rank: int | None
    taken: asyncio.Future[Run]


class LiveRun:
    """A run in progress: its task, and the newest that is known of it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.download: Download | None = None
        # How far the download was when it was told last.
        self.percent = 0
        # Whether its files were looked at, and a pack's chosen.
        self.is_looked_into = False
        # Not before is it looked into again.
        self.look_at = 0.0
        self.begun: asyncio.Future[Run] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None
        self.is_cancelled = False
        # Whether a choice would come too late, though the status is not there yet.
        self.is_decided = False
        self.selections: deque[Selection] = deque()
        self.news = asyncio.Event()

    def choose(self, selection: Selection) -> None:
        """Leave a choice to the run."""
        self.selections.append(selection)
        self.news.set()

    def turn_away(self, error: Exception) -> None:
        """Refuse the choices that nobody will look at any more."""
        while self.selections:
            refuse(self.selections.popleft(), error)


def refuse(selection: Selection, error: Exception) -> None:
    """Tell whoever chose why it came to nothing."""
    if not selection.taken.done():
        selection.taken.set_exception(error)
        # Whoever chose may have left.
        selection.taken.exception()


class WorkflowRegistry:
    """The live runs by topic."""

    def __init__(self) -> None:
        self._live: dict[Topic, LiveRun] = {}

    def get_or_create(
        self, topic: Topic, new: Callable[[], Run]
    ) -> tuple[LiveRun, bool]:
        """Return the live run of a topic, and whether this call made it."""
        live = self._live.get(topic)
        if live is not None:
            return live, False
        live = self._live[topic] = LiveRun(new())
        return live, True

    def find(self, run_id: str) -> LiveRun | None:
        """Return the live run with that id."""
        return next((live for live in self if live.run.run_id == run_id), None)

    def remove(self, live: LiveRun) -> None:
        """Forget a run that has ended."""
        if self._live.get(live.run.topic) is live:
            del self._live[live.run.topic]

    def __iter__(self) -> Iterator[LiveRun]:
        """Iterate over the live runs."""
        return iter(tuple(self._live.values()))

    def __len__(self) -> int:
        """Return how many runs live."""
        return len(self._live)
