"""Candidates: which releases will do, why the others will not, and in what order.

Every rule is a small function in a table: a filter names its reason with the numbers,
a weight adds a named part to the score. `decide` is pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import log10

from .matching import is_artist, is_title, other_work
from .model import Album, Candidate, Reason, Release, ScorePart
from .quality import LAST_PLACE, Quality, QualityPreferences, QualityProfile, place
from .titles import ParsedTitle, parse_title


@dataclass(frozen=True, kw_only=True, slots=True)
class Preferences:
    """What a household prefers."""

    quality: QualityPreferences = field(default_factory=QualityPreferences)
    minimum_seeders: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """What every rule may look at."""

    album: Album
    profile: QualityProfile
    preferences: Preferences
    release: Release
    parsed: ParsedTitle

    @property
    def quality(self) -> Quality:
        """Return the found quality."""
        return self.parsed.quality

    @property
    def place(self) -> int | None:
        """Return the found quality's place in the wanted profile."""
        return place(
            self.quality,
            self.profile,
            categories=self.release.categories,
            preferences=self.preferences.quality,
        )


def _unreadable(case: _Case) -> Reason | None:
    if case.parsed.is_discography:
        return Reason(code="discography")
    if case.parsed.artist is None or case.parsed.album is None:
        return Reason(code="unreadable_title")
    return None


def _wrong_artist(case: _Case) -> Reason | None:
    artist = case.parsed.artist
    if artist is None or is_artist(case.album, artist):
        return None
    return Reason(
        code="wrong_artist", details={"wanted": case.album.artist, "found": artist}
    )


def _wrong_album(case: _Case) -> Reason | None:
    title = case.parsed.album
    if title is None or is_title(case.album, title):
        return None
    return Reason(
        code="wrong_album", details={"wanted": case.album.title, "found": title}
    )


def _other_work(case: _Case) -> Reason | None:
    marker = other_work(case.album, case.parsed)
    return Reason(code="other_work", details={"marker": marker}) if marker else None


def _wrong_quality(case: _Case) -> Reason | None:
    if case.place is not None:
        return None
    return Reason(
        code="wrong_quality",
        details={"wanted": case.profile.value, "found": str(case.quality)},
    )


def _too_few_seeders(case: _Case) -> Reason | None:
    seeders = case.release.seeders
    if seeders is None or seeders >= case.preferences.minimum_seeders:
        return None
    return Reason(
        code="too_few_seeders",
        permanent=False,
        details={"wanted": case.preferences.minimum_seeders, "found": seeders},
    )


def _no_link(case: _Case) -> Reason | None:
    if case.release.download_url or case.release.magnet_uri:
        return None
    return Reason(code="no_link")


_FILTERS: tuple[Callable[[_Case], Reason | None], ...] = (
    _unreadable,
    _wrong_artist,
    _wrong_album,
    _other_work,
    _wrong_quality,
    _too_few_seeders,
    _no_link,
)


def _quality_value(case: _Case) -> float:
    if case.place is None:
        return 0.0
    return 1.0 - case.place / (LAST_PLACE[case.profile] + 1)


def _seeders_value(case: _Case) -> float:
    """Rise with every power of ten up to a thousand; unknown counts as a few."""
    seeders = case.release.seeders
    return min(log10(1 + (2 if seeders is None else seeders)) / 3, 1.0)


def _year_value(case: _Case) -> float:
    years = {case.album.year} | {
        int(e.date[:4]) for e in case.album.editions if e.date and e.date[:4].isdigit()
    }
    if case.parsed.year is None:
        return 0.5
    return 1.0 if case.parsed.year in years else 0.0


_WEIGHTS: tuple[tuple[str, float, Callable[[_Case], float]], ...] = (
    ("quality", 100.0, _quality_value),
    ("seeders", 30.0, _seeders_value),
    ("year", 10.0, _year_value),
)


def decide(
    album: Album,
    profile: QualityProfile,
    releases: Sequence[Release],
    preferences: Preferences | None = None,
) -> list[Candidate]:
    """Return every release as a candidate: ranked, best first, rejected ones last.

    Pure; the order is total and the same whatever the order of `releases`. A rejected
    candidate carries every reason, an accepted one none; ranks count from 1.
    """
    preferences = preferences or Preferences()
    judged = [
        _judge(
            _Case(
                album=album,
                profile=profile,
                preferences=preferences,
                release=release,
                parsed=parse_title(release.title),
            )
        )
        for release in releases
    ]
    judged.sort(
        key=lambda c: (
            not c.accepted,
            -c.score,
            len(c.reasons),
            c.release.title,
            c.release.indexer,
            c.release.guid,
        )
    )
    return [replace(c, rank=rank) for rank, c in enumerate(judged, start=1)]


def _judge(case: _Case) -> Candidate:
    reasons = (rule(case) for rule in _FILTERS)
    return Candidate(
        rank=0,
        release=case.release,
        quality=case.quality,
        reasons=tuple(reason for reason in reasons if reason),
        parts=tuple(
            ScorePart(name=name, value=round(value(case), 4), weight=weight)
            for name, weight, value in _WEIGHTS
        ),
    )
