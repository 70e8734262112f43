"""Chooser: turns a candidate into a saved download."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Connection
from ulid_transform import ulid_at_time

from ..common.digest import digest
from ..decision.explain import why
from ..errors import LinkError, UnavailableError
from ..magnets import Magnet, Torrent
from ..model import (
    Download,
    Extent,
    Link,
    Run,
    WorkflowStatus as S,
)
from ..parts import Parts
from ..quality import Quality
from ..store import (
    blocklist,
    candidates,
    downloads,
)
from ..store.candidates import SavedCandidate
from .registry import LiveRun


class Resolved(NamedTuple):
    """What a candidate's link led to, and whose guid that was."""

    torrent: Magnet | Torrent
    guid: str | None


class ReleaseGrabber:
    """Follows a candidate's links, and saves what they lead to."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def resolve(self, run: Run, candidate: SavedCandidate) -> Resolved:
        """Follow a candidate's links, one source after the other.

        Raises LinkError when all are dead, UnavailableError when one may live yet.
        """
        parts = self._parts
        failure: LinkError | UnavailableError = LinkError("no link")
        for link in await parts.database.read(
            candidates.sources, run_id=run.run_id, rank=candidate.rank
        ):
            try:
                return Resolved(await parts.resolver.resolve(link), link.guid)
            except LinkError as error:
                if not isinstance(failure, UnavailableError):
                    failure = error
            except UnavailableError as error:
                failure = error
        raise failure

    async def is_blocked(self, run: Run, resolved: Resolved) -> bool:
        """Say whether what a link led to is blocked; its guid is then, too."""
        parts, now = self._parts, self._parts.clock.now()
        ids = resolved.torrent.hashes.ids

        def look(connection: Connection) -> bool:
            blocked = blocklist.find(connection, ids, run.album_id, now)
            if blocked and resolved.guid:
                blocklist.copy(connection, blocked, digest(resolved.guid))
            return blocked is not None

        return await parts.database.write(look)

    async def choose(
        self,
        live: LiveRun,
        candidate: SavedCandidate,
        resolved: Resolved,
        *,
        chosen_by: str = "score",
    ) -> Run:
        """Save a candidate's download: from here on it survives everything."""
        parts, run = self._parts, live.run
        data, torrent = candidate.data, resolved.torrent
        now = parts.clock.now()
        is_pack = data.get("is_pack", False)
        download = Download(
            download_id=ulid_at_time(now),
            hashes=torrent.hashes,
            title=data["title"],
            quality=Quality.from_dict(data["quality"]),
            size_bytes=data["size_bytes"] or _size(torrent),
            extent=Extent.TO_CHOOSE if is_pack else Extent.WHOLE,
            link=_link(resolved),
        )

        def save(connection: Connection, moved: Run) -> Run:
            candidates.mark_tried(connection, run.run_id, candidate.rank)
            download_id = downloads.save(connection, run.run_id, download, now)
            return replace(moved, download_id=download_id, attempt=run.attempt + 1)

        live.download, live.is_looked_into, live.look_at = None, False, 0.0
        second = await parts.database.read(
            candidates.next_best, run_id=run.run_id, rank=candidate.rank
        )
        return await parts.journal.record(
            run,
            S.ADDING_TORRENT,
            {
                "rank": candidate.rank,
                "chosen_by": chosen_by,
                "title": download.title,
                "quality": str(download.quality),
                "size_bytes": download.size_bytes,
                "pack": is_pack,
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

    async def mark_tried(self, run: Run, candidate: SavedCandidate) -> None:
        """Say that a candidate had its chance."""
        await self._parts.database.write(
            candidates.mark_tried, run_id=run.run_id, rank=candidate.rank
        )


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


def _size(torrent: Magnet | Torrent) -> int | None:
    return torrent.size_bytes if isinstance(torrent, Torrent) else None


def _link(resolved: Resolved) -> Link:
    torrent, guid = resolved
    if isinstance(torrent, Torrent):
        return Link(guid=guid, torrent=torrent.data)
    return Link(guid=guid, magnet_uri=torrent.uri)
