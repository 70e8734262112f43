"""LiveView: the status of every album of a Home Assistant, live."""

import asyncio
from html import escape
from typing import override

import ipywidgets as widgets
from music_agregator import AlbumEvent

from .home_assistant import HomeAssistant, HomeAssistantError
from .story import Story

_SHOW_SECONDS = 0.2

# A cell is run again and again: one view watches each Home Assistant.
_WATCHING: dict[str, "LiveView"] = {}


class LiveView(widgets.HTML):
    """Watches a Home Assistant from its first event; `stop`, or the next view, ends it."""

    def __init__(self, home_assistant: HomeAssistant) -> None:
        super().__init__()
        self._home_assistant = home_assistant
        self._events: list[AlbumEvent] = []
        self._loop = asyncio.get_running_loop()
        self._showing: asyncio.TimerHandle | None = None
        if (before := _WATCHING.pop(home_assistant.url, None)) is not None:
            before.stop()
        _WATCHING[home_assistant.url] = self
        self.watching = self._loop.create_task(self._watch())

    @override
    def __repr__(self) -> str:
        return str(self.story.standing)

    @property
    def story(self) -> Story:
        """Return the events so far."""
        return Story(self._events)

    def stop(self) -> None:
        """Stop watching."""
        self.watching.cancel()

    async def _watch(self) -> None:
        try:
            async for event in self._home_assistant.events():
                if self._events and event.seq <= self._events[-1].seq:
                    # The store was lost: this is another story.
                    self._events.clear()
                self._events.append(event)
                self._show_soon()
        except HomeAssistantError as error:
            self.value = f'<p role="alert">{escape(str(error))}</p>'

    def _show_soon(self) -> None:
        """Show events that arrive together at once."""
        if self._showing is None:
            self._showing = self._loop.call_later(_SHOW_SECONDS, self._show)

    def _show(self) -> None:
        self._showing = None
        self.value = self.story.standing._repr_html_()
