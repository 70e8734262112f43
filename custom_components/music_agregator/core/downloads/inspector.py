"""Inspector: check a download against its album, by names first and then on disk."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..library.audio_files import AUDIO_FORMATS, is_readable, suffix
from ..library.media_reader import MediaReader
from ..library.packs import album_files, is_whole
from ..metadata.album_service import MusicAgregatorService
from ..model import Album, Download, Extent, Reason, Run, TrackFacts
from ..quality import Quality
from ..settings import Settings
from ..store import downloads
from ..store.database import Database
from ..torrents.client import Snapshot, TorrentFile, TorrentState, WatchedClient
from ..torrents.disk_space import DiskSpace
from ..torrents.tags import is_ours
from .file_checks import (
    Expectation,
    are_unreadable,
    check_names,
    check_size,
    check_tracks,
    found_quality,
    music,
)

NOT_INSIDE = "not_in_pack"
_MOST_TRACKS = 500


class Inspection(NamedTuple):
    """What an inspection found: the wanted files, and what is wrong with them."""

    files: list[TorrentFile]
    wrong: Reason | None = None
    # What the files say themselves, where they can be read from here.
    quality: Quality | None = None


@dataclass(eq=False, kw_only=True, repr=False)
class Inspector:
    """Inspects downloads."""

    database: Database
    client: WatchedClient
    disk_space: DiskSpace
    service: MusicAgregatorService
    reader: MediaReader
    settings: Settings

    def __post_init__(self) -> None:
        self._choosing = asyncio.Lock()

    async def inspect_names(
        self, run: Run, download: Download, state: TorrentState, snapshot: Snapshot
    ) -> Inspection | None:
        """Check the names; of a pack, have the album's files downloaded.

        None while there are no names yet, or no room for the album's part of a pack.
        """
        expected = await self._expected(run, download)
        if download.extent is Extent.WHOLE:
            files = await self._files(state)
            return Inspection(files, check_names(files, expected)) if files else None
        # One at a time: what one album leaves out, the next may want.
        async with self._choosing:
            return await self._inspect_pack(run, download, state, snapshot, expected)

    async def _inspect_pack(
        self,
        run: Run,
        download: Download,
        state: TorrentState,
        snapshot: Snapshot,
        expected: Expectation,
    ) -> Inspection | None:
        files = await self._files(state)
        if not files:
            return None
        mine = await asyncio.to_thread(album_files, files, expected.album)
        if not mine:
            return Inspection([], Reason(code=NOT_INSIDE))
        wrong = check_names(mine, expected) or check_size(mine, expected)
        if wrong is not None:
            return Inspection(mine, wrong)
        return await self._choose(
            run, download, state, snapshot, files=files, mine=mine
        )

    async def _choose(
        self,
        run: Run,
        download: Download,
        state: TorrentState,
        snapshot: Snapshot,
        *,
        files: Sequence[TorrentFile],
        mine: list[TorrentFile],
    ) -> Inspection | None:
        """Have an album's files downloaded, and of the others only what other runs want."""
        client = self.client
        row = await self.database.read(downloads.get, download_id=download.download_id)
        is_first = row is not None and row.extent is Extent.TO_CHOOSE
        missing = [file.index for file in mine if not file.is_wanted]
        if not is_first and any(f.is_wanted for f in music(mine, download.quality)):
            # They were chosen before; the user may have deselected some since.
            missing = []
        if not is_ours(state, self.settings.instance):
            # Not ours: what it fetches is not ours to change.
            return Inspection(mine, Reason(code=NOT_INSIDE) if missing else None)
        chosen = {file.index for file in mine}
        others = [file.index for file in files if file.index not in chosen]

        async def choose() -> None:
            if is_first and others:
                await client.want(state.torrent_id, others, wanted=False)
            if missing:
                await client.want(state.torrent_id, missing, wanted=True)

        if is_first:
            size = sum(file.size_bytes for file in mine)
            # The pack itself would count as still to come, as a whole.
            torrents = {
                name: torrent
                for name, torrent in snapshot.torrents.items()
                if name != state.torrent_id
            }
            others_only = Snapshot(torrents, snapshot.free_bytes)
            if not await self.disk_space.has_room(run, size, others_only):
                return None
        await client.until_available(choose)
        if not is_first:
            return Inspection(mine)
        await client.until_available(lambda: client.start(state.torrent_id))
        await self.database.write(
            downloads.set_extent, download_id=download.download_id, extent=Extent.CHOSEN
        )
        return Inspection(mine)

    async def inspect_on_disk(
        self, run: Run, download: Download, state: TorrentState
    ) -> Inspection | None:
        """Check what of an album is on disk; None while some is still to come.

        The inspection has no files if none of the music is selected any more.
        """
        files = await self._files(state)
        expected = await self._expected(run, download)
        if download.extent is not Extent.WHOLE:
            files = await asyncio.to_thread(album_files, files, expected.album)
        if not files:
            return None
        wrong = check_names(files, expected)
        if wrong is not None:
            return Inspection(files, wrong)
        sounding = music(files, download.quality)
        wanted = [file for file in files if file.is_wanted]
        if not any(file.is_wanted for file in sounding):
            return Inspection([])
        if download.extent is not Extent.WHOLE and not is_whole(wanted):
            return None
        # The user may have deselected some of it.
        if not all(file.is_wanted for file in sounding):
            return Inspection(wanted)
        tracks = await self._tracks(sounding, state)
        if tracks is None:
            return Inspection(wanted)
        wrong = check_tracks(tracks, expected)
        return Inspection(
            wanted, wrong, found_quality([t for t in tracks if t is not None])
        )

    async def _files(self, state: TorrentState) -> list[TorrentFile]:
        client = self.client
        return await client.until_available(lambda: client.files(state.torrent_id))

    async def _expected(self, run: Run, download: Download) -> Expectation:
        album = await self.service.kept_album(run.album_id)
        return Expectation(
            album=album or Album(album_id=run.album_id, title=run.album_title),
            promised=download.quality,
            profiles=run.profiles,
            preferences=self.settings.preferences.quality,
        )

    async def _tracks(
        self, files: Sequence[TorrentFile], state: TorrentState
    ) -> list[TrackFacts | None] | None:
        """Return what the files say; None if they cannot be read from here."""
        if state.folder is None:
            return None
        folder = self.settings.at_home(state.folder)
        formats = [AUDIO_FORMATS.get(suffix(file.name)) for file in files]
        if not files or not all(one and one.is_readable for one in formats):
            return None
        names = [file.name for file in files]
        paths = [Path(folder, name) for name in names[:_MOST_TRACKS]]
        if not await asyncio.to_thread(_are_readable, paths):
            return None
        found: list[TrackFacts | None] = []
        for path in paths:
            if are_unreadable(found.count(None), len(paths)):
                # A file may take seconds to be given up: so many are enough.
                break
            found.append(await self.reader.read(path, is_sniffed=True))
        return [*found, *[None] * (len(paths) - len(found))]


def _are_readable(paths: Sequence[Path]) -> bool:
    return all(map(is_readable, paths))
