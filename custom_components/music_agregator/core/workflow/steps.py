"""MonitorWorkflow: the steps from a request to a torrent in the client.

A step finds a run in one committed status and commits the next, so that resuming is
nothing special: a run goes on from whatever status the store has.
"""

from collections.abc import Mapping
from dataclasses import replace
import logging
from typing import Any

from sqlalchemy import Connection

from ..common.retry import LONGEST_PAUSE
from ..errors import (
    AlbumMergedError,
    ClientRefusedError,
    LinkError,
    NoIndexersError,
)
from ..library.index import LibraryMatch
from ..model import (
    Album,
    Download,
    DownloadStatus,
    Run,
    WorkflowStatus as S,
)
from ..parts import Parts, Step
from ..search.queries import queries_for
from ..store import (
    blocklist,
    candidates,
    downloads,
)
from ..store.database import Database
from .outcomes import most_common, outcome_data
from .registry import LiveRun
from .search_step import (
    TOP,
    album_of,
    brief,
    search,
)
from .selection import CandidateSelector

_LOGGER = logging.getLogger(__name__)


class MonitorWorkflow:
    """The first part of a run."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._picker = CandidateSelector(parts)
        self.steps: Mapping[S, Step] = {
            S.FETCHING_METADATA: self._fetch_metadata,
            S.CHECKING_OWNED: self._check_owned,
            S.SEARCHING: self._search,
            S.ADDING_TORRENT: self._hand_over,
            **self._picker.steps,
        }

    async def _fetch_metadata(self, live: LiveRun) -> Run:
        parts, run = self._parts, live.run
        album = await parts.metadata_retry.call(
            lambda: parts.service.album(run.album_id)
        )
        if album.album_id != run.album_id:
            raise AlbumMergedError(album_id=album.album_id)

        def name(_: Connection, moved: Run) -> Run:
            return replace(moved, artist=album.artist, title=album.title)

        return await parts.journal.record(
            run, S.CHECKING_OWNED, _album_data(album), also=name
        )

    async def _check_owned(self, live: LiveRun) -> Run:
        parts, run = self._parts, live.run
        album = await album_of(parts, run)
        preferences = parts.settings.preferences.quality
        owned = await parts.client_retry.call(
            lambda: parts.library.find(album, run.quality, preferences)
        )
        if owned is not None:
            owner, download = owned
            found = str(download.quality)
            return await parts.journal.record(
                run,
                S.ALREADY_OWNED,
                outcome_data("already_owned", quality=found, owner=owner.run_id),
            )
        lies, is_unknown = await self._look_on_shelf(run, album)
        if lies is not None:
            return await parts.journal.record(
                run,
                S.ALREADY_OWNED,
                outcome_data(
                    "in_library", quality=str(lies.quality), folder=lies.folder
                ),
            )
        if not parts.indexers.names:
            raise NoIndexersError
        ladder = [query.text for query in queries_for(album)]
        data: dict[str, Any] = {"queries": ladder, "indexers": parts.indexers.names}
        if is_unknown:
            data["library"] = "unknown"
        return await parts.journal.record(run, S.SEARCHING, data)

    async def _look_on_shelf(
        self, run: Run, album: Album
    ) -> tuple[LibraryMatch | None, bool]:
        """Return what lies in the library, and whether a part of it is away.

        Waits for that part if the household prefers it.
        """
        parts = self._parts
        preferences = parts.settings.preferences.quality
        while True:
            lies = await parts.shelf.find(album, run.quality, preferences)
            if lies is not None or not await parts.shelf.is_away():
                return lies, False
            if not parts.settings.waits_for_library:
                return None, True
            while await parts.shelf.is_away():
                await parts.clock.sleep(LONGEST_PAUSE)
            await parts.shelf.scan()

    async def _search(self, live: LiveRun) -> Run:
        parts, run = self._parts, live.run
        found, rows = await search(parts, run)
        ranked = [candidate for candidate, _ in rows]
        data = {
            "indexers": [report.as_dict() for report in found.reports],
            "queries": [query.text for query in found.queries],
            "profile": found.profile.value,
            "found": len(found.candidates),
            "accepted": len(found.accepted),
            "why_not": most_common(
                c.reasons[0].code for c in found.candidates if c.reasons
            ),
            "top": [
                brief(candidate) for candidate in ranked[:TOP] if candidate.accepted
            ],
        }

        def save(connection: Connection, moved: Run) -> Run:
            candidates.save(connection, run.run_id, rows)
            return moved

        return await parts.journal.record(run, S.PARSING_RESULTS, data, also=save)

    async def _hand_over(self, live: LiveRun) -> Run:
        """Give the saved torrent to the client, unless it has it."""
        parts, run = self._parts, live.run
        download = await load_download(parts.database, live)
        try:
            await parts.custody.hand_over(run, download)
        except ClientRefusedError as error:
            _LOGGER.debug("Run %s: %s", run.run_id, error)
            await parts.database.write(
                _refused, download=download, at=parts.clock.now()
            )
            return await self._picker.pick(live)

        def mark(connection: Connection, moved: Run) -> Run:
            row = downloads.get(connection, download.download_id)
            status = DownloadStatus.DOWNLOADING
            if row is not None and row.status is DownloadStatus.DOWNLOADED:
                # Another run has got its part of it, and holds it on.
                status = row.status
            now = parts.clock.now()
            downloads.mark(connection, download.download_id, status, now, seen=True)
            return moved

        return await parts.journal.record(
            run,
            S.COMPLETE,
            {
                "title": download.title,
                "quality": str(download.quality),
                "size_bytes": download.size_bytes,
                "info_hash": download.hashes.ids[0],
            },
            also=mark,
        )


async def load_download(database: Database, live: LiveRun) -> Download:
    """Return the download of a run, from the store the first time."""
    if live.download is None:
        download_id = live.run.download_id or ""
        live.download = await database.read(downloads.get, download_id=download_id)
    if live.download is None:
        raise LinkError("the download's row is gone")
    return live.download


def _refused(connection: Connection, download: Download, at: float) -> None:
    """Give a torrent up that the client does not take."""
    blocklist.add(
        connection,
        blocklist.names_of(download),
        title=download.title,
        reason=ClientRefusedError.code,
        at=at,
    )
    downloads.mark(
        connection,
        download.download_id,
        DownloadStatus.DOWNLOAD_FAILED,
        at,
        delete_files=True,
    )


def _album_data(album: Album) -> dict[str, Any]:
    return {
        "artists": list(album.artists),
        "first_release_date": album.first_release_date,
        "track_count": album.track_count,
        "length_ms": album.length_ms,
        "has_cover": album.has_cover,
    }
