"""SavedSearch: what a run found, to decide it again with other preferences."""

from dataclasses import dataclass

from ..decision.sources import Offer, offer_of
from ..model import Album, Candidate, Run
from ..settings import Preferences


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedSearch:
    """What a run wanted and found, without links."""

    run: Run
    album: Album
    candidates: tuple[Candidate, ...]

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Return what was found, for `decide_offers`.

        A torrent of several indexers has the title of its best source.
        """
        return tuple(map(offer_of, self.candidates))

    @property
    def preferences(self) -> Preferences:
        """Return the known preferences: the indexers' priorities."""
        details = [
            part.details
            for candidate in self.candidates
            for part in candidate.parts
            if part.name == "indexer"
        ]
        return Preferences(
            indexer_priorities={
                str(found["indexer"]): int(found["priority"] or 0)
                for found in details
                if found
            }
        )
