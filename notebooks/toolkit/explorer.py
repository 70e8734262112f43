"""Explorer: a ranking to look into, and to turn with sliders."""

import asyncio
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from . import plots
from .plots import Plot
from .ranking import Ranking
from .sliders import PreferenceControls
from .table import CandidateTable, details

# Pictures take longer than the table: they come when the slider rests.
_REST_SECONDS = 0.4

_PLOTS: dict[str, Callable[[Ranking], Plot]] = {
    "Size": plots.size_by_duration,
    "Seeders": plots.seeders_by_score,
    "Rejections": plots.rejections,
}


class Explorer(widgets.VBox):
    """The ranked table, all about the chosen release, sliders, and plots.

    `ranking` is always the one on show. Nothing is asked of an indexer.
    """

    def __init__(self, ranking: Ranking) -> None:
        self.ranking = ranking
        self._resting: asyncio.TimerHandle | None = None
        self.controls = PreferenceControls(
            ranking.profiles,
            ranking.preferences,
            {release.indexer for release in ranking.releases},
            self._turn,
        )
        self.table = CandidateTable()
        self._heading = widgets.HTML()
        self._details = widgets.HTML()
        self._pictures = {name: widgets.Image(format="png") for name in _PLOTS}
        self.table.observe(self._tell, "chosen")
        tabs = widgets.Tab(list(self._pictures.values()), titles=list(_PLOTS))
        super().__init__(
            [self.controls, self._heading, self.table, self._details, tabs]
        )
        self._show()
        self._draw()

    def __repr__(self) -> str:
        return str(self.ranking)

    def _turn(self) -> None:
        """Rank again as the controls say."""
        controls = self.controls
        self.ranking = self.ranking.again(
            *controls.profiles, preferences=controls.preferences
        )
        self._show()
        if self._resting is not None:
            self._resting.cancel()
        self._resting = asyncio.get_running_loop().call_later(_REST_SECONDS, self._draw)

    def _show(self) -> None:
        self.table.show(self.ranking.rows)
        best = self.ranking.best
        pick = best.release.title if best else "nothing"
        self._heading.value = (
            f"<p>{escape(self.ranking.heading)}. The pick: <b>{escape(pick)}</b></p>"
        )
        self._tell()

    def _tell(self, _: Any = None) -> None:
        chosen = self.table.chosen
        row = None if chosen is None else self.ranking.find(chosen)
        self._details.value = details(row)

    def _draw(self) -> None:
        for name, picture in self._pictures.items():
            picture.value = _PLOTS[name](self.ranking).png
