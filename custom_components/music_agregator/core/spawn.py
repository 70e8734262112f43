"""Background tasks as a port: the host looks after them."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol


class Spawn(Protocol):
    """Starts a background task that its host ends when the core is closed."""

    def __call__(
        self, work: Coroutine[Any, Any, None], name: str
    ) -> asyncio.Task[None]:
        """Start `work`."""
