"""DiskSpace: is there room on the client's disk, and which runs wait for more."""

import asyncio
from dataclasses import dataclass
import shutil

from ..common.signal import Signal
from ..model import Run
from ..settings import Settings
from .client import Phase, Snapshot
from .tags import is_ours

# What always stays free: a full disk breaks more than downloads.
SPARE_BYTES = 100_000_000
_COMING = frozenset({Phase.WAITING, Phase.METADATA, Phase.DOWNLOADING, Phase.ERROR})


@dataclass(frozen=True, kw_only=True, slots=True)
class Shortage:
    """A run that waits for room (bytes)."""

    run: Run
    needed_bytes: int
    free_bytes: int


class DiskSpace:
    """Knows how much room there is, and which runs wait for more.

    `changed` is emitted when a run begins or stops waiting, or needs another amount.
    """

    def __init__(self, settings: Settings) -> None:
        self.changed = Signal[()]()
        self._settings = settings
        self.shortages: dict[str, Shortage] = {}

    async def has_room(self, run: Run, size_bytes: int, snapshot: Snapshot) -> bool:
        """Return whether so much more fits on the disk; if not, record that the run waits.

        What our other torrents still have to fetch counts as taken. Where the room is
        unknown, there is enough.
        """
        free = await self._free(snapshot)
        instance = self._settings.instance
        coming = sum(
            torrent.left_bytes
            for torrent in snapshot.torrents.values()
            if torrent.phase in _COMING and is_ours(torrent, instance)
        )
        needed = size_bytes + coming + SPARE_BYTES
        if free is None or needed <= free:
            self.clear(run)
            return True
        shortage = Shortage(run=run, needed_bytes=needed, free_bytes=free)
        known = self.shortages.get(run.run_id)
        self.shortages[run.run_id] = shortage
        if shortage != known:
            self.changed.emit()
        return False

    def clear(self, run: Run) -> None:
        """Record that a run no longer waits."""
        if self.shortages.pop(run.run_id, None) is not None:
            self.changed.emit()

    async def _free(self, snapshot: Snapshot) -> int | None:
        """Return how much room there is where the music goes.

        The client tells it of its default folder only. Another one is looked at from
        here, if this machine sees it.
        """
        path = self._settings.save_path
        if path is None:
            return snapshot.free_bytes
        return await asyncio.to_thread(_free_at, self._settings.at_home(path))


def _free_at(folder: str) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
