"""Merge the releases of the same torrent from several indexers into one offer."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..errors import TorrentFormatError
from ..magnets import parse_magnet
from ..model import Candidate, Release
from ..settings import USUAL_PRIORITY, Preferences
from ..titles.names import squashed


class Offer(NamedTuple):
    """One torrent and the releases that offer it.

    `is_blocked` and `has_link` keep what the releases of a saved offer no longer show.
    """

    sources: tuple[Release, ...]
    is_blocked: bool = False
    has_link: bool = True


def merge(releases: Iterable[Release], preferences: Preferences) -> list[Offer]:
    """Return releases by torrent.

    The same info-hash is the same torrent; without one, the same title and size. A guid
    alone says little: trackers give one to all versions of an album, and to all albums
    of an artist. Different info-hashes are never merged.
    """
    named = [_with_hash(release) for release in releases]
    named.sort(key=lambda r: (r.info_hash is None, _order(r, preferences)))
    groups: list[list[Release]] = []
    known: dict[tuple[object, ...], list[Release]] = {}
    for release in named:
        # Without a size only the indexer's own guid tells that it is the same.
        place = release.size_bytes or (release.indexer, release.guid)
        other = (squashed(release.title), place)
        keys = [(release.info_hash,)] if release.info_hash else [other]
        group = next((known[key] for key in keys if key in known), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(release)
        for key in (*keys, other):
            known.setdefault(key, group)
    return [_offer(group) for group in groups]


def _offer(group: Sequence[Release]) -> Offer:
    return Offer(tuple(group), has_link=any(map(_has_link, group)))


def _has_link(release: Release) -> bool:
    return bool(release.magnet_uri or release.download_url)


def offer_of(candidate: Candidate) -> Offer:
    """Return the offer that a candidate was made of."""
    codes = {reason.code for reason in candidate.reasons}
    return Offer(
        candidate.sources,
        is_blocked="blocked" in codes,
        has_link="no_link" not in codes,
    )


def in_order(offer: Offer, preferences: Preferences) -> tuple[Release, ...]:
    """Return the sources of an offer, best first."""
    if len(offer.sources) == 1:
        return offer.sources
    return tuple(sorted(offer.sources, key=lambda r: _order(r, preferences)))


def combined(sources: Sequence[Release]) -> Release:
    """Return the best source of a torrent, completed with what only the others say."""
    best, *others = sources
    if not others:
        return best
    seeders = [r.seeders for r in sources if r.seeders is not None]
    factors = [f for r in sources if (f := r.download_volume_factor) is not None]
    return replace(
        best,
        seeders=max(seeders, default=None),
        size_bytes=next((r.size_bytes for r in sources if r.size_bytes), None),
        info_hash=next((r.info_hash for r in sources if r.info_hash), None),
        categories=tuple(dict.fromkeys(c for r in sources for c in r.categories)),
        download_volume_factor=min(factors, default=None),
    )


def tie_break(release: Release) -> tuple[object, ...]:
    """Return a sort key for releases that are equal in all that matters."""
    factor, seeders = release.download_volume_factor, release.seeders
    return (
        release.title,
        release.indexer,
        release.size_bytes or 0,
        release.categories,
        release.published_at or "",
        (factor is None, factor or 0.0),
        (seeders is None, seeders or 0),
        # What is not saved with a candidate comes last: a saved search that is decided
        # again keeps its order where all of the above is equal.
        release.guid,
        release.download_url or "",
        release.magnet_uri or "",
        release.info_hash or "",
        f"{release.leechers} {release.peers}",
    )


def _order(release: Release, preferences: Preferences) -> tuple[object, ...]:
    """Return the sort key of a source: link, priority, seeders, then the tie break."""
    priorities = preferences.indexer_priorities
    return (
        not _has_link(release),
        priorities.get(release.indexer, USUAL_PRIORITY),
        -(release.seeders or 0),
        tie_break(release),
    )


def _with_hash(release: Release) -> Release:
    """Return a release with the info-hash of its magnet."""
    if release.info_hash or not release.magnet_uri:
        return release
    try:
        magnet = parse_magnet(release.magnet_uri)
    except TorrentFormatError:
        return release
    return replace(release, info_hash=magnet.info_hash)
