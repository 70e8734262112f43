"""The light sandbox: MusicBrainz and an indexer without files, and an App on them."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, Self

import aiohttp

from custom_components.music_agregator.core.app import App
from custom_components.music_agregator.core.common.tasks import BackgroundTasks
from custom_components.music_agregator.core.model import (
    AlbumEvent,
    Mode,
    MonitorRequest,
)
from custom_components.music_agregator.core.quality import QualityProfile
from custom_components.music_agregator.core.settings import (
    ClientSettings,
    IndexerSettings,
    Settings,
)
from custom_components.music_agregator.core.store.database import Database
from custom_components.music_agregator.core.store.engine_database import EngineDatabase
from sandbox.catalogue import OFFERS, Album, Offer
from sandbox.musicbrainz import MusicBrainz
from sandbox.torznab import API_KEY, Torznab
from sandbox.web import Site
from tests.helpers import until_end

from .clock import ManualClock
from .torrent_client import FakeTorrentClient
from .torrents import contents_of, light_torrent

SECRET_URL = "http://127.0.0.1:9/"


class LightWorld:
    """The sandbox's MusicBrainz and indexer, without files, and an App on them."""

    def __init__(
        self,
        *,
        database: Database,
        client: FakeTorrentClient | None = None,
        clock: ManualClock | None = None,
        offers: Sequence[Offer] = OFFERS,
        **settings: Any,
    ) -> None:
        self.database = database
        self.client = client or FakeTorrentClient()
        self.clock = clock or ManualClock()
        self.seeded = [light_torrent(offer) for offer in offers]
        self.musicbrainz = MusicBrainz()
        self.indexer = Torznab(self.seeded)
        self.client.contents |= {one.info_hash: contents_of(one) for one in self.seeded}
        self.settings = settings
        self._stack = AsyncExitStack()
        self.session: aiohttp.ClientSession
        self.app: App

    async def __aenter__(self) -> Self:
        try:
            return await self._enter(self._stack)
        except BaseException:
            await self._stack.aclose()
            raise

    async def _enter(self, enter: AsyncExitStack) -> Self:
        self.session = await enter.enter_async_context(aiohttp.ClientSession())
        self.musicbrainz_url = await self._serve(Site(self.musicbrainz.make_app()))
        torznab = await self._serve(Site(self.indexer.make_app()))
        self.torznab_url = f"{torznab}/api"
        self.app = self.make_app()
        await self.app.start()
        enter.push_async_callback(self._close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _serve(self, site: Site) -> str:
        self._stack.push_async_callback(site.close)
        return await site.start()

    async def _close(self) -> None:
        self.clock.fly()
        await self.app.close()

    @property
    def tasks(self) -> BackgroundTasks:
        """What goes on in the background."""
        return self.app.tasks

    def make_app(self) -> App:
        settings = {
            "instance": "test",
            "client": ClientSettings(url=SECRET_URL),
            "indexers": (
                IndexerSettings(
                    indexer_id="1",
                    name="Sandbox",
                    url=self.torznab_url,
                    api_key=API_KEY,
                ),
            ),
            "musicbrainz_url": self.musicbrainz_url,
            "user_agent": "music_agregator-tests/1 ( nobody@example.org )",
            # Time flies here: what is to stand still would stall before long.
            "stall_seconds": None,
            **self.settings,
        }
        return App(
            database=self.database,
            session=self.session,
            clock=self.clock,
            client=self.client,
            settings=Settings(**settings),
        )

    async def restart(self) -> None:
        """Close the App as a reload does, and start another on the same store."""
        await self.app.close()
        self.app = self.make_app()
        await self.app.start()

    async def have_patience(self, seconds: float) -> None:
        """Start again, and give up what does not move for so long."""
        self.settings["stall_seconds"] = seconds
        await self.restart()

    async def ask(
        self,
        album: Album,
        quality: QualityProfile = QualityProfile.LOSSLESS,
        mode: Mode = Mode.AUTOMATIC,
    ) -> dict[str, Any]:
        request = MonitorRequest(album_id=album.album_id, quality=quality, mode=mode)
        return (await self.app.request(request)).as_dict()

    async def story(self, since_seq: int = 0, **topic: Any) -> list[AlbumEvent]:
        """The events after a seq up to the end of a run."""
        subscription, _ = await self.app.bus.catch_up(since_seq=since_seq, **topic)
        return await until_end(subscription)

    async def get(
        self, album: Album, quality: QualityProfile = QualityProfile.LOSSLESS
    ) -> list[AlbumEvent]:
        """Ask for an album and return its run's events."""
        answer = await self.ask(album, quality)
        return [
            event
            for event in await self.story(answer["seq"] - 1, album_id=album.album_id)
            if event.run_id == answer["run_id"]
        ]


class KeptDatabase(EngineDatabase):
    """An EngineDatabase that an App does not close: the next App goes on with it."""

    async def close(self) -> None:
        """Stay open."""

    async def close_for_good(self) -> None:
        await super().close()
