"""A component for tests: keeps what the bus told, and ends Home Assistant at a point.

The environment's KILL_AT names the point; without it nothing is killed.
"""

import json
import os
import signal
from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.typing import ConfigType

from custom_components.music_agregator.core.events.journal import Journal
from custom_components.music_agregator.core.model import Run
from custom_components.music_agregator.core.torrents.qbittorrent import (
    QBittorrentClient,
)

KILL_AT = os.environ.get("KILL_AT", "")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


_record = Journal.record
_add = QBittorrentClient.add


async def _recording(
    self: Journal, run: Run, status: Any, *args: Any, **more: Any
) -> Run:
    moved = await _record(self, run, status, *args, **more)
    if status == KILL_AT:
        _die()
    return moved


async def _adding(self: QBittorrentClient, *args: Any, **more: Any) -> None:
    if KILL_AT == "before_add":
        _die()
    await _add(self, *args, **more)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Keep what is fired, and arm the switch."""
    Journal.record = _recording  # type: ignore[method-assign]
    QBittorrentClient.add = _adding  # type: ignore[method-assign]
    path = hass.config.path("bus.jsonl")
    file = await hass.async_add_executor_job(
        os.open, path, os.O_WRONLY | os.O_CREAT | os.O_APPEND
    )

    @callback
    def keep(event: Event) -> None:
        """Write an event down at once."""
        os.write(file, json.dumps(event.data).encode() + b"\n")

    hass.bus.async_listen("music_agregator_status", keep)
    return True
