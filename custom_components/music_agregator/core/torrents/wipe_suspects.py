"""WipeSuspects: which of our downloads the client had, and may have lost in a wipe.

What a missing torrent means, and what follows, `reconciler.py` decides.
"""

from collections.abc import Iterable
from dataclasses import replace

from ..model import Download
from ..store import downloads
from ..store.database import Database
from .client import Snapshot, find


class WipeSuspects:
    """The downloads in doubt: gone with everything of ours, by the user or by a wipe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # None until they were read.
        self._ids: set[str] | None = None

    async def review(self, snapshot: Snapshot) -> dict[str, Download]:
        """Return what the client had of ours; if all is gone, put all of it in doubt."""
        known = {d.download_id: d for d in await self._database.read(downloads.seen)}
        if self._ids is None:
            self._ids = {name for name, one in known.items() if one.in_doubt}
        there = {name for name, d in known.items() if find(snapshot, d.hashes)}
        if not there and (doubted := set(known) - self._ids):
            await self._database.write(downloads.mark_missing, ids=doubted)
            self._ids |= doubted
        await self._clear(self._ids & there)
        return known

    async def mark_present(self, download: Download) -> Download:
        """Record that the client has a torrent, clear any doubt, and return its row."""
        name = download.download_id
        is_doubted = download.in_doubt or name in (self._ids or ())
        if download.seen and not is_doubted:
            return download
        await self._clear({name})
        return replace(download, seen=True, in_doubt=False)

    def includes(self, download: Download) -> bool:
        """Return whether a download is in doubt."""
        return download.download_id in (self._ids or ())

    def of(self, known: Iterable[str]) -> set[str]:
        """Return which of some downloads are in doubt, by their ids."""
        return (self._ids or set()) & set(known)

    def discard(self, download: Download) -> None:
        """Clear the doubt about a download that is added again."""
        if self._ids is not None:
            self._ids.discard(download.download_id)

    async def _clear(self, ids: Iterable[str]) -> None:
        present = set(ids)
        if present:
            await self._database.write(downloads.mark_seen, ids=present)
        if self._ids is not None:
            self._ids -= present
