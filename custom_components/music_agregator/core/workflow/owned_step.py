"""OwnedStep: end a run whose album is owned; `library/owned.py` decides whether it is."""

from dataclasses import dataclass
from typing import Any

from ..errors import NoIndexersError
from ..events.journal import Journal
from ..library.owned import OwnedAlbums
from ..metadata.album_service import MusicAgregatorService
from ..model import Run, WorkflowStatus as S
from ..search.indexer_service import IndexerService
from ..search.queries import queries_for
from .end_reasons import end_data
from .registry import LiveRun


@dataclass(eq=False, kw_only=True, repr=False)
class OwnedStep:
    """The step of a run in `checking_owned`."""

    journal: Journal
    service: MusicAgregatorService
    owned: OwnedAlbums
    indexers: IndexerService

    async def take(self, live: LiveRun) -> Run:
        """End the run if its album is owned, else go on to the search.

        Raises NoIndexersError.
        """
        run = live.run
        album = await self.service.saved_album(run.album_id)
        owned = await self.owned.find(album, run)
        if owned.run and owned.download:
            quality = str(owned.download.quality)
            data = end_data("already_owned", quality=quality, owner=owned.run.run_id)
            return await self.journal.record(run, S.ALREADY_OWNED, data)
        if match := owned.match:
            data = end_data(
                "in_library", quality=str(match.quality), folder=match.folder
            )
            return await self.journal.record(run, S.ALREADY_OWNED, data)
        if not self.indexers.names:
            raise NoIndexersError
        searching: dict[str, Any] = {
            "queries": [query.text for query in queries_for(album)],
            "indexers": self.indexers.names,
        }
        if owned.is_unknown:
            searching["library"] = "unknown"
        return await self.journal.record(run, S.SEARCHING, searching)
