"""Decide which releases are acceptable, why the others are not, and in what order.

All of it is pure.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..common.digest import offer_digest
from ..model import Album, Candidate, Reason, Release, ScorePart
from ..quality import QualityProfile
from ..settings import Preferences
from ..titles import ParsedTitle, parse_title_for
from ..titles.matching import AlbumMatcher
from .case import Case
from .rejections import RULES
from .scores import score
from .sizes import durations
from .sources import Offer, combined, in_order, merge, tie_break


def decide(
    album: Album,
    profile: QualityProfile,
    releases: Sequence[Release],
    preferences: Preferences | None = None,
) -> list[Candidate]:
    """Return every torrent as a candidate: ranked, best first, rejected ones last.

    Pure; the order is total and the same whatever the order of `releases`. A rejected
    candidate carries every reason, an accepted one none; ranks count from 1. The same
    torrent from several indexers is one candidate with several sources.
    """
    return decide_ladder(album, (profile,), releases, preferences)[1]


def decide_ladder(
    album: Album,
    ladder: Sequence[QualityProfile],
    releases: Sequence[Release],
    preferences: Preferences | None = None,
) -> tuple[QualityProfile, list[Candidate]]:
    """Return the profile of the best candidate, and all candidates.

    The score orders all that are accepted, whichever profile of the list takes them: what
    the first profile accepts comes first. What none accepts comes last, with the first
    profile's reasons: that is what was wanted.
    """
    preferences = preferences or Preferences()
    return decide_offers(album, ladder, merge(releases, preferences), preferences)


def decide_offers(
    album: Album,
    ladder: Sequence[QualityProfile],
    offers: Iterable[Offer],
    preferences: Preferences,
) -> tuple[QualityProfile, list[Candidate]]:
    """Do as `decide_ladder`, for releases that are merged already.

    Offers that are equal in everything keep the order in which they come.
    """
    judged = _judge(album, tuple(ladder), offers, preferences)
    judged.sort(key=_Judged.order)
    best = next((one.case.profile for one in judged if not one.reasons), ladder[0])
    return best, [one.as_candidate(rank) for rank, one in enumerate(judged, start=1)]


def _judge(
    album: Album,
    ladder: tuple[QualityProfile, ...],
    offers: Iterable[Offer],
    preferences: Preferences,
) -> "list[_Judged]":
    matcher = AlbumMatcher(album)
    length = durations(album)
    judged = []
    for offer in offers:
        sources = in_order(offer, preferences)
        release = combined(sources)
        case = Case(
            matcher=matcher,
            ladder=ladder,
            preferences=preferences,
            durations=length,
            release=release,
            parsed=_best_title(matcher, sources),
            is_blocked=offer.is_blocked or _is_blocked(release, preferences),
            has_link=offer.has_link,
        )
        findings = tuple(rule(case) for rule in RULES)
        judged.append(_judged(case, sources, findings, score(case)))
    return judged


def _is_blocked(release: Release, preferences: Preferences) -> bool:
    """Return whether a torrent is on the blocklist: by its info-hash, else by its offer."""
    if release.info_hash is not None or not preferences.blocked_guids:
        return release.info_hash in preferences.blocked_hashes
    return offer_digest(release.guid, release.title) in preferences.blocked_guids


def _best_title(matcher: AlbumMatcher, sources: Sequence[Release]) -> ParsedTitle:
    """Return the most informative parsed title of a torrent's sources."""
    titles = sorted({source.title for source in sources})
    if len(titles) == 1:
        return parse_title_for(titles[0], matcher.wanted)
    parsed = (parse_title_for(title, matcher.wanted) for title in titles)

    def informed(one: ParsedTitle) -> tuple[bool, bool, bool]:
        is_wanted = bool(matcher.artist_match(one.artist or "")) and bool(
            matcher.title_match(one.album or "")
        )
        return is_wanted, one.artist is not None, one.quality.codec is not None

    return max(parsed, key=informed)


class _Judged(NamedTuple):
    """A release with its decision, not ranked yet."""

    case: Case
    sources: tuple[Release, ...]
    # The finding of each rule.
    findings: tuple[Reason | None, ...]
    parts: tuple[ScorePart, ...]
    score: float

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return the reasons against it."""
        return tuple(filter(None, self.findings))

    def order(self) -> tuple[object, ...]:
        """Return the sort key: the score, then values that make the order total."""
        against = len(self.findings) - self.findings.count(None)
        return (
            against > 0,
            -round(self.score, 6),
            against,
            tie_break(self.case.release),
        )

    def as_candidate(self, rank: int) -> Candidate:
        """Return it as a candidate of a rank."""
        return Candidate(
            rank=rank,
            release=self.case.release,
            quality=self.case.quality,
            score=self.score,
            reasons=self.reasons,
            parts=self.parts,
            sources=self.sources,
            is_pack=self.case.parsed.is_discography,
        )


def _judged(
    case: Case,
    sources: tuple[Release, ...],
    findings: tuple[Reason | None, ...],
    parts: tuple[ScorePart, ...],
) -> _Judged:
    total = sum([part.value * part.weight for part in parts])
    return _Judged(case, sources, findings, parts, total)
