"""Explorer: inspect a ranking, and change its preferences with sliders."""

import asyncio
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from . import plots
from .plots import Plot
from .ranking import Ranking
from .sliders import PreferenceControls
from .table import HINT, CandidateTable, details

# Plots take longer than the table: they are drawn when the slider rests.
_REST_SECONDS = 0.4

_PLOTS: dict[str, Callable[[Ranking], Plot]] = {
    "Size": plots.size_by_duration,
    "Seeders": plots.seeders_by_score,
    "Rejections": plots.rejections,
}


class Explorer(widgets.VBox):
    """The ranked table, all about the chosen release, sliders, and plots.

    `ranking` is always the one that is shown. Nothing is asked of an indexer.
    """

    def __init__(self, ranking: Ranking) -> None:
        self.ranking = ranking
        self._resting: asyncio.TimerHandle | None = None
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        self.controls = PreferenceControls(
            ranking.profiles,
            ranking.preferences,
            ranking.releases,
            self._turn,
        )
        self.table = CandidateTable()
        self.heading = widgets.HTML()
        self.details = widgets.HTML()
        self._tabs = widgets.Tab(
            [widgets.Image(format="png") for _ in _PLOTS],
            titles=[*_PLOTS],
            selected_index=0,
        )
        self.table.observe(self._tell, "chosen")
        self._tabs.observe(self._draw, "selected_index")
        super().__init__(
            [self.controls, self.heading, self.table, self.details, self._tabs]
        )
        self._show()
        self._draw_soon()

    def __repr__(self) -> str:
        return str(self.ranking)

    def _turn(self) -> None:
        """Rank again by the controls."""
        controls = self.controls
        self.ranking = self.ranking.again(
            *controls.profiles, preferences=controls.preferences
        )
        self._show()
        self._draw_soon()

    def _show(self) -> None:
        self.table.show(self.ranking.rows)
        best = self.ranking.best
        pick = best.release.title if best else "nothing"
        self.heading.value = (
            f"<p>{escape(self.ranking.heading)}. The pick: <b>{escape(pick)}</b></p>"
        )
        self._tell()

    def _tell(self, _: Any = None) -> None:
        chosen = self.ranking.find(self.table.chosen)
        self.details.value = details(chosen) if chosen else HINT

    def _draw_soon(self) -> None:
        """Draw when the controls rest, or at once without an event loop."""
        if self._loop is None:
            self._draw()
        else:
            # The controls call from a thread of JupyterLab's.
            self._loop.call_soon_threadsafe(self._wait_for_rest, self._loop)

    def _wait_for_rest(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._resting is not None:
            self._resting.cancel()
        self._resting = loop.call_later(_REST_SECONDS, self._draw)

    def _draw(self, _: Any = None) -> None:
        """Draw the visible plot."""
        place = self._tabs.selected_index
        if place is not None:
            plot = tuple(_PLOTS.values())[place](self.ranking)
            self._tabs.children[place].value = plot.png
