"""Listeners: whoever wants to be told of something, as long as they do."""

from collections.abc import Callable


class Listeners[*Told]:
    """The listeners to one kind of news."""

    def __init__(self) -> None:
        self._all: list[Callable[[*Told], None]] = []

    def listen(self, listener: Callable[[*Told], None]) -> Callable[[], None]:
        """Call `listener` with every piece of news; return what ends that."""
        self._all.append(listener)
        return lambda: self._all.remove(listener)

    def tell(self, *told: *Told) -> None:
        """Tell all of them."""
        for listener in tuple(self._all):
            listener(*told)
