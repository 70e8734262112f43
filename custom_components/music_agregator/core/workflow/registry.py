"""WorkflowRegistry: one live run a topic, however many callers ask at once.

In memory; the unique column `live_topic` of the runs holds it in the store.
`runner.py` resumes unfinished runs after a restart.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import LinkError
from ..model import Download, Run, Topic
from ..store import downloads
from ..store.database import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """A user's choice: a candidate's rank, or None for none of them."""

    rank: int | None
    taken: asyncio.Future[Run]

    def reject(self, error: Exception) -> None:
        """Tell the user why the choice was not taken."""
        if not self.taken.done():
            self.taken.set_exception(error)
            # The user may have left.
            self.taken.exception()


class LiveRun:
    """A run in progress: its task, and the newest that is known of it."""

    def __init__(self, run: Run, download: Download | None = None) -> None:
        self.run = run
        self.download = download
        self.started: asyncio.Future[Run] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None
        self.is_cancelled = False
        # A choice would come too late, even while the status still asks for one.
        self.selection_closed = False
        self.selections: deque[Selection] = deque()
        self.wakeup = asyncio.Event()

    def select(self, selection: Selection) -> None:
        """Queue a choice for the run."""
        self.selections.append(selection)
        self.wakeup.set()

    def reject_selections(self, error: Exception) -> None:
        """Reject the choices that the run no longer looks at."""
        while self.selections:
            self.selections.popleft().reject(error)

    def give_up_waiting(self, error: Exception) -> None:
        """Tell everybody who waits for the run that it goes no further."""
        if not self.started.done():
            self.started.set_exception(error)
            self.started.exception()
        self.reject_selections(error)


class WorkflowRegistry:
    """The live runs by topic."""

    def __init__(self) -> None:
        self._live: dict[Topic, LiveRun] = {}

    def get_or_create(
        self, new: Run, download: Download | None = None
    ) -> tuple[LiveRun, bool]:
        """Return the live run of a new run's topic, and whether this call made it."""
        live = self._live.get(new.topic)
        if live is not None:
            return live, False
        live = self._live[new.topic] = LiveRun(new, download)
        return live, True

    def find(self, run_id: str) -> LiveRun | None:
        """Return the live run with that id."""
        return next((live for live in self if live.run.run_id == run_id), None)

    def remove(self, live: LiveRun) -> None:
        """Remove a run that has ended."""
        if self._live.get(live.run.topic) is live:
            del self._live[live.run.topic]

    def __iter__(self) -> Iterator[LiveRun]:
        """Iterate over the live runs."""
        return iter(tuple(self._live.values()))

    def __len__(self) -> int:
        """Return the number of live runs."""
        return len(self._live)


async def load_download(database: Database, live: LiveRun) -> Download:
    """Return the download of a run, from the store the first time.

    Raises LinkError when its row is gone.
    """
    if live.download is None:
        live.download = await database.read(
            downloads.get, download_id=live.run.download_id or ""
        )
    if live.download is None:
        raise LinkError("the download's row is gone")
    return live.download
