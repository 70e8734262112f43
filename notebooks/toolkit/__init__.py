"""Music Agregator in a notebook: search, rank, get, replay.

docs/notebooks.md shows it; the notebooks beside this package use it.
"""

from music_agregator import NotConfiguredError

from .batch import Batch, BatchItem
from .explorer import Explorer
from .home_assistant import HomeAssistant, HomeAssistantError, open_home_assistant
from .live import LiveView
from .plots import rejections, seeders_by_score, size_by_duration, time_line
from .progress import RunView
from .ranking import Ranking
from .replay import Comparison, Player, Replay, open_replay
from .search import Albums, AlbumSearch
from .session import Session, connect
from .story import Runs, Story

__all__ = [
    "AlbumSearch",
    "Albums",
    "Batch",
    "BatchItem",
    "Comparison",
    "Explorer",
    "HomeAssistant",
    "HomeAssistantError",
    "LiveView",
    "NotConfiguredError",
    "Player",
    "Ranking",
    "Replay",
    "RunView",
    "Runs",
    "Session",
    "Story",
    "connect",
    "open_home_assistant",
    "open_replay",
    "rejections",
    "seeders_by_score",
    "size_by_duration",
    "time_line",
]
