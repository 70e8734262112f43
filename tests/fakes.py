"""Stand-ins for the fast tests, each held to the contract of what it stands for."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import cache
import hashlib
from heapq import heappop, heappush
import json
import math
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web

from custom_components.music_agregator.core.app import App
from custom_components.music_agregator.core.common.tasks import BackgroundTasks
from custom_components.music_agregator.core.errors import (
    ClientRefusedError,
    ClientUnavailableError,
)
from custom_components.music_agregator.core.magnets import parse_magnet, parse_torrent
from custom_components.music_agregator.core.model import (
    AlbumEvent,
    InfoHashes,
    Mode,
    MonitorRequest,
)
from custom_components.music_agregator.core.quality import QualityProfile
from custom_components.music_agregator.core.settings import (
    ClientSettings,
    IndexerSettings,
    Settings,
)
from custom_components.music_agregator.core.store.database import (
    Database,
    EngineDatabase,
)
from custom_components.music_agregator.core.torrents.client import (
    NewTorrent,
    Phase,
    Snapshot,
    TorrentFile,
    TorrentState,
)
from custom_components.music_agregator.core.transitions import ENDS
from sandbox import musicbrainz
from sandbox.catalogue import OFFERS, Album, Offer
from sandbox.torznab import API_KEY, Seeded, Torznab
from sandbox.web import Site

SECRET_URL = "http://127.0.0.1:9/"


class ManualClock:
    """Time that passes by itself in short waits, and in long ones when it is moved."""

    def __init__(self, *, short: float = 5.0) -> None:
        self._now = 1_800_000_000.0
        self._short = short
        self._sleepers: list[tuple[float, float, asyncio.Future[None]]] = []
        self._short_sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        if seconds <= self._short:
            self._count += 1
            heappush(self._short_sleepers, (self._now + seconds, self._count, future))
            loop.call_later(0.001, self._wake_next)
            await future
            return
        sleeper = (self._now + seconds, seconds, future)
        self._sleepers.append(sleeper)
        try:
            await future
        finally:
            self._sleepers.remove(sleeper)

    def _wake_next(self) -> None:
        """Wake who is due first: short waits end in the order of their time."""
        at, _, future = heappop(self._short_sleepers)
        self._now = max(self._now, at)
        if not future.done():
            future.set_result(None)

    def advance(self, seconds: float) -> None:
        self._now += seconds
        for at, _, future in self._sleepers:
            if at <= self._now and not future.done():
                future.set_result(None)

    def fly(self) -> None:
        """Let every wait pass by itself from now on: nobody looks any more."""
        self._short = math.inf
        for at, _, future in self._sleepers:
            self._now = max(self._now, at)
            if not future.done():
                future.set_result(None)

    @property
    def waits(self) -> list[float]:
        """How long each sleeper still has to wait."""
        return sorted(at - self._now for at, _, _ in self._sleepers)

    async def until_waiting(self, seconds: float) -> None:
        """Return when somebody has begun to wait for about that long."""
        while not any(
            abs(asked - seconds) < 1.0 and not future.done()
            for _, asked, future in self._sleepers
        ):
            await asyncio.sleep(0.001)


class FakeTorrentClient:
    """A torrent client in memory, or in a file that outlives its process.

    Every snapshot brings each download `step` further.
    """

    def __init__(self, path: Path | None = None, *, step: float = 0.25) -> None:
        self._path = path
        self.step = step
        self.torrents: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.refuses: set[str] = set()
        self.error: Exception | None = None
        self.free_bytes: int | None = None
        # What is in a torrent, and how far each may come.
        self.contents = dict(_catalogue())
        self.dries_up: dict[str, float] = {}
        # Which files are there whatever the rest, and where content lies.
        self.whole: dict[str, set[int]] = {}
        self.paths: dict[str, str] = {}
        self.is_connected = True
        if path is not None and path.exists():
            self.torrents = json.loads(path.read_text())

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.error is not None:
            raise self.error

    def _keep(self) -> None:
        if self._path is not None:
            partial = self._path.with_suffix(".new")
            partial.write_text(json.dumps(self.torrents))
            partial.replace(self._path)

    async def version(self) -> str:
        self._called("version")
        return "v5.fake"

    async def snapshot(self) -> Snapshot:
        self._called("snapshot")
        for name, torrent in self.torrents.items():
            if torrent["phase"] == Phase.DOWNLOADING:
                most = self.dries_up.get(name, 1.0)
                torrent["progress"] = min(torrent["progress"] + self.step, most)
                if torrent["progress"] >= 1.0:
                    torrent["phase"] = Phase.FINISHED.value
        self._keep()
        return Snapshot(
            {name: self._state(name, t) for name, t in self.torrents.items()},
            self.free_bytes,
            self.is_connected,
        )

    def _state(self, name: str, torrent: dict[str, Any]) -> TorrentState:
        wanted = [f for f in self._files(name) if f.is_wanted]
        return TorrentState(
            torrent_id=name,
            hashes=InfoHashes(**torrent["hashes"]),
            phase=Phase(torrent["phase"]),
            name=torrent.get("name", name),
            progress=torrent["progress"],
            speed=torrent.get("speed", 0),
            path=self.paths.get(name, f"/downloads/{name}"),
            save_path="/downloads",
            size_bytes=sum(file.size_bytes for file in wanted),
            tags=frozenset(torrent["tags"]),
        )

    async def add(self, new: NewTorrent) -> None:
        self._called("add")
        link, hashes = new.link, new.hashes
        if link.torrent is not None:
            found = parse_torrent(link.torrent).hashes
        else:
            found = parse_magnet(link.magnet_uri or "").hashes
        assert found == hashes
        if set(hashes.ids) & self.refuses:
            raise ClientRefusedError
        name = hashes.ids[-1][:40]
        phase = Phase.PAUSED if new.is_held else Phase.DOWNLOADING
        self.torrents.setdefault(
            name,
            {
                "hashes": {"v1": hashes.v1, "v2": hashes.v2},
                "phase": phase.value,
                "progress": 0.0,
                "tags": list(new.tags),
                "unwanted": [],
                "added": 0,
            },
        )["added"] += 1
        self._keep()

    async def add_tags(self, torrent_id: str, tags: Sequence[str]) -> None:
        self._called("add_tags")
        torrent = self.torrents[torrent_id]
        torrent["tags"] = sorted({*torrent["tags"], *tags})
        self._keep()

    async def remove(self, torrent_id: str, *, delete_files: bool) -> None:
        self._called(f"remove delete_files={delete_files}")
        self.torrents.pop(torrent_id, None)
        self._keep()

    def _files(self, torrent_id: str) -> list[TorrentFile]:
        torrent = self.torrents[torrent_id]
        contents = self.contents.get(torrent_id, _SOME_FILES)
        unwanted = torrent.get("unwanted", [])
        whole = self.whole.get(torrent_id, set())
        return [
            TorrentFile(
                index=index,
                name=name,
                size_bytes=size,
                progress=(
                    1.0
                    if index in whole
                    else 0.0
                    if index in unwanted
                    else torrent["progress"]
                ),
                is_wanted=index not in unwanted,
            )
            for index, (name, size) in enumerate(contents)
        ]

    async def files(self, torrent_id: str) -> list[TorrentFile]:
        self._called("files")
        torrent = self.torrents.get(torrent_id)
        if torrent is None or torrent["phase"] == Phase.METADATA:
            return []
        return self._files(torrent_id)

    async def want(
        self, torrent_id: str, indexes: Sequence[int], *, wanted: bool
    ) -> None:
        self._called(f"want {wanted}")
        torrent = self.torrents[torrent_id]
        unwanted = {*torrent["unwanted"], *indexes}
        torrent["unwanted"] = sorted(unwanted - set(indexes) if wanted else unwanted)
        if wanted and torrent["phase"] == Phase.FINISHED:
            torrent.update(phase=Phase.DOWNLOADING.value, progress=0.5)
        self._keep()

    async def start(self, torrent_id: str) -> None:
        self._called("start")
        torrent = self.torrents[torrent_id]
        if torrent["phase"] in {Phase.PAUSED, Phase.ERROR}:
            torrent["phase"] = Phase.DOWNLOADING.value
        self._keep()

    def go_away(self) -> None:
        self.error = ClientUnavailableError("refused")


_SOME_FILES = [("01 Slipway.flac", 500), ("02 Gulls.flac", 400), ("cover.jpg", 100)]


def contents_of(one: Seeded) -> list[tuple[str, int]]:
    """What is in an offer's torrent, as its seeder would have it."""
    offer = one.offer
    kind = "mp3" if offer.codec == "mp3" else "flac"
    albums = offer.pack or (offer.album,)
    place = -1 if "2017" in offer.title and not offer.pack else 0
    tracks = [
        f"{_folder(offer, album)}/{number:02} {title}.{kind}"
        for album in albums
        for number, (title, _) in enumerate(album.editions[place].tracks, start=1)
    ]
    each = one.size_bytes // len(tracks)
    music = [(name, each) for name in tracks]
    return [*music, (f"{_folder(offer, albums[0])}/cover.jpg", 100)]


