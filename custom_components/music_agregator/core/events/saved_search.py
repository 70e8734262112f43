"""A search as a run saved it: enough to decide it again, with other preferences."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..model import (
    Album,
    Release,
    Run,
)
from ..settings import Preferences
from ..store.candidates import SavedCandidate

# Stands for a link, which stays where secrets are.
_KEPT = "kept"


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedSearch:
    """What a run wanted and found, no link in it."""

    run: Run
    album: Album
    candidates: tuple[SavedCandidate, ...]

    @property
    def releases(self) -> tuple[Release, ...]:
        """Return what was found, one release for each indexer that offered it.

        Guids and info-hashes stand in for the real ones. Of a torrent of several indexers
        the title is that of its best source.
        """
        return tuple(r for one in self.candidates for r in _releases(one))

    @property
    def preferences(self) -> Preferences:
        """Return what is known of the preferences: priorities, and what was blocked."""
        details = [_details(one, "indexer") for one in self.candidates]
        blocked = (one for one in self.candidates if "blocked" in _codes(one))
        return Preferences(
            indexer_priorities={
                str(found["indexer"]): int(found["priority"])
                for found in details
                if found
            },
            blocked_hashes=frozenset(map(_info_hash, blocked)),
        )


def _releases(one: SavedCandidate) -> Iterator[Release]:
    data = one.data
    percent = _details(one, "free_leech").get("percent")
    for place, indexer in enumerate(data["indexers"]):
        yield Release(
            guid=f"{one.rank:06}",
            title=data["title"],
            size_bytes=data["size_bytes"],
            # The first is the best: so it stays.
            seeders=None if place else data["seeders"],
            info_hash=_info_hash(one),
            download_url=None if "no_link" in _codes(one) else _KEPT,
            categories=tuple(data["categories"]),
            published_at=data["published_at"],
            indexer=indexer,
            download_volume_factor=None if percent is None else percent / 100,
        )


def _info_hash(one: SavedCandidate) -> str:
    return f"{one.rank:040x}"


def _codes(one: SavedCandidate) -> set[str]:
    return {reason["code"] for reason in one.data["reasons"]}


def _details(one: SavedCandidate, name: str) -> dict[str, int]:
    parts = one.data["parts"]
    return next((part["details"] for part in parts if part["name"] == name), {})
