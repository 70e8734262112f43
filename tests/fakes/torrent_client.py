"""A torrent client in memory, held to the contract of the real ones."""

from collections.abc import Sequence
from functools import cache
import json
from pathlib import Path
from typing import Any

from custom_components.music_agregator.core.errors import (
    ClientRefusedError,
    ClientUnavailableError,
)
from custom_components.music_agregator.core.magnets import parse_magnet, parse_torrent
from custom_components.music_agregator.core.model import InfoHashes
from custom_components.music_agregator.core.torrents.client import (
    NewTorrent,
    Phase,
    Snapshot,
    TorrentFile,
    TorrentState,
)
from sandbox.catalogue import OFFERS

from .torrents import contents_of, light_torrent


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
        # Where a torrent was moved to, out of the folder that it was added with.
        self.folders: dict[str, str] = {}
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
        folder = self.folders.get(name) or torrent.get("folder", "/downloads")
        return TorrentState(
            torrent_id=name,
            hashes=InfoHashes(**torrent["hashes"]),
            phase=Phase(torrent["phase"]),
            name=torrent.get("name", name),
            progress=torrent["progress"],
            speed=torrent.get("speed", 0),
            path=self.paths.get(name, f"{folder}/{name}"),
            save_path=folder,
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
                "folder": f"{new.save_path or '/downloads'}/{new.folder}",
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


@cache
def _catalogue() -> dict[str, list[tuple[str, int]]]:
    offered = map(light_torrent, OFFERS)
    return {one.info_hash: contents_of(one) for one in offered}
