"""Questions: whether the only torrent, which is gone, was removed on purpose."""

import asyncio
from collections.abc import Callable

from .model import Run

type QuestionListener = Callable[[Run, bool], None]


class Questions:
    """What a person is asked about runs whose torrent is missing."""

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Future[bool]] = {}
        self._listeners: list[QuestionListener] = []

    def listen(self, listener: QuestionListener) -> Callable[[], None]:
        """Call `listener` when a run raises its question, or no longer."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def ask(self, run: Run) -> bool | None:
        """Return whether to add it again, None while there is no answer."""
        question = self._open.get(run.run_id)
        if question is None:
            question = asyncio.get_running_loop().create_future()
            self._open[run.run_id] = question
            for listener in self._listeners:
                listener(run, True)
        if not question.done():
            return None
        self.withdraw(run)
        return question.result()

    def answer(self, run_id: str, *, add_again: bool) -> bool:
        """Say what to do about a missing torrent; return whether it was asked."""
        question = self._open.get(run_id)
        if question is None or question.done():
            return False
        question.set_result(add_again)
        return True

    def withdraw(self, run: Run) -> None:
        """Ask no longer."""
        if self._open.pop(run.run_id, None) is not None:
            for listener in self._listeners:
                listener(run, False)
