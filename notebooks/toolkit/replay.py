"""Replay: read another program's store: its events, and its searches decided again."""

from html import escape
from typing import Any, Self, override

import ipywidgets as widgets
from music_agregator import Run
from music_agregator.events.history import History
from music_agregator.model import Candidate
from music_agregator.standalone.environment import PREFIX
from music_agregator.store import schema
from music_agregator.store.read_only import ReadOnlyDatabase

from .displayable import Displayable, Table
from .plots import Plot, time_line
from .ranking import Ranking
from .sandboxed import environment_or_sandbox
from .story import Runs, Story, clock


class Replay(Displayable):
    """A store of Home Assistant's recorder, or of another notebook; never written to."""

    def __init__(self, database: ReadOnlyDatabase, store_id: str) -> None:
        self.history = History(database)
        self.store_id = store_id
        self._database = database

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open the path of a SQLite file, or a SQLAlchemy URL such as the recorder's.

        Raises StoreError where no such database is, StoreMissingError where it has no
        tables of ours, StoreTooOldError, StoreTooNewError.
        """
        database = ReadOnlyDatabase(url)
        try:
            return cls(database, await database.read(schema.check))
        except BaseException:
            await database.close()
            raise

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()

    async def runs(self, limit: int = 1_000) -> Runs:
        """Return the runs, newest first."""
        return Runs(await self.history.runs(limit=limit))

    async def story(self, run: Run | str | None = None) -> Story:
        """Return the events of a run, or of all of them, from the first to the last."""
        run_id = run.run_id if isinstance(run, Run) else run
        return Story(await self.history.run_events(run_id))

    async def time_line(self) -> Plot:
        """Return when every run was in which status."""
        story = await self.story()
        return time_line(story, story.names)

    async def search(self, run: Run | str) -> Ranking:
        """Return what a run found, ranked as it was then: rank it `again` as you like.

        Raises RunNotFoundError, AlbumNotFoundError.
        """
        run_id = run.run_id if isinstance(run, Run) else run
        return Ranking.of_saved(await self.history.saved_search(run_id))

    def __str__(self) -> str:
        """Return which store it is."""
        return f"The store {self.store_id}, to be read only"

    @override
    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>"


async def open_replay(url: str | None = None) -> Replay:
    """Open a database, the one that the environment names, or the sandbox's.

    Raises NotConfiguredError, and as `Replay.open` does.
    """
    if url is None:
        environment = await environment_or_sandbox(
            "HOUSE_DATABASE", home_assistant=True
        )
        url = environment[f"{PREFIX}HOUSE_DATABASE"]
    if (before := _OPEN.pop(url, None)) is not None:
        await before.close()
    replay = _OPEN[url] = await Replay.open(url)
    return replay


# A cell is run again and again: each database is open once.
_OPEN: dict[str, Replay] = {}


class Comparison(Displayable):
    """Two rankings of the same releases, side by side."""

    def __init__(self, before: Ranking, after: Ranking) -> None:
        """Raise ValueError for rankings of two searches."""
        if before.offers is not after.offers:
            raise ValueError("The rankings are not of the same search: use `again`")
        self.before = before
        self.after = after

    @property
    def is_same(self) -> bool:
        """Return whether the same release is picked."""
        return _pick(self.before) == _pick(self.after)

    def __str__(self) -> str:
        """Return both picks, and what moved."""
        return f"{self._sentence}\n{self._table}"

    @override
    def _repr_html_(self) -> str:
        return f"<p>{escape(self._sentence)}</p>{self._table._repr_html_()}"

    @property
    def _sentence(self) -> str:
        before, after = _pick(self.before), _pick(self.after)
        if before == after:
            return f"The pick stays: {before}"
        return f"The pick was: {before}. It would be: {after}"

    @property
    def _table(self) -> Table:
        ranks = {self.before.key_of(one): _place(one) for one in self.before.candidates}
        return Table(
            ("now", "then", "title"),
            [
                (
                    _place(one),
                    ranks[self.before.key_of(one)],
                    one.release.title,
                )
                for one in self.after.candidates[:10]
            ],
        )


def _pick(ranking: Ranking) -> str:
    return ranking.best.release.title if ranking.best else "nothing"


def _place(candidate: Candidate) -> str:
    return f"{candidate.rank}" if candidate.accepted else f"{candidate.rank} (no)"


class Player(widgets.VBox):
    """Plays a story event by event: how all of it stood at any time."""

    def __init__(self, story: Story) -> None:
        self._story = story
        last = max(len(story) - 1, 0)
        play = widgets.Play(value=last, max=last, interval=300, description="Play")
        self.slider = widgets.IntSlider(last, 0, last, description="Event")
        widgets.jslink((play, "value"), (self.slider, "value"))
        self.shown = widgets.HTML()
        self.slider.observe(self._show, "value")
        super().__init__([widgets.HBox([play, self.slider]), self.shown])
        self._show()

    def __repr__(self) -> str:
        return f"{len(self._story)} events to play"

    def _show(self, _: Any = None) -> None:
        if not self._story:
            self.shown.value = "<p>There are no events.</p>"
            return
        then = Story(list(self._story)[: self.slider.value + 1])
        event = then[-1]
        self.shown.value = (
            f"<p>Event {event.seq}, {clock(event.at)}</p>{then.standing._repr_html_()}"
        )
