"""MonitorWorkflow: the steps from a request to a torrent in the client.

A step finds a run in one committed status and commits the next, so that resuming is
nothing special: a run goes on from whatever status the store has.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
import logging
from typing import Any

from sqlalchemy import Connection
from ulid_transform import ulid_at_time

from .clock import backoff
from .decision.sources import indexers_of
from .errors import (
    AlbumMergedError,
    ClientRefusedError,
    IndexersFailedError,
    LinkError,
    NoIndexersError,
    UnavailableError,
)
from .finder import Findings
from .magnets import Magnet, Torrent
from .model import (
    Album,
    Candidate,
    Download,
    DownloadStatus,
    Link,
    Run,
    WorkflowStatus as S,
)
from .parts import Parts, Step
from .quality import Quality
from .queries import queries_for
from .reasons import commonest, reason
from .registry import LiveRun
from .sentences import plain, why
from .store import candidates, downloads
from .store.candidates import SavedCandidate
from .store.database import Database

_LOGGER = logging.getLogger(__name__)

MOST_SAVED = 1_000
MOST_SOURCES = 10
_TOP = 5
# Reasons of what only turned up because the artist was searched for.
_OTHER_ALBUMS = frozenset({"wrong_artist", "wrong_album", "unreadable_title"})
_SEARCH_PATIENCE = 86_400.0
_LINK_PATIENCE = 3_600.0


class MonitorWorkflow:
    """The first part of a run."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.steps: Mapping[S, Step] = {
            S.FETCHING_METADATA: self._fetch_metadata,
            S.CHECKING_OWNED: self._check_owned,
            S.SEARCHING: self._search,
            S.PARSING_RESULTS: self._pick,
            S.ADDING_TORRENT: self._hand_over,
            S.DOWNLOAD_FAILED: self._pick,
        }

    async def _fetch_metadata(self, live: LiveRun) -> Run:
        parts, run = self._parts, live.run
        album = await parts.metadata_patience.until(
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
        album = await self._album(run)
        preferences = parts.settings.preferences.quality
        owned = await parts.client_patience.until(
            lambda: parts.library.owned(album, run.quality, preferences)
        )
        if owned is not None:
            owner, download = owned
            found = str(download.quality)
            return await parts.journal.record(
                run,
                S.ALREADY_OWNED,
                reason("already_owned", quality=found, owner=owner.run_id),
            )
        if not parts.indexers.names:
            raise NoIndexersError
        ladder = [query.text for query in queries_for(album)]
        return await parts.journal.record(
            run, S.SEARCHING, {"queries": ladder, "indexers": parts.indexers.names}
        )

    async def _search(self, live: LiveRun) -> Run:
        parts, run = self._parts, live.run
        found = await self._find(run, await self._album(run))
        data = {
            "indexers": [report.as_dict() for report in found.reports],
            "queries": [query.text for query in found.queries],
            "profile": found.profile.value,
            "found": len(found.candidates),
            "accepted": len(found.accepted),
            "why_not": commonest(
                c.reasons[0].code for c in found.candidates if c.reasons
            ),
            "top": [_brief(candidate) for candidate in found.accepted[:_TOP]],
        }
        rows = await asyncio.to_thread(_rows, found.candidates[:MOST_SAVED])

        def save(connection: Connection, moved: Run) -> Run:
            candidates.save(connection, run.run_id, rows)
            return moved

        return await parts.journal.record(run, S.PARSING_RESULTS, data, also=save)

    async def _find(self, run: Run, album: Album) -> Findings:
        """Search, and again while every indexer is away."""
        parts = self._parts
        until = parts.clock.now() + _SEARCH_PATIENCE
        while True:
            found = await parts.finder.find(album, run.profiles)
            if not found.all_failed:
                return found
            pause = found.retry_after
            if pause is None or parts.clock.now() + pause > until:
                raise IndexersFailedError(detail=found.failures)
            await parts.clock.sleep(max(pause, 1.0))

    async def _pick(self, live: LiveRun) -> Run:
        """Take the best candidate whose link leads to a torrent."""
        parts, run = self._parts, live.run
        until = parts.clock.now() + _LINK_PATIENCE
        for attempt in count():
            away: UnavailableError | None = None
            for candidate in await parts.database.read(
                partial(candidates.untried, run_id=run.run_id)
            ):
                try:
                    torrent = await self._resolve(run, candidate)
                except LinkError as error:
                    _LOGGER.debug("Candidate %s: %s", candidate.rank, error)
                    await self._mark_tried(run, candidate)
                except UnavailableError as error:
                    away = error
                else:
                    return await self._choose(live, candidate, torrent)
            if away is None:
                break
            pause = max(backoff(attempt + 2), away.retry_after or 0.0)
            if parts.clock.now() + pause > until:
                break
            await parts.clock.sleep(pause)
        if run.status is S.ADDING_TORRENT:
            raise ClientRefusedError
        return await parts.journal.record(
            run, S.NOT_FOUND, await parts.database.read(partial(_why_nothing, run=run))
        )

    async def _resolve(self, run: Run, candidate: SavedCandidate) -> Magnet | Torrent:
        """Follow a candidate's links, one source after the other.

        Raises LinkError when all are dead, UnavailableError when one may live yet.
        """
        parts = self._parts
        failure: LinkError | UnavailableError = LinkError("no link")
        for link in await parts.database.read(
            partial(candidates.sources, run_id=run.run_id, rank=candidate.rank)
        ):
            try:
                return await parts.resolver.resolve(link)
            except LinkError as error:
                if not isinstance(failure, UnavailableError):
                    failure = error
            except UnavailableError as error:
                failure = error
        raise failure

    async def _choose(
        self, live: LiveRun, candidate: SavedCandidate, torrent: Magnet | Torrent
    ) -> Run:
        """Save a candidate's download: from here on it survives everything."""
        parts, run = self._parts, live.run
        data = candidate.data
        now = parts.clock.now()
        download = Download(
            download_id=ulid_at_time(now),
            hashes=torrent.hashes,
            title=data["title"],
            quality=Quality.from_dict(data["quality"]),
            size_bytes=data["size_bytes"]
            or (torrent.size_bytes if isinstance(torrent, Torrent) else None),
            link=Link(torrent=torrent.data)
            if isinstance(torrent, Torrent)
            else Link(magnet_uri=torrent.uri),
        )

        def save(connection: Connection, moved: Run) -> Run:
            candidates.mark_tried(connection, run.run_id, candidate.rank)
            download_id = downloads.save(connection, run.run_id, download, now)
            return replace(moved, download_id=download_id, attempt=run.attempt + 1)

        live.download = None
        second = await parts.database.read(
            partial(candidates.next_best, run_id=run.run_id, rank=candidate.rank)
        )
        return await parts.journal.record(
            run,
            S.ADDING_TORRENT,
            {
                "rank": candidate.rank,
                "title": download.title,
                "quality": str(download.quality),
                "size_bytes": download.size_bytes,
                "info_hash": torrent.hashes.ids[0],
                "indexers": data["indexers"],
                "score": data["score"],
                "parts": {part["name"]: part["points"] for part in data["parts"]},
                "why": why(data),
                "second": _second(data, second),
                "attempt": run.attempt + 1,
            },
            also=save,
        )

    async def _hand_over(self, live: LiveRun) -> Run:
        """Give the saved torrent to the client, unless it has it."""
        parts, run = self._parts, live.run
        download = await load_download(parts.database, live)
        try:
            await parts.custody.hand_over(run, download)
        except ClientRefusedError as error:
            _LOGGER.debug("Run %s: %s", run.run_id, error)
            await parts.database.write(
                partial(
                    downloads.mark,
                    download_id=download.download_id,
                    status=DownloadStatus.DOWNLOAD_FAILED,
                    at=parts.clock.now(),
                    delete_files=True,
                )
            )
            return await self._pick(live)

        def mark(connection: Connection, moved: Run) -> Run:
            now = parts.clock.now()
            downloads.mark(
                connection,
                download.download_id,
                DownloadStatus.DOWNLOADING,
                now,
                seen=True,
            )
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

    async def _album(self, run: Run) -> Album:
        """Return the album as the run saved it; fetch it again if it was lost."""
        parts = self._parts
        kept = await parts.service.kept_album(run.album_id)
        if kept is not None:
            return kept
        return await parts.metadata_patience.until(
            lambda: parts.service.album(run.album_id)
        )

    async def _mark_tried(self, run: Run, candidate: SavedCandidate) -> None:
        await self._parts.database.write(
            partial(candidates.mark_tried, run_id=run.run_id, rank=candidate.rank)
        )


async def load_download(database: Database, live: LiveRun) -> Download:
    """Return the download of a run, from the store the first time."""
    if live.download is None:
        download_id = live.run.download_id or ""
        live.download = await database.read(
            partial(downloads.get, download_id=download_id)
        )
    if live.download is None:
        raise LinkError("the download's row is gone")
    return live.download


def _why_nothing(connection: Connection, run: Run) -> dict[str, Any]:
    found = candidates.count(connection, run.run_id)
    if not found:
        return reason("no_results")
    first = candidates.page(connection, run.run_id, limit=MOST_SAVED)
    if any(candidate.accepted for candidate in first):
        return reason("no_more_candidates")
    codes = [candidate.data["reasons"][0]["code"] for candidate in first]
    if _OTHER_ALBUMS.issuperset(codes):
        return reason("no_results")
    return reason("nothing_acceptable", found=found, why=commonest(codes))


def _album_data(album: Album) -> dict[str, Any]:
    return {
        "artists": list(album.artists),
        "first_release_date": album.first_release_date,
        "track_count": album.track_count,
        "length_ms": album.length_ms,
    }


def _second(
    best: Mapping[str, Any], second: SavedCandidate | None
) -> dict[str, Any] | None:
    """Return the candidate that was beaten, by how much, and by what."""
    if second is None:
        return None
    points = {part["name"]: part["points"] for part in second.data["parts"]}
    ahead = {p["name"]: p["points"] - points.get(p["name"], 0.0) for p in best["parts"]}
    return {
        "title": second.data["title"],
        "ahead": round(best["score"] - second.data["score"], 1),
        "by": {name: round(by, 1) for name, by in ahead.items() if round(by, 1)},
    }


def _brief(candidate: Candidate) -> dict[str, Any]:
    release = candidate.release
    return {
        "rank": candidate.rank,
        "title": release.title[:200],
        "quality": str(candidate.quality),
        "size_bytes": release.size_bytes,
        "seeders": release.seeders,
        "indexers": indexers_of(candidate.sources)[:_TOP],
        "score": round(candidate.score, 1),
    }


def _rows(
    ranked: Sequence[Candidate],
) -> list[tuple[SavedCandidate, list[Link]]]:
    return [_row(candidate) for candidate in ranked]


def _row(candidate: Candidate) -> tuple[SavedCandidate, list[Link]]:
    """Return a candidate as it is saved, no link in its data, and its links."""
    saved = SavedCandidate(candidate.rank, candidate.accepted, False, plain(candidate))
    links = [
        Link(
            guid=source.guid,
            download_url=source.download_url,
            magnet_uri=source.magnet_uri,
        )
        for source in candidate.sources[:MOST_SOURCES]
    ]
    return saved, links
