"""MusicAgregatorService: the metadata of albums, fetched once and kept for a week."""

from dataclasses import replace
from functools import partial

from ..common.clock import Clock
from ..common.health import ServiceHealth
from ..common.rate_limit import Urgency
from ..common.retry import Retry
from ..common.single_flight import SingleFlight
from ..errors import AlbumNotFoundError, InvalidAlbumIdError
from ..model import Album
from ..musicbrainz import (
    Document,
    is_mbid,
    parse_album,
    parse_editions,
    parse_release_group,
)
from ..store import albums
from ..store.albums import KeptAlbum
from ..store.database import Database
from .musicbrainz_client import MusicBrainz

KEPT_SECONDS = 7 * 86_400.0


class MusicAgregatorService:
    """Fetches albums from MusicBrainz and keeps them."""

    def __init__(self, database: Database, source: MusicBrainz, clock: Clock) -> None:
        self._database = database
        self._source = source
        self._clock = clock
        self.health = ServiceHealth("MusicBrainz", clock)
        self._retry = Retry(clock, self.health.note)
        self._groups: dict[str, Document] = {}
        self._requests = SingleFlight[Document]()

    async def close(self) -> None:
        """Cancel the requests in flight."""
        await self._requests.close()
        await self._source.close()

    async def identify(self, album_id: str, urgency: Urgency = Urgency.PERSON) -> Album:
        """Return an album by its id; a merged album has another id now.

        Raises InvalidAlbumIdError, AlbumNotFoundError, MetadataUnavailableError.
        """
        album_id = album_id.strip().lower()
        if not is_mbid(album_id):
            raise InvalidAlbumIdError(album_id=album_id[:64])
        kept = await self._fresh(album_id)
        if kept is None and album_id not in self._groups:
            # It may have been fetched and saved while that was read.
            kept = await self._fresh(album_id)
        if kept is not None:
            return parse_release_group(kept.data["release-group"])
        group = self._groups.get(album_id) or await self._group(album_id, urgency)
        found = parse_release_group(group)
        found = found if found.album_id else replace(found, album_id=album_id)
        if found.album_id != album_id:
            # Merged: it is fetched by its new id.
            self._groups.pop(album_id, None)
        self._groups[found.album_id] = group
        return found

    async def album(self, album_id: str, urgency: Urgency = Urgency.RUN) -> Album:
        """Return an album with its editions, from the store if it is fresh.

        A merged album has another id than the requested one.
        Raises AlbumNotFoundError, MetadataUnavailableError, MetadataError.
        """
        kept = await self._fresh(album_id)
        if kept is None:
            try:
                kept = await self._fetch(album_id, urgency)
                await self._database.write(albums.save, asked_id=album_id, kept=kept)
            finally:
                self._groups.pop(album_id, None)
        return parse_album(kept.data)

    async def available_album(self, album_id: str) -> Album:
        """Do as `album`, as soon as MusicBrainz answers.

        Raises AlbumNotFoundError, MetadataError.
        """
        return await self._retry.call(lambda: self.album(album_id))

    async def saved_album(self, album_id: str) -> Album:
        """Return the album as it was saved, however old; fetch it if it was lost.

        Raises AlbumNotFoundError, MetadataError.
        """
        return await self.kept_album(album_id) or await self.available_album(album_id)

    async def kept_album(self, album_id: str) -> Album | None:
        """Return an album as it was saved, however old; None if it was not."""
        kept = await self._database.read(albums.find, album_id=album_id)
        return parse_album(kept.data) if kept else None

    async def _fresh(self, album_id: str) -> KeptAlbum | None:
        kept = await self._database.read(albums.find, album_id=album_id)
        if kept and 0.0 <= self._clock.now() - kept.fetched_at < KEPT_SECONDS:
            return kept
        return None

    async def _group(self, album_id: str, urgency: Urgency) -> Document:
        """Request an album; several callers at once share one request.

        A person does not join a request that waits behind others.
        """
        fetch = partial(self._fetch_group, album_id, urgency)
        try:
            return await self._requests.call(f"{urgency} {album_id}", lambda _: fetch())
        except AlbumNotFoundError:
            raise AlbumNotFoundError(album=album_id) from None

    async def _fetch_group(self, album_id: str, urgency: Urgency) -> Document:
        group = await self._source.release_group(album_id, urgency)
        # Here, so that a caller who comes before the others wake finds it, too.
        self._groups[album_id] = group
        return group

    async def _fetch(self, album_id: str, urgency: Urgency) -> KeptAlbum:
        group = self._groups.get(album_id) or await self._group(album_id, urgency)
        canonical = parse_release_group(group).album_id or album_id
        releases = await self._source.releases(canonical, urgency)
        await self._add_tracks(releases, urgency)
        data = {"release-group": group, "releases": releases}
        return KeptAlbum(canonical, self._clock.now(), data)

    async def _add_tracks(self, releases: list[Document], urgency: Urgency) -> None:
        """Fetch the tracks of the oldest edition, which give the album's length."""
        editions = sorted(
            parse_editions({"releases": releases}), key=lambda e: e.date or "9999"
        )
        if not editions:
            return
        oldest = editions[0].edition_id
        document = await self._source.release(oldest, urgency)
        for release in releases:
            if str(release.get("id", "")).lower() == oldest:
                release["media"] = document.get("media")
                release["relations"] = document.get("relations")
