"""ReleaseGrabber: turn a candidate into a saved download."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection
from ulid_transform import ulid_at_time

from ..common.clock import Clock
from ..common.digest import offer_digest
from ..decision.explain import why
from ..errors import LinkError, UnavailableError
from ..events.journal import Journal
from ..magnets import Magnet, Torrent
from ..model import Candidate, Download, Extent, Link, Run, WorkflowStatus as S
from ..store import blocklist, candidates, downloads
from ..store.database import Database
from ..torrents.link_resolver import MagnetResolver
from .registry import LiveRun


class Resolved(NamedTuple):
    """What a candidate's link led to, and the guid of the release it came from."""

    torrent: Magnet | Torrent
    guid: str | None

    @property
    def link(self) -> Link:
        """Return the link that adds this torrent."""
        if isinstance(self.torrent, Torrent):
            return Link(guid=self.guid, torrent=self.torrent.data)
        return Link(guid=self.guid, magnet_uri=self.torrent.uri)


@dataclass(eq=False, kw_only=True, repr=False)
class ReleaseGrabber:
    """Follows a candidate's links, and saves what they lead to."""

    database: Database
    journal: Journal
    resolver: MagnetResolver
    clock: Clock

    async def resolve(self, run: Run, candidate: Candidate) -> Resolved:
        """Follow a candidate's links, one source after the other.

        A candidate whose links are all dead is marked as tried. Raises LinkError for
        that, and UnavailableError when one of them may live yet.
        """
        failure: LinkError | UnavailableError = LinkError("no link")
        for link in await self.database.read(
            candidates.sources, run_id=run.run_id, rank=candidate.rank
        ):
            try:
                return Resolved(await self.resolver.resolve(link), link.guid)
            except LinkError as error:
                if not isinstance(failure, UnavailableError):
                    failure = error
            except UnavailableError as error:
                failure = error
        if isinstance(failure, LinkError):
            await self.mark_tried(run, candidate)
        raise failure

    async def is_blocked(
        self, run: Run, candidate: Candidate, resolved: Resolved
    ) -> bool:
        """Return whether a link led to a blocked torrent, and block its offer too."""
        now = self.clock.now()
        ids = resolved.torrent.hashes.ids

        def check(connection: Connection) -> bool:
            blocked = blocklist.find(connection, ids, run.album_id, now)
            if blocked and resolved.guid:
                offer = offer_digest(resolved.guid, candidate.release.title)
                blocklist.copy(connection, blocked, offer)
            return blocked is not None

        return await self.database.write(check)

    async def grab(
        self,
        live: LiveRun,
        candidate: Candidate,
        resolved: Resolved,
        *,
        chosen_by: str = "score",
    ) -> Run:
        """Commit a candidate's download: from here on it survives everything."""
        run, torrent = live.run, resolved.torrent
        now = self.clock.now()
        size = torrent.size_bytes if isinstance(torrent, Torrent) else None
        download = Download(
            download_id=ulid_at_time(now),
            hashes=torrent.hashes,
            title=candidate.release.title,
            quality=candidate.quality,
            size_bytes=candidate.release.size_bytes or size,
            extent=Extent.TO_CHOOSE if candidate.is_pack else Extent.WHOLE,
            link=resolved.link,
        )

        def save(connection: Connection, moved: Run) -> Run:
            candidates.mark_tried(connection, run.run_id, candidate.rank)
            download_id = downloads.save(connection, run.run_id, download, now)
            return replace(moved, download_id=download_id, attempt=run.attempt + 1)

        live.download = None
        second = await self.database.read(
            candidates.next_best, run_id=run.run_id, rank=candidate.rank
        )
        return await self.journal.record(
            run,
            S.ADDING_TORRENT,
            {
                "rank": candidate.rank,
                "chosen_by": chosen_by,
                "title": download.title,
                "quality": str(download.quality),
                "size_bytes": download.size_bytes,
                "pack": candidate.is_pack,
                "info_hash": torrent.hashes.ids[0],
                "indexers": list(candidate.indexers),
                "score": round(candidate.score, 1),
                "parts": _points(candidate),
                "why": why(candidate),
                "second": _lead(candidate, second) if second else None,
                "attempt": run.attempt + 1,
            },
            also=save,
        )

    async def mark_tried(self, run: Run, candidate: Candidate) -> None:
        """Record that the run has had its chance with a candidate."""
        await self.database.write(
            candidates.mark_tried, run_id=run.run_id, rank=candidate.rank
        )


def _lead(best: Candidate, second: Candidate) -> dict[str, Any]:
    """Return which candidate was beaten, by how much, and by which parts."""
    others = _points(second)
    ahead = {name: p - others.get(name, 0.0) for name, p in _points(best).items()}
    return {
        "title": second.release.title,
        "ahead": round(round(best.score, 1) - round(second.score, 1), 1),
        "by": {name: round(by, 1) for name, by in ahead.items() if round(by, 1)},
    }


def _points(candidate: Candidate) -> dict[str, float]:
    return {part.name: round(part.points, 1) for part in candidate.parts}
