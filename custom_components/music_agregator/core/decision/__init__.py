"""Candidates: which releases will do, why the others will not, and in what order.

`rules` refuse, `scores` rank, `sources` makes one of what several indexers offer,
`sizes` knows how much room music takes. All of it is pure.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ..model import (
    Album,
    Candidate,
    Reason,
    Release,
    ScorePart,
)
from ..quality import QualityProfile
from ..settings import Preferences
from ..titles import ParsedTitle, parse_title_for
from ..titles.matching import AlbumMatcher
from .case import Case
from .rules import PROFILE_RULES, RULES
from .scores import score
from .sizes import durations
from .sources import (
    Sources,
    combined,
    merge,
    tie_break,
)

__all__ = [
    "Preferences",
    "decide",
    "decide_ladder",
]


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
    return _ranked(_judge(album, profile, releases, preferences or Preferences()))


def decide_ladder(
    album: Album,
    ladder: Sequence[QualityProfile],
    releases: Sequence[Release],
    preferences: Preferences | None = None,
) -> tuple[QualityProfile, list[Candidate]]:
    """Return the first profile that has an acceptable candidate, and all candidates.

    What the first profile accepts comes first, then what only a later one does; what
    none accepts comes last, with the first profile's reasons: that is what was wanted.
    """
    chosen: QualityProfile | None = None
    ranked: dict[Sources, Candidate] = {}
    rejected: dict[Sources, Candidate] = {}
    judged = _judge(album, ladder[0], releases, preferences or Preferences())
    for profile in ladder:
        judged = [one.again(profile) for one in judged]
        for candidate in _ranked(judged):
            if candidate.accepted:
                chosen = chosen or profile
                ranked.setdefault(candidate.sources, candidate)
            else:
                rejected.setdefault(candidate.sources, candidate)
    every = ranked | {s: c for s, c in rejected.items() if s not in ranked}
    return chosen or ladder[0], [
        replace(candidate, rank=rank)
        for rank, candidate in enumerate(every.values(), start=1)
    ]


def _judge(
    album: Album,
    profile: QualityProfile,
    releases: Sequence[Release],
    preferences: Preferences,
) -> "list[_Judged]":
    matcher = AlbumMatcher(album)
    length = durations(album)
    judged = []
    for sources in merge(releases, preferences):
        case = Case(
            matcher=matcher,
            profile=profile,
            preferences=preferences,
            durations=length,
            release=combined(sources),
            parsed=_best_title(matcher, sources),
        )
        findings = tuple(rule(case) for rule in RULES)
        judged.append(_Judged(case, sources, findings, score(case)))
    return judged


def _ranked(judged: "list[_Judged]") -> list[Candidate]:
    ranked = sorted(judged, key=_Judged.order)
    return [one.as_candidate(rank) for rank, one in enumerate(ranked, start=1)]


def _best_title(matcher: AlbumMatcher, sources: Sources) -> ParsedTitle:
    """Return what the best informed title of a torrent's sources says."""
    titles = sorted({source.title for source in sources})
    parsed = (
        parse_title_for(title, artists=matcher.artist_names, albums=matcher.titles)
        for title in titles
    )

    def informed(one: ParsedTitle) -> tuple[bool, bool, bool]:
        is_wanted = bool(matcher.artist_value(one.artist or "")) and bool(
            matcher.title_value(one.album or "")
        )
        return is_wanted, one.artist is not None, one.quality.codec is not None

    return max(parsed, key=informed)


class _Judged(NamedTuple):
    """A release with its decision, not ranked yet."""

    case: Case
    sources: Sources
    # What each rule says.
    findings: tuple[Reason | None, ...]
    parts: tuple[ScorePart, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return what speaks against it."""
        return tuple(filter(None, self.findings))

    def again(self, profile: QualityProfile) -> "_Judged":
        """Return it as it is for another profile."""
        if profile is self.case.profile:
            return self
        case = replace(self.case, profile=profile)
        findings = tuple(
            rule(case) if rule in PROFILE_RULES else known
            for rule, known in zip(RULES, self.findings, strict=True)
        )
        return _Judged(case, self.sources, findings, score(case, self.parts))

    def order(self) -> tuple[object, ...]:
        """Return what to sort by: the score, then anything that is always the same."""
        against = len(self.findings) - self.findings.count(None)
        return (
            against > 0,
            -round(sum(part.points for part in self.parts), 6),
            against,
            tie_break(self.case.release),
        )

    def as_candidate(self, rank: int) -> Candidate:
        """Return it with its rank."""
        return Candidate(
            rank=rank,
            release=self.case.release,
            quality=self.case.quality,
            reasons=self.reasons,
            parts=self.parts,
            sources=self.sources,
            is_pack=self.case.parsed.is_discography,
        )
