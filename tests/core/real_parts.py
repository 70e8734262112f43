"""The core's real on real parts: the sandbox, a qBittorrent, and an App on both."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from custom_components.music_agregator.core.app import App
from custom_components.music_agregator.core.common.clock import SystemClock
from custom_components.music_agregator.core.model import AlbumEvent, MonitorRequest
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.settings import (
    ClientSettings,
    IndexerSettings,
    Settings,
)
from custom_components.music_agregator.core.store.engine_database import EngineDatabase
from sandbox import catalogue as c
from sandbox.qbittorrent import PASSWORD, USERNAME, NoQBittorrentError, QBittorrent
from sandbox.torznab import API_KEY
from sandbox.world import World
from tests.conftest import missing
from tests.helpers import until_end


class LeapingClock(SystemClock):
    """The machine's clock, which can be put forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        return super().now() + self._ahead

    def monotonic(self) -> float:
        return super().monotonic() + self._ahead

    def leap(self, seconds: float) -> None:
        self._ahead += seconds


class RealParts:
    """The sandbox, a qBittorrent of one version, and an App on both."""

    def __init__(
        self,
        world: World,
        client: QBittorrent,
        folder: Path,
        session: aiohttp.ClientSession,
        **settings: Any,
    ) -> None:
        self.world = world
        self.client = client
        self.folder = folder
        self.session = session
        self.settings = settings
        self.clock = LeapingClock()
        self.indexers: list[IndexerSettings] = [
            IndexerSettings(
                indexer_id="1", name="Sandbox", url=world.torznab_url, api_key=API_KEY
            )
        ]
        self.app: App

    @property
    def store_url(self) -> str:
        return f"sqlite:///{self.folder / 'store.db'}"

    async def start(self) -> None:
        self.app = App(
            database=EngineDatabase(self.store_url),
            session=self.session,
            clock=self.clock,
            settings=Settings(
                instance="real",
                client=ClientSettings(
                    url=self.client.url, username=USERNAME, password=PASSWORD
                ),
                indexers=tuple(self.indexers),
                musicbrainz_url=self.world.musicbrainz_url,
                user_agent="music_agregator-tests/1 ( nobody@example.org )",
                **self.settings,
            ),
        )
        await self.app.start()

    async def ask(self, album: c.Album, quality: Q) -> tuple[str, int]:
        """Ask for an album; return the run and the seq before it."""
        answer = await self.app.request(
            MonitorRequest(album_id=album.album_id, quality=quality)
        )
        return answer.run.run_id, answer.run.seq - 1

    async def get(self, album: c.Album, quality: Q) -> list[AlbumEvent]:
        _, since = await self.ask(album, quality)
        return await self.story(album, since)

    async def story(self, album: c.Album, since: int) -> list[AlbumEvent]:
        """The events of an album up to the end of its run."""
        subscription, _ = await self.app.bus.catch_up(
            since_seq=since, album_id=album.album_id
        )
        # A peer that was too busy for the first handshake is met again after minutes.
        async with asyncio.timeout(420):
            return await until_end(subscription)

    def offer(self, title: str) -> c.Offer:
        return next(one.offer for one in self.world.seeded if one.offer.title == title)


@asynccontextmanager
async def open_real_parts(
    folder: Path,
    major: int,
    *,
    offers: Sequence[c.Offer] = c.OFFERS,
    upload_limit: int | None = None,
    **settings: Any,
) -> AsyncIterator[RealParts]:
    """Open a real on a qBittorrent of one version."""
    try:
        client = QBittorrent(folder / "leecher", major=major)
        world = World(folder, offers=offers, upload_limit=upload_limit)
    except NoQBittorrentError as error:
        missing(str(error))
    async with world, aiohttp.ClientSession() as session:
        await client.start()
        real = RealParts(world, client, folder, session, **settings)
        try:
            await real.start()
            yield real
        finally:
            await real.app.close()
            await client.kill()
