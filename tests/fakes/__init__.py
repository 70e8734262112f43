"""Stand-ins for the fast tests, each held to the contract of what it stands for."""

from .clock import ManualClock
from .torrent_client import FakeTorrentClient
from .torrents import contents_of, light_torrent
from .world import KeptDatabase, LightWorld

__all__ = [
    "FakeTorrentClient",
    "KeptDatabase",
    "LightWorld",
    "ManualClock",
    "contents_of",
    "light_torrent",
]
