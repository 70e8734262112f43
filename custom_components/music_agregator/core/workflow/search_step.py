"""What a run searches for, and how what it finds is kept."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from ..decision.explain import to_data
from ..errors import IndexersFailedError
from ..model import (
    Album,
    Candidate,
    Link,
    Run,
)
from ..parts import Parts
from ..quality import Quality
from ..search.finder import SearchResult
from ..store.candidates import MOST_SAVED, SavedCandidate

MOST_SOURCES = 10
TOP = 5
_PATIENCE = 86_400.0

# A candidate as it is saved, no link in its data, and its links.
type Row = tuple[SavedCandidate, list[Link]]


async def album_of(parts: Parts, run: Run) -> Album:
    """Return the album as the run saved it; fetch it again if it was lost."""
    kept = await parts.service.kept_album(run.album_id)
    if kept is not None:
        return kept
    return await parts.metadata_retry.call(lambda: parts.service.album(run.album_id))


async def search(parts: Parts, run: Run) -> tuple[SearchResult, list[Row]]:
    """Search, and again while every indexer is away.

    Raises IndexersFailedError when none can be searched, for a day.
    """
    until = parts.clock.now() + _PATIENCE
    while True:
        found, rows = await search_once(parts, run)
        if not found.all_failed:
            return found, rows
        pause = found.retry_after
        if pause is None or parts.clock.now() + pause > until:
            raise IndexersFailedError(detail=found.failures)
        await parts.clock.sleep(max(pause, 1.0))


async def search_once(parts: Parts, run: Run) -> tuple[SearchResult, list[Row]]:
    """Search, whoever answers."""
    found = await parts.finder.find(await album_of(parts, run), run.profiles)
    return found, await asyncio.to_thread(_rows, found.candidates[:MOST_SAVED])


def brief(candidate: SavedCandidate) -> dict[str, Any]:
    """Return a candidate in the few words that an event has room for."""
    data: Mapping[str, Any] = candidate.data
    return {
        "rank": candidate.rank,
        "title": data["title"][:200],
        "quality": str(Quality.from_dict(data["quality"])),
        "size_bytes": data["size_bytes"],
        "seeders": data["seeders"],
        "indexers": data["indexers"][:TOP],
        "score": data["score"],
    }


def _rows(ranked: Sequence[Candidate]) -> list[Row]:
    return [_row(candidate) for candidate in ranked]


def _row(candidate: Candidate) -> Row:
    saved = SavedCandidate(
        candidate.rank, candidate.accepted, False, to_data(candidate)
    )
    links = [
        Link(
            guid=source.guid,
            download_url=source.download_url,
            magnet_uri=source.magnet_uri,
        )
        for source in candidate.sources[:MOST_SOURCES]
    ]
    return saved, links
