"""Signal: tell listeners of something; one that raises harms nobody else."""

from collections.abc import Callable
import logging

_LOGGER = logging.getLogger(__name__)


class Signal[*Args]:
    """The listeners to one kind of news."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[*Args], object]] = []

    def connect(self, listener: Callable[[*Args], object]) -> Callable[[], None]:
        """Call `listener` at every emit; return a function that disconnects it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, *args: *Args) -> None:
        """Call every listener. Never raises: an error of a listener is logged."""
        for listener in tuple(self._listeners):
            try:
                listener(*args)
            except Exception:
                _LOGGER.exception("A listener failed: %r", listener)
