"""RunView: watch a run, choose for it, and cancel it."""

import asyncio
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from html import escape
from typing import Any

import ipywidgets as widgets
from music_agregator import AlbumEvent, App, MusicAgregatorError, Run, summarize
from music_agregator.downloads.monitor import Progress
from music_agregator.errors import ClosingError
from music_agregator.model import Candidate, WorkflowStatus as S
from music_agregator.transitions import ENDS

from .ranking import Row
from .story import Story
from .table import HINT, CandidateTable, details
from .task_status import TaskStatus, wait_interruptibly

# The percentage of each status before a download reports its own.
_STEPS = (
    *(S.FETCHING_METADATA, S.CHECKING_OWNED, S.SEARCHING, S.PARSING_RESULTS),
    *(S.AWAITING_SELECTION, S.ADDING_TORRENT, S.COMPLETE, S.DOWNLOADING, S.DOWNLOADED),
)
_MOST_CHOICES = 200


class RunView(widgets.VBox):
    """Shows a run from its first event on; `await` it for its end.

    The run belongs to the App: it continues without a view, and when the waiting cell is
    interrupted.
    """

    def __init__(self, app: App, run: Run) -> None:
        self.run = run
        self.story = Story(())
        self._app = app
        self.bar = widgets.IntProgress(0, 0, 100, layout=widgets.Layout(width="60%"))
        self.bar.description = "0 %"
        self._now = widgets.HTML()
        self.steps = widgets.HTML()
        self._events = widgets.HTML()
        self.cancel_button = widgets.Button(description="Cancel", icon="stop")
        self.task_status = TaskStatus()
        self.health = widgets.HTML()
        self._choice = _Choice(self._select)
        self.cancel_button.on_click(lambda _: self.task_status.start(self.cancel()))
        events = widgets.Accordion([self._events], titles=["Events"])
        super().__init__(
            [
                self._now,
                widgets.HBox([self.bar, self.cancel_button]),
                self.steps,
                self._choice,
                self.health,
                self.task_status,
                events,
            ]
        )
        self._error: MusicAgregatorError | None = None
        self._news = asyncio.Event()
        self._stops = (
            app.monitor.progress.connect(self._progress),
            app.client_health.changed.connect(self._tell_health),
        )
        self._following = asyncio.get_running_loop().create_task(self._follow())

    def __repr__(self) -> str:
        last = self.story[-1] if self.story else None
        now = f"{last.status}: {summarize(last)}" if last else self.run.status
        return f"{self._name} {now}"

    def __await__(self) -> Generator[Any, None, Story]:
        return self.ended().__await__()

    async def ended(self) -> Story:
        """Wait for the run's end, and return its story.

        Raises ClosingError when the session is closed meanwhile, StoreError.
        """
        await wait_interruptibly(self._following)
        if self._error is not None:
            raise self._error
        return self.story

    async def reached(self, status: str) -> AlbumEvent | None:
        """Wait for a status, and return its event; None if the run ends without it.

        Raises as `ended` does.
        """
        while True:
            for event in self.story:
                if event.status == status:
                    return event
            if self._following.done():
                await self.ended()
                return None
            self._news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), 1.0)

    async def cancel(self, *, delete_files: bool = False) -> None:
        """End the run; its torrent goes too, if no other run holds it."""
        await self._app.cancel(self.run.run_id, delete_files=delete_files)

    async def choose(self, rank: int | None) -> None:
        """Choose a release for a waiting run; None: none of them."""
        await self._app.select(self.run.run_id, rank)

    @property
    def is_waiting(self) -> bool:
        """Return whether it waits for a choice."""
        return bool(self.story) and self.story[-1].status is S.AWAITING_SELECTION

    @property
    def _name(self) -> str:
        return f"{self.run.artist} - {self.run.album_title} ({self.run.quality})"

    async def _follow(self) -> None:
        try:
            async for event in self._app.run_events(self.run.run_id):
                self.story = Story((*self.story, event))
                self.run = await self._app.history.run(self.run.run_id)
                await self._show(event)
                self._news.set()
            if self.run.status not in ENDS:
                raise ClosingError
        except MusicAgregatorError as error:
            self._error = error
            self.task_status.tell(error)
        finally:
            self._news.set()
            for stop in self._stops:
                stop()
            self.cancel_button.disabled = True

    async def _show(self, event: AlbumEvent) -> None:
        status = event.status
        self.steps.value = _steps(self.story)
        if status is S.DOWNLOADING:
            self._percent(event.data["percent"])
        if status is S.DOWNLOADED:
            self._percent(100)
        if status in ENDS and status is not S.DOWNLOADED:
            self.bar.bar_style = "warning"
        self._now.value = (
            f"<b>{escape(self._name)}</b>"
            f" {escape(status.replace('_', ' '))}: {escape(summarize(event))}"
        )
        self._events.value = self.story._repr_html_()
        if status is S.AWAITING_SELECTION:
            await self._offer()
        else:
            self._choice.close_up()

    async def _offer(self) -> None:
        """Show the candidates to choose from."""
        _, found = await self._app.history.candidates(
            self.run.run_id, limit=_MOST_CHOICES
        )
        self._choice.offer(found)

    def _tell_health(self) -> None:
        health = str(self._app.client_health)
        self.health.value = f'<p role="alert">{escape(health)}</p>' if health else ""

    def _progress(self, progress: Progress) -> None:
        if progress.run_id == self.run.run_id:
            self._percent(progress.percent)

    def _percent(self, percent: int) -> None:
        self.bar.value = percent
        self.bar.description = f"{percent} %"
        if percent == 100:
            self.bar.bar_style = "success"

    def _select(self, rank: int | None) -> None:
        self.task_status.start(self.choose(rank), "Following its link ...")


def _steps(story: Story) -> str:
    """Return the steps as boxes: done, in progress, or where the run ended without music."""
    last = story[-1].status
    reached = max(_STEPS.index(e.status) for e in story if e.status in _STEPS)
    here = "☑" if last is S.DOWNLOADED else "☒" if last in ENDS else "▶"
    return " ".join(
        f"{'☑' if place < reached else here if place == reached else '☐'}"
        f" {step.replace('_', ' ')} "
        for place, step in enumerate(_STEPS)
        if step is not S.AWAITING_SELECTION or step is last
    )


class _Choice(widgets.VBox):
    """The releases that a run waits to have one chosen of."""

    def __init__(self, select: Callable[[int | None], None]) -> None:
        self._offered: dict[int | None, Candidate] = {}
        self.table = CandidateTable()
        self._details = widgets.HTML(HINT)
        self._take = widgets.Button(
            description="Take it", icon="check", button_style="primary", disabled=True
        )
        self._none = widgets.Button(description="None of them", icon="times")
        self.table.observe(self._tell, "chosen")
        self._take.on_click(lambda _: select(self.table.chosen))
        self._none.on_click(lambda _: select(None))
        super().__init__()

    def offer(self, found: Iterable[Candidate]) -> None:
        """Show the saved candidates of a run."""
        self._offered = {one.rank: one for one in found}
        self.table.show([Row.of(one.rank, one) for one in self._offered.values()])
        buttons = widgets.HBox([self._take, self._none])
        self._put(self.table, self._details, buttons)

    def close_up(self) -> None:
        """Hide it."""
        self._put()

    def _put(self, *parts: widgets.Widget) -> None:
        self.children = parts

    def _tell(self, _: Any) -> None:
        chosen = self._offered.get(self.table.chosen)
        self._details.value = details(chosen) if chosen else HINT
        self._take.disabled = chosen is None
