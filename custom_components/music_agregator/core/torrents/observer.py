"""TorrentObserver: wait for the next look at a torrent; ask the reconciler why it is gone."""

from dataclasses import dataclass
from typing import NamedTuple

from ..model import Download, Run
from .client import Snapshot, TorrentState, find
from .missing_prompts import MissingTorrentPrompts
from .poller import Poller
from .reconciler import MissingVerdict, Reconciler
from .wipe_suspects import WipeSuspects

# A client that starts lists its torrents one by one: only what stays away is missing.
_POLLS_UNTIL_MISSING = 3


class Observation(NamedTuple):
    """A torrent as a poll showed it, among all the others.

    `download` is its row as it is now. `was_gone` says that the torrent may have been
    added again: what was known of it no longer holds.
    """

    state: TorrentState
    snapshot: Snapshot
    download: Download
    was_gone: bool


@dataclass(eq=False, kw_only=True, repr=False)
class TorrentObserver:
    """Watches the torrents of all runs with one poll."""

    poller: Poller
    suspects: WipeSuspects
    reconciler: Reconciler
    prompts: MissingTorrentPrompts

    def poll_soon(self) -> None:
        """Poll often again: there is something new to see."""
        self.poller.poll_soon()

    async def next(self, run: Run, download: Download) -> Observation | None:
        """Return the torrent at the next poll; None if the user removed it."""
        misses = 0
        try:
            while True:
                snapshot = await self.poller.next()
                state = find(snapshot, download.hashes)
                if state is not None:
                    download = await self.suspects.mark_present(download)
                    was_gone = misses >= _POLLS_UNTIL_MISSING
                    return Observation(state, snapshot, download, was_gone)
                misses += 1
                if misses < _POLLS_UNTIL_MISSING:
                    continue
                verdict = await self.reconciler.reconcile(run, download)
                if verdict is MissingVerdict.REMOVED:
                    return None
        finally:
            self.prompts.withdraw(run)
