"""MissingTorrentPrompts: ask whether the only torrent was removed on purpose.

`reconciler.py` decides when to ask, and what the answer means.
"""

import asyncio

from ..common.signal import Signal
from ..model import Run


class MissingTorrentPrompts:
    """The questions about runs whose torrent is missing.

    `changed` is emitted with a run, and whether its question is open.
    """

    def __init__(self) -> None:
        self.changed = Signal[Run, bool]()
        self._open: dict[str, asyncio.Future[bool]] = {}

    def ask(self, run: Run) -> bool | None:
        """Return whether to add the torrent again, None while there is no answer."""
        question = self._open.get(run.run_id)
        if question is None:
            question = asyncio.get_running_loop().create_future()
            self._open[run.run_id] = question
            self.changed.emit(run, True)
        if not question.done():
            return None
        self.withdraw(run)
        return question.result()

    def answer(self, run_id: str, *, add_again: bool) -> bool:
        """Answer a question; return whether it was open."""
        question = self._open.get(run_id)
        if question is None or question.done():
            return False
        question.set_result(add_again)
        return True

    def withdraw(self, run: Run) -> None:
        """Close the question of a run, if it is open."""
        if self._open.pop(run.run_id, None) is not None:
            self.changed.emit(run, False)
