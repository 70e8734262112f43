"""Ranking: the results of a search, and their decision under any preferences."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Any, NamedTuple

from music_agregator import Preferences, QualityProfile
from music_agregator.common.format import megabytes
from music_agregator.decision import decide_offers
from music_agregator.decision.explain import sentence
from music_agregator.decision.sources import Offer, merge, offer_of
from music_agregator.events.saved_search import SavedSearch
from music_agregator.model import Album, Candidate, Release
from music_agregator.search.finder import SearchResult
from music_agregator.settings import EditionPreference, WordingPreference

from .displayable import Displayable, Table

_TOP = 10
# What may also be given as a string.
_CHOICES = {"edition": EditionPreference, "wording": WordingPreference}


class Row(NamedTuple):
    """A candidate in a table: no link. `key` stays the same whatever the order."""

    key: int
    rank: int
    accepted: bool
    score: float
    title: str
    quality: str
    size_bytes: int | None
    seeders: int | None
    indexers: str
    reason: str

    @classmethod
    def of(cls, key: int, candidate: Candidate) -> "Row":
        """Return a candidate as a row."""
        release, reasons = candidate.release, candidate.reasons
        return cls(
            key=key,
            rank=candidate.rank,
            accepted=not reasons,
            score=round(candidate.score, 1),
            title=release.title,
            quality=str(candidate.quality),
            size_bytes=release.size_bytes,
            seeders=release.seeders,
            indexers=", ".join(candidate.indexers),
            reason=sentence(reasons[0].code, reasons[0].details) if reasons else "",
        )


@dataclass(frozen=True, eq=False)
class Ranking(Displayable):
    """An album's releases, ranked by preferences; `again` ranks them without a new search."""

    album: Album
    profiles: tuple[QualityProfile, ...]
    offers: tuple[Offer, ...]
    preferences: Preferences
    profile: QualityProfile
    candidates: tuple[Candidate, ...]

    @classmethod
    def of(
        cls,
        album: Album,
        profiles: Sequence[QualityProfile],
        releases: Iterable[Release],
        preferences: Preferences | None = None,
    ) -> "Ranking":
        """Decide."""
        preferences = preferences or Preferences()
        offers = tuple(merge(releases, preferences))
        return cls._decide(album, tuple(profiles), offers, preferences)

    @classmethod
    def _decide(
        cls,
        album: Album,
        profiles: tuple[QualityProfile, ...],
        offers: tuple[Offer, ...],
        preferences: Preferences,
    ) -> "Ranking":
        profile, found = decide_offers(album, profiles, offers, preferences)
        return cls(album, profiles, offers, preferences, profile, tuple(found))

    @classmethod
    def of_result(
        cls,
        album: Album,
        profiles: Sequence[QualityProfile],
        result: SearchResult,
    ) -> "Ranking":
        """Take the decision of a search."""
        return cls(
            album=album,
            profiles=tuple(profiles),
            offers=tuple(map(offer_of, result.candidates)),
            preferences=result.preferences,
            profile=result.profile,
            candidates=result.candidates,
        )

    @classmethod
    def of_saved(cls, saved: SavedSearch) -> "Ranking":
        """Decide the saved search of a run."""
        return cls._decide(
            saved.album, saved.run.profiles, saved.offers, saved.preferences
        )

    def again(
        self,
        *profiles: QualityProfile | str,
        preferences: Preferences | None = None,
        **changes: Any,
    ) -> "Ranking":
        """Decide again, with other profiles if any are named.

        `changes` are fields of Preferences, in place of those before or of those given.
        """
        for name in changes.keys() & _CHOICES.keys():
            changes[name] = _CHOICES[name](changes[name])
        preferences = replace(preferences or self.preferences, **changes)
        ladder = tuple(map(QualityProfile, profiles)) or self.profiles
        return self._decide(self.album, ladder, self.offers, preferences)

    @property
    def releases(self) -> tuple[Release, ...]:
        """Return every release, those of one torrent together."""
        return tuple(release for offer in self.offers for release in offer.sources)

    @property
    def best(self) -> Candidate | None:
        """Return what would be picked."""
        first = self.candidates[0] if self.candidates else None
        return first if first and first.accepted else None

    @property
    def accepted(self) -> tuple[Candidate, ...]:
        """Return the accepted candidates, best first."""
        return tuple(one for one in self.candidates if one.accepted)

    @property
    def rejections(self) -> Counter[tuple[str, str]]:
        """Count the rejections by reason and indexer."""
        return Counter(
            (reason.code, one.release.indexer)
            for one in self.candidates
            for reason in one.reasons
        )

    @cached_property
    def rows(self) -> list[Row]:
        """Return every candidate as a row."""
        return [Row.of(self.key_of(one), one) for one in self.candidates]

    def key_of(self, candidate: Candidate) -> int:
        """Return what names a candidate in every order of the same releases."""
        return min(self._places[id(release)] for release in candidate.sources)

    @cached_property
    def _places(self) -> dict[int, int]:
        # By identity: a decision keeps the release objects.
        return {id(release): place for place, release in enumerate(self.releases)}

    def find(self, key: int | None) -> Candidate | None:
        """Return the candidate of a key."""
        return next((one for one in self.candidates if self.key_of(one) == key), None)

    def __str__(self) -> str:
        """Return the first of them, and how many there are."""
        return f"{self.heading}\n{self._table}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.heading)}</p>{self._table._repr_html_()}"

    @property
    def heading(self) -> str:
        """Return what was found, in a line."""
        wanted = ", ".join(self.profiles)
        return (
            f"{self.album.described}: {len(self.accepted)} of {len(self.candidates)}"
            f" releases will do for {wanted}"
        )

    @property
    def _table(self) -> Table:
        head = ("rank", "score", "title", "quality", "size", "seeders", "indexers", "")
        return Table(
            head,
            [
                (
                    row.rank,
                    row.score,
                    row.title,
                    row.quality,
                    megabytes(row.size_bytes or 0),
                    row.seeders,
                    row.indexers,
                    row.reason,
                )
                for row in self.rows[:_TOP]
            ],
        )
