"""TaskStatus: shows the current task of a widget, or its error."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from html import escape
import sys
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display
import ipywidgets as widgets
from music_agregator import MusicAgregatorError

_SLICE_SECONDS = 0.3


class TaskStatus(widgets.HTML):
    """Runs a button's task in the App's event loop.

    JupyterLab calls widgets from another thread with another loop.
    """

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._said: object = None

    def start(self, work: Coroutine[Any, Any, object], words: str = "") -> None:
        """Start a task, and show its name, then its error if it fails."""
        self._loop.call_soon_threadsafe(self._start, work, words)

    def _start(self, work: Coroutine[Any, Any, object], words: str) -> None:
        task = self._loop.create_task(self._do(work, words))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def tell(self, error: MusicAgregatorError) -> None:
        """Show an error."""
        self.value = f'<p role="alert">{escape(str(error))}</p>'

    async def _do(self, work: Coroutine[Any, Any, object], words: str) -> None:
        said = self._said = object()
        self.value = f'<p role="status">{escape(words)}</p>' if words else ""
        try:
            await work
        except MusicAgregatorError as error:
            if self._said is said:
                self.tell(error)
        else:
            # A later task shows its own status.
            if self._said is said:
                self.value = ""


async def wait_interruptibly[T](task: asyncio.Future[T]) -> T:
    """Wait for a task; when interrupted, let it continue.

    In slices: a kernel notices an interrupt only when its loop turns.
    """
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=_SLICE_SECONDS)
    except asyncio.CancelledError:
        _say("Nobody waits any more; what has begun goes on.")
        raise
    return task.result()


def _say(words: str) -> widgets.Label | None:
    """Show a text in the notebook, or on a terminal."""
    if get_ipython() is None:
        sys.stderr.write(f"{words}\n")
        return None
    label = widgets.Label(words)
    display(label)
    return label


@contextmanager
def saying(words: str) -> Iterator[None]:
    """Show a text while a block runs: in the notebook, or on a terminal."""
    label = _say(words)
    try:
        yield
    except BaseException:
        if label is not None:
            label.value = f"{words} not done"
        raise
    if label is not None:
        label.close()
