"""Look up, choose and download one album: the core, without a host.

These are the names for scripts; docs/scripting.md shows them at work.
"""

from .app import App
from .decision import decide, decide_ladder
from .errors import (
    AlbumNotFoundError,
    AmbiguousAlbumError,
    MusicAgregatorError,
    RequestError,
    StoreBusyError,
    StoreError,
    UnavailableError,
)
from .events.summary import summarize
from .model import AlbumEvent, Mode, MonitorRequest, Run, WorkflowStatus
from .quality import Quality, QualityProfile
from .settings import ClientSettings, IndexerSettings, Preferences, Settings
from .standalone.environment import NotConfiguredError, settings_of
from .standalone.open import get_album, open_app

__all__ = [
    "AlbumEvent",
    "AlbumNotFoundError",
    "AmbiguousAlbumError",
    "App",
    "ClientSettings",
    "IndexerSettings",
    "Mode",
    "MonitorRequest",
    "MusicAgregatorError",
    "NotConfiguredError",
    "Preferences",
    "Quality",
    "QualityProfile",
    "RequestError",
    "Run",
    "Settings",
    "StoreBusyError",
    "StoreError",
    "UnavailableError",
    "WorkflowStatus",
    "decide",
    "decide_ladder",
    "get_album",
    "open_app",
    "settings_of",
    "summarize",
]
