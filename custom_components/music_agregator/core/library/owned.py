"""Owned: whether an album is owned, as a download of ours or in the library folders."""

from dataclasses import dataclass

from ..common.clock import Clock
from ..common.retry import LONGEST_PAUSE, Retry
from ..model import Album, Download, Run
from ..quality import QualityPreferences
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


class OwnedAlbums:
    """Decides whether albums are owned in the quality that a run wants."""

    def __init__(
        self,
        *,
        downloads: OwnedDownloads,
        index: LibraryIndex,
        client_retry: Retry,
        preferences: QualityPreferences,
        waits_for_library: bool,
        clock: Clock,
    ) -> None:
        self._downloads = downloads
        self._index = index
        self._client_retry = client_retry
        self._preferences = preferences
        self._waits_for_library = waits_for_library
        self._clock = clock

    async def find(self, album: Album, run: Run) -> Owned:
        """Return what is owned of an album.

        Waits for the client, and for a library folder that is away if the user prefers
        that. Raises ClientAuthError.
        """
        found = await self._client_retry.call(
            lambda: self._downloads.find(album, run.quality, self._preferences)
        )
        if found is not None:
            owner, download = found
            return Owned(run=owner, download=download)
        while True:
            match = await self._index.find(album, run.quality, self._preferences)
            if match is not None:
                return Owned(match=match)
            if not await self._index.is_away():
                return Owned()
            if not self._waits_for_library:
                return Owned(is_unknown=True)
            while await self._index.is_away():
                await self._clock.sleep(LONGEST_PAUSE)
            await self._index.scan()