def _folder(offer: Offer, album: Album) -> str:
    if not offer.pack:
        return offer.name
    return f"{offer.name}/{album.first_date[:4]} - {album.title}"


@cache
def _catalogue() -> dict[str, list[tuple[str, int]]]:
    offered = map(light_torrent, OFFERS)
    return {one.info_hash: contents_of(one) for one in offered}


def light_torrent(offer: Offer) -> Seeded:
    """A torrent without files, for what only looks at its name and hash."""
    name = offer.title.encode()
    private = b"7:privatei1e" if offer.link == "torrent" else b""
    info = b"d6:lengthi60000e4:name%d:%s12:piece lengthi65536e6:pieces20:%s%se" % (
        len(name),
        name,
        hashlib.sha1(name).digest(),
        private,
    )
    data = b"d8:announce23:http://127.0.0.1:9/sek/4:info" + info + b"e"
    info_hash = hashlib.sha1(info).hexdigest()
    return Seeded(
        offer=offer,
        torrent=data,
        magnet=f"magnet:?xt=urn:btih:{info_hash}&tr=http%3A%2F%2F127.0.0.1%3A9%2Fpasskey-77",
        info_hash=info_hash,
        size_bytes=light_size(offer),
    )


def light_size(offer: Offer) -> int:
    """As many bytes as the music would take."""
    seconds = sum(length for _, length in offer.album.editions[0].tracks) // 1000
    kbps = {"flac": 900, "flac24": 2_800}.get(offer.codec)
    return seconds * (kbps or int(offer.title.split()[-1].strip("]"))) * 125


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
        self.musicbrainz_url = await self._serve(Site(musicbrainz.make_app()))
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
        subscription, _ = await self.app.subscribe(since_seq=since_seq, **topic)
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


def run_tasks() -> list[asyncio.Task[Any]]:
    """The tasks of the live runs."""
    every = asyncio.all_tasks()
    return [
        task for task in every if task.get_name().startswith("music_agregator run ")
    ]


async def until_end(subscription: Any) -> list[AlbumEvent]:
    """Read a subscription until a run ends."""
    events = []
    async for event in subscription:
        events.append(event)
        if event.status in ENDS:
            break
    subscription.close()
    return events


def statuses(events: Sequence[AlbumEvent]) -> list[str]:
    return [event.status.value for event in events]


async def never(request: web.Request) -> web.Response:
    """Answer nothing until whoever asked has gone."""
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.005)
    return web.Response()


class KeptDatabase(EngineDatabase):
    """An EngineDatabase that an App does not close: the next App goes on with it."""

    async def close(self) -> None:
        """Stay open."""

    async def close_for_good(self) -> None:
        await super().close()
