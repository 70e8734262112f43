"""Owned: whether an album is owned, as a download of ours or in the library folders."""

from dataclasses import dataclass

from ..common.clock import Clock
from ..common.retry import LONGEST_PAUSE
from ..errors import UnavailableError
from ..model import Album, Download, Run
from ..quality import QualityPreferences
from ..torrents.client import WatchedClient
from .index import LibraryIndex, LibraryMatch
from .owned_downloads import OwnedDownloads


@dataclass(frozen=True, kw_only=True, slots=True)
class Owned:
    """What is owned of an album: a download with its run, or a match in the library.

    `is_unknown` says that a part of the library is away, so that it may be owned there.
    """

    run: Run | None = None
    download: Download | None = None
    match: LibraryMatch | None = None
    is_unknown: bool = False


@dataclass(eq=False, kw_only=True, repr=False)
class OwnedAlbums:
    """Decides whether albums are owned in the quality that a run wants."""

    downloads: OwnedDownloads
    index: LibraryIndex
    client: WatchedClient
    preferences: QualityPreferences
    waits_for_library: bool
    clock: Clock

    async def find(self, album: Album, run: Run) -> Owned:
        """Return what is owned of an album.

        Waits for the client, and for a library folder that is away if the user prefers
        that. Raises ClientAuthError.
        """
        found = await self.client.until_available(
            lambda: self.downloads.find(album, run.quality, self.preferences),
            retry_on=(UnavailableError,),
        )
        if found is not None:
            owner, download = found
            return Owned(run=owner, download=download)
        while True:
            match = await self.index.find(album, run.quality, self.preferences)
            if match is not None:
                return Owned(match=match)
            if not await self.index.is_away():
                return Owned()
            if not self.waits_for_library:
                return Owned(is_unknown=True)
            while await self.index.is_away():
                await self.clock.sleep(LONGEST_PAUSE)
            await self.index.scan()
