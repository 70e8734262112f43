"""A search as a run saved it: enough to decide it again, with other preferences."""

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
        """Return what was found, to be decided by `decide_offers`.

        Of a torrent of several indexers the title is that of its best source.
        """
        return tuple(map(offer_of, self.candidates))

    @property
    def preferences(self) -> Preferences:
        """Return what is known of the preferences: the indexers' priorities."""
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
