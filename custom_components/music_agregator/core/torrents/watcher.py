"""Lookout: waits for the next sight of a torrent, and finds out if there is none."""

from typing import NamedTuple

from ..model import Download
from ..parts import Parts
from ..workflow.registry import LiveRun
from .client import (
    Snapshot,
    TorrentState,
    find,
)
from .manager import MissingVerdict
from .poller import Poller

# A client that starts lists its torrents one by one: gone is what is gone for a while.
_POLLS_UNTIL_GONE = 3


class Observation(NamedTuple):
    """A torrent as a poll has shown it, among all the others.

    `was_gone` says that it may have been added anew: nothing of it is known any more.
    """

    state: TorrentState
    snapshot: Snapshot
    was_gone: bool


class TorrentWatcher:
    """Looks for the torrents of all runs at once."""

    def __init__(self, parts: Parts) -> None:
        self._custody = parts.custody
        self._poller = Poller(parts)

    async def close(self) -> None:
        """Look no more."""
        await self._poller.close()

    def hurry(self) -> None:
        """Look often again: something new is there to be seen."""
        self._poller.hurry()

    async def look(self, live: LiveRun, download: Download) -> Observation | None:
        """Return the torrent at the next poll; None if a person removed it."""
        custody = self._custody
        misses = 0
        try:
            while True:
                snapshot = await self._poller.next()
                state = find(snapshot, download.hashes)
                if state is not None:
                    live.download = await custody.found(live.download or download)
                    return Observation(state, snapshot, misses >= _POLLS_UNTIL_GONE)
                misses += 1
                if misses < _POLLS_UNTIL_GONE:
                    continue
                if await custody.fate(live.run, download) is MissingVerdict.REMOVED:
                    return None
        finally:
            custody.questions.withdraw(live.run)
