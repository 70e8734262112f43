"""Reconciler: makes the store know of every torrent that is ours.

Every torrent of ours has a row before the client hears of it. One without a row is left
of a store that was lost: its tag tells the run, its name the album.
"""

from collections.abc import Awaitable, Callable
import logging

from sqlalchemy import Connection
from ulid_transform import ulid_at_time

from ..common.signal import Signal
from ..errors import (
    ClientAuthError,
    MetadataUnavailableError,
    MusicAgregatorError,
    StoreError,
    UnavailableError,
)
from ..model import (
    Album,
    Download,
    DownloadStatus,
    Link,
    Mode,
    Run,
    WorkflowStatus as S,
)
from ..parts import Parts
from ..quality import (
    Quality,
    QualityProfile,
    place,
)
from ..store import downloads, runs
from ..titles import parse_title
from ..titles.names import VARIOUS_ARTISTS, normalise
from ..torrents.client import (
    Phase,
    TorrentState,
    run_of,
)

_LOGGER = logging.getLogger(__name__)

type TakeUp = Callable[[Run, Download], Awaitable[bool]]


class Reconciler:
    """Looks for torrents without a row. `take_up` has an adopted run go on.

    `changed` is emitted when the strangers change.
    """

    def __init__(self, parts: Parts, take_up: TakeUp) -> None:
        self.changed = Signal[()]()
        self._parts = parts
        self._take_up = take_up
        # The names of what is ours and belongs to nothing that is known.
        self.strangers: tuple[str, ...] = ()

    async def reconcile(self) -> None:
        """Adopt what has no row, and take back what was given up.

        What cannot be looked up now is looked at the next time. Raises StoreError.
        """
        parts = self._parts
        await parts.custody.remover.take_back_all()
        try:
            snapshot = await parts.client.snapshot()
        except (UnavailableError, ClientAuthError):
            return
        ours = [
            (state, run_id)
            for state in snapshot.torrents.values()
            if (run_id := run_of(state, parts.settings.instance))
        ]
        known = await parts.database.read(downloads.all_ids)
        lost = [
            (state, run_id)
            for state, run_id in ours
            if known.isdisjoint(state.hashes.ids)
        ]
        strangers = [
            state.name for state, run_id in lost if not await self._adopt(state, run_id)
        ]
        self._note(tuple(sorted(strangers)))

    async def _adopt(self, state: TorrentState, run_id: str) -> bool:
        """Make a torrent's rows anew; say if not that it is known to be a stranger."""
        parts = self._parts
        if await parts.database.read(runs.find, run_id=run_id):
            # Its run has another torrent, or none yet.
            return False
        parsed = parse_title(state.name)
        if not parsed.artist or not parsed.album:
            return False
        is_various = normalise(parsed.artist) in VARIOUS_ARTISTS
        artist = None if is_various else parsed.artist
        try:
            album = await parts.understanding.resolve(artist=artist, album=parsed.album)
        except StoreError:
            raise
        except MetadataUnavailableError:
            # Nobody knows yet.
            return True
        except MusicAgregatorError as error:
            _LOGGER.debug("%s is not adopted: %s", state.name, error.code)
            return False
        run, download = self._rows(state, run_id, album, parsed.quality)
        if run.status is S.DOWNLOADED:
            await parts.database.write(_save, run=run, download=download)
        elif not await self._take_up(run, download):
            return False
        _LOGGER.warning("%s is adopted: its rows were lost", state.name)
        return True

    def _rows(
        self, state: TorrentState, run_id: str, album: Album, quality: Quality
    ) -> tuple[Run, Download]:
        """Return the rows of a torrent, as they would be."""
        now = self._parts.clock.now()
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
            title=album.title,
            created_at=now,
            updated_at=now,
        )
        return run, download

    def _note(self, strangers: tuple[str, ...]) -> None:
        if strangers != self.strangers:
            self.strangers = strangers
            self.changed.emit()


def _profile(quality: Quality) -> QualityProfile:
    """Return the highest profile that a found quality fits."""
    fitting = (
        profile for profile in QualityProfile if place(quality, profile) is not None
    )
    return next(fitting, QualityProfile.ANY)


def _save(connection: Connection, run: Run, download: Download) -> None:
    """Write what is on disk already: nobody needs to be told of it again."""
    downloads.add(connection, run.run_id, download, run.updated_at)
    runs.save(connection, run)
