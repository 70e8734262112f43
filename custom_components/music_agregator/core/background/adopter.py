"""TorrentAdopter: give a run to every torrent of ours that has no row.

Every torrent of ours has a row before the client hears of it. One without a row comes
from a store that was lost: its tag names the run, its name the album. The opposite, a row
whose torrent is missing, is `torrents/reconciler.py`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import logging

from sqlalchemy import Connection
from ulid_transform import ulid_at_time

from ..common.clock import Clock
from ..common.rate_limit import Urgency
from ..common.signal import Signal
from ..errors import (
    ClientAuthError,
    MetadataUnavailableError,
    MusicAgregatorError,
    StoreError,
    UnavailableError,
)
from ..metadata.album_resolver import AlbumResolver
from ..model import (
    Album,
    Download,
    DownloadStatus,
    Link,
    Mode,
    Run,
    WorkflowStatus as S,
)
from ..quality import Quality, QualityProfile, position_in_profile
from ..store import downloads, runs
from ..store.database import Database
from ..titles import parse_title
from ..titles.names import VARIOUS_ARTISTS, normalise
from ..torrents.client import Phase, TorrentClient, TorrentState
from ..torrents.remover import Remover
from ..torrents.tags import run_of

_LOGGER = logging.getLogger(__name__)

# Starts an adopted run; returns whether it was started.
type Adopt = Callable[[Run, Download], Awaitable[bool]]


@dataclass(eq=False, kw_only=True, repr=False)
class TorrentAdopter:
    """Looks for torrents without a row. `adopt` starts the run of one.

    `changed` is emitted when the unknown torrents change.
    """

    instance: str
    database: Database
    client: TorrentClient
    remover: Remover
    resolver: AlbumResolver
    adopt: Adopt
    clock: Clock

    def __post_init__(self) -> None:
        self.changed = Signal[()]()
        # The names of the torrents of ours that no request belongs to.
        self.unknown_torrents: tuple[str, ...] = ()

    async def adopt_torrents(self) -> None:
        """Adopt torrents without a row, and remove what was given up.

        What cannot be looked up now waits for the next time. Raises StoreError.
        """
        await self.remover.schedule_removals()
        try:
            snapshot = await self.client.snapshot()
        except (UnavailableError, ClientAuthError):
            return
        known = await self.database.read(downloads.all_ids)
        lost = [
            (state, run_id)
            for state in snapshot.torrents.values()
            if (run_id := run_of(state, self.instance))
            and known.isdisjoint(state.hashes.ids)
        ]
        unknown = [
            state.name for state, run_id in lost if not await self._adopt(state, run_id)
        ]
        if tuple(sorted(unknown)) != self.unknown_torrents:
            self.unknown_torrents = tuple(sorted(unknown))
            self.changed.emit()

    async def _adopt(self, state: TorrentState, run_id: str) -> bool:
        """Recreate the rows of a torrent; return False if its album is unknown."""
        if await self.database.read(runs.find, run_id=run_id):
            # Its run has another torrent, or none yet.
            return False
        parsed = parse_title(state.name)
        if not parsed.artist or not parsed.album:
            return False
        is_various = normalise(parsed.artist) in VARIOUS_ARTISTS
        artist = None if is_various else parsed.artist
        try:
            album = await self.resolver.resolve(
                artist=artist, album=parsed.album, urgency=Urgency.WANTED
            )
        except StoreError:
            raise
        except MetadataUnavailableError:
            # That cannot be known now.
            return True
        except MusicAgregatorError as error:
            _LOGGER.debug("%s is not adopted: %s", state.name, error.code)
            return False
        run, download = self._rows(state, run_id, album, parsed.quality)
        if run.status is S.DOWNLOADED:
            await self.database.write(_save, run=run, download=download)
        elif not await self.adopt(run, download):
            return False
        _LOGGER.warning("The torrent of run %s is adopted: its rows were lost", run_id)
        return True

    def _rows(
        self, state: TorrentState, run_id: str, album: Album, quality: Quality
    ) -> tuple[Run, Download]:
        """Return the rows that a torrent would have."""
        now = self.clock.now()
        is_done = state.phase is Phase.FINISHED
        download = Download(
            download_id=ulid_at_time(now),
            hashes=state.hashes,
            title=state.name,
            quality=quality,
            size_bytes=state.size_bytes,
            status=DownloadStatus.DOWNLOADED if is_done else DownloadStatus.DOWNLOADING,
            seen=True,
            link=Link(magnet_uri=f"magnet:?xt=urn:btih:{state.hashes.v1}")
            if state.hashes.v1
            else Link(),
        )
        run = Run(
            run_id=run_id,
            album_id=album.album_id,
            quality=_profile(quality),
            mode=Mode.AUTOMATIC,
            status=S.DOWNLOADED if is_done else S.COMPLETE,
            attempt=1,
            download_id=download.download_id,
            artist=album.artist,
            album_title=album.title,
            created_at=now,
            updated_at=now,
        )
        return run, download


def _profile(quality: Quality) -> QualityProfile:
    """Return the highest profile that a found quality fits."""
    fitting = (
        profile
        for profile in QualityProfile
        if position_in_profile(quality, profile) is not None
    )
    return next(fitting, QualityProfile.ANY)


def _save(connection: Connection, run: Run, download: Download) -> None:
    """Write a run that has ended, without an event."""
    downloads.add(connection, run.run_id, download, run.updated_at)
    runs.save(connection, run)
