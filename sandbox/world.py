"""The whole sandbox: made once, started, and used by the demo and the tests alike."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
import hashlib
from pathlib import Path
from typing import Self

import torf

from . import tracker
from .audio import write_offer
from .catalogue import OFFERS, Listing, Offer
from .musicbrainz import MusicBrainz
from .qbittorrent import QBittorrent
from .torznab import Seeded, Torznab
from .web import Site

_PIECE = 65_536


class World:
    """MusicBrainz, an indexer, a tracker, and a qBittorrent that seeds it all."""

    def __init__(
        self,
        folder: Path,
        *,
        offers: Sequence[Offer] = OFFERS,
        listings: Sequence[Listing] = (),
        upload_limit: int | None = None,
    ) -> None:
        self._folder = folder
        self._offers = offers
        self._listings = listings
        self._upload_limit = upload_limit
        self._stack = AsyncExitStack()
        self.music = folder / "music"
        self.seeder = QBittorrent(folder / "seeder")
        self.seeded: list[Seeded] = []
        self.indexer: Torznab
        self.musicbrainz_url = ""
        self.torznab_url = ""

    async def __aenter__(self) -> Self:
        """Make the music, and start everything."""
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop everything."""
        await self._stack.aclose()

    async def _start(self) -> None:
        self.musicbrainz_url = await self._serve(Site(MusicBrainz().make_app()))
        tracker_url = await self._serve(Site(tracker.make_app(self.seeder.bt_port)))
        announce = f"{tracker_url}/announce"
        self._stack.push_async_callback(self.seeder.kill)
        made = asyncio.to_thread(
            lambda: [seed(self.music, offer, announce) for offer in self._offers]
        )
        self.seeded, _ = await asyncio.gather(made, self.seeder.start())
        self.indexer = Torznab(self.seeded, listings=self._listings)
        torznab_url = await self._serve(Site(self.indexer.make_app()))
        self.torznab_url = f"{torznab_url}/api"
        await self._seed_all()

    async def _serve(self, site: Site) -> str:
        self._stack.push_async_callback(site.close)
        return await site.start()

    async def _seed_all(self) -> None:
        client = self.seeder.client()
        for one in self.seeded:
            await asyncio.to_thread(
                client.torrents_add,
                torrent_files=one.torrent,
                save_path=str(self.music),
                use_auto_torrent_management=False,
                upload_limit=self._upload_limit,
                is_skip_checking=True,
            )
        await self.seeder.until(
            lambda c: c.torrents_info(),
            lambda all_: (
                len(all_) == len(self.seeded)
                and all(torrent["progress"] == 1 for torrent in all_)
            ),
        )

    def differences(self, offer: Offer, downloaded: Path) -> list[str]:
        """Return the files that are not the seeder's, byte by byte."""
        original = _digests(self.music / offer.name)
        copy = _digests(downloaded)
        return sorted(
            name for name in original | copy if original.get(name) != copy.get(name)
        )


def seed(music: Path, offer: Offer, announce: str) -> Seeded:
    """Make an offer's files and its torrent."""
    folder = write_offer(music, offer)
    torrent = torf.Torrent(
        path=folder,
        trackers=[announce],
        piece_size=_PIECE,
        private=offer.link == "torrent" or None,
    )
    torrent.generate()
    return Seeded(
        offer=offer,
        torrent=torrent.dump(),
        magnet=str(torrent.magnet()),
        info_hash=torrent.infohash,
        size_bytes=torrent.size,
    )


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
