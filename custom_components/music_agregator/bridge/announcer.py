"""Announcer: fire committed events on Home Assistant's bus, each at least once.

A saved cursor says what was fired. Events that were committed and not fired when Home
Assistant stopped are fired after the next start, marked as replayed.
"""

import asyncio

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import EVENT_STATUS, LOGGER
from ..core.app import App
from ..core.common.signal import Signal
from ..core.common.tasks import retrieve, wait_without_cancelling
from ..core.errors import StoreError
from ..core.model import AlbumEvent

FIRED_CURSOR = "announcer"
_PAUSE = 5.0


class Announcer:
    """Fires every event once Home Assistant has started."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, app: App) -> None:
        """Initialize the announcer."""
        self._hass = hass
        self._entry = entry
        self._app = app
        self._committed_before = app.head_at_start
        self.fired = Signal[AlbumEvent]()
        self.closed = Signal[()]()
        self._task: asyncio.Task[None] | None = None
        app.restored.connect(self._async_restored)

    @callback
    def async_start(self, _: HomeAssistant) -> None:
        """Start firing."""
        self._task = self._entry.async_create_background_task(
            self._hass, self._async_run(), "music_agregator announcer"
        )

    @callback
    def async_close(self) -> None:
        """Stop firing, and have the listeners flush their queues."""
        if self._task is not None:
            self._task.cancel()
        self.closed.emit()

    @callback
    def _async_restored(self) -> None:
        """Record that no event in the store is older than this start."""
        self._committed_before = 0

    async def _async_run(self) -> None:
        """Fire the events after the cursor, then live ones."""
        app = self._app
        subscription = None
        while True:
            try:
                if subscription is None:
                    subscription = app.bus.subscribe(
                        await app.history.cursor(FIRED_CURSOR)
                    )
                async for event in subscription:
                    self._fire(event)
                    # The cursor is saved even if this is closed meanwhile.
                    keep = app.history.keep_cursor(FIRED_CURSOR, event.seq)
                    task = self._hass.async_create_task(keep, "music_agregator cursor")
                    task.add_done_callback(retrieve)
                    await wait_without_cancelling(task)
            except StoreError as err:
                LOGGER.warning("Cannot read the events to announce: %s", err)
                await asyncio.sleep(_PAUSE)
            else:
                return

    @callback
    def _fire(self, event: AlbumEvent) -> None:
        """Fire one event."""
        self._hass.bus.async_fire(
            EVENT_STATUS,
            {
                **event.as_dict(),
                "store_id": self._app.store_id,
                "replayed": event.seq <= self._committed_before,
            },
        )
        self.fired.emit(event)
