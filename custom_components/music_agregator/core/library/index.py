"""LibraryIndex: the music in the user's library folders, indexed in a table.

The first scan reads every file, later ones only new and changed files. The rows of a
folder that is away (a NAS that sleeps) are kept.
"""

import asyncio
from collections.abc import Iterator, Mapping
import logging
import os
from pathlib import Path
from typing import NamedTuple

from ..common.clock import Clock
from ..common.digest import digest
from ..errors import StoreError
from ..model import Album
from ..quality import Quality, QualityPreferences, QualityProfile, position_in_profile
from ..store import library_files
from ..store.database import Database
from ..store.library_files import FileRow, Stamp
from ..titles.matching import AlbumMatcher
from ..titles.names import normalise
from .audio_files import is_audio, read_tags

_LOGGER = logging.getLogger(__name__)

SCAN_SECONDS = 6 * 3_600.0
# The number of files that one call in a thread reads, and that it only checks.
_READ_AT_ONCE = 50
_LOOKED_AT_ONCE = 5_000


class LibraryMatch(NamedTuple):
    """An album in the library: its quality and its folder."""

    quality: Quality
    folder: str


class LibraryIndex:
    """Indexes the folders, and finds albums in them."""

    def __init__(
        self, database: Database, clock: Clock, folders: tuple[str, ...]
    ) -> None:
        self._database = database
        self._clock = clock
        self._folders = tuple(map(Path, folders))
        self._away: set[Path] = set()
        self._one_scan = asyncio.Lock()

    async def run(self) -> None:
        """Scan every few hours, until cancelled."""
        while True:
            try:
                await self.scan()
            except StoreError as error:
                _LOGGER.warning("The scan of the library stops: %s", error)
            await self._clock.sleep(SCAN_SECONDS)

    async def scan(self) -> int:
        """Bring the index up to date; return how many files were read.

        Everything that touches a disk runs in a thread, a little at a time. Memory is
        bounded by about 200 bytes for every file. Raises StoreError.
        """
        async with self._one_scan:
            return await self._scan()

    async def _scan(self) -> int:
        known = await self._database.read(library_files.stamps)
        seen: set[str] = set()
        read = 0
        for folder in self._folders:
            if not await asyncio.to_thread(folder.is_dir):
                self._note_away(folder)
                continue
            self._away.discard(folder)
            files = _files(folder)
            while (turn := await asyncio.to_thread(_turn, files, known, seen)).more:
                read += len(turn.rows)
                await self._save(turn.rows)
            read += len(turn.rows)
            await self._save(turn.rows)
        if not self._away:
            gone = [name for name in known if name not in seen]
            await self._database.write(library_files.remove, digests=gone)
        return read

    async def find(
        self, album: Album, profile: QualityProfile, preferences: QualityPreferences
    ) -> LibraryMatch | None:
        """Return an album that is complete and in an accepted quality; else None.

        Found by its MusicBrainz ids, or by any spelling of artist and title, with at least
        as many tracks as its shortest edition.
        """
        if not self._folders:
            return None
        wanted = AlbumMatcher(album)
        keys = {
            names_key(artist, title)
            for artist in wanted.artist_names
            for title in wanted.titles
        }
        ids = [album.album_id, *(edition.edition_id for edition in album.editions)]
        rows = await self._database.read(
            library_files.of_album, ids=ids, keys=sorted(keys)
        )
        good = [
            row
            for row in rows
            if position_in_profile(row.quality, profile, preferences=preferences)
            is not None
        ]
        counts = [e.track_count for e in album.editions if e.track_count]
        if len(good) < max(min(counts, default=1), 1):
            return None
        return LibraryMatch(good[0].quality, str(Path(good[0].path).parent))

    async def is_away(self) -> bool:
        """Return whether one of the folders is away, so that its content is unknown."""
        for folder in self._folders:
            if not await asyncio.to_thread(folder.is_dir):
                return True
        return False

    async def _save(self, rows: list[FileRow]) -> None:
        if rows:
            await self._database.write(library_files.save, rows=rows)

    def _note_away(self, folder: Path) -> None:
        if folder not in self._away:
            self._away.add(folder)
            _LOGGER.warning("The library folder %s is not there", folder)


def names_key(artist: str, album: str) -> str:
    """Return the key of an artist's album, the same for every spelling."""
    return digest(f"{normalise(artist)}\n{normalise(album)}")


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield every audio file below a folder; links to folders are not followed."""
    stack = [str(folder)]
    while stack:
        try:
            entries = list(os.scandir(stack.pop()))
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                stack.append(entry.path)
            elif is_audio(entry.name):
                yield entry


class _Turn(NamedTuple):
    """The rows of one call, and whether there are more files."""

    rows: list[FileRow]
    more: bool


def _turn(
    files: Iterator[os.DirEntry[str]], known: Mapping[str, Stamp], seen: set[str]
) -> _Turn:
    """Check the next files and read those that changed (in a worker thread)."""
    rows: list[FileRow] = []
    for looked, entry in enumerate(files, start=1):
        name = digest(entry.path)
        seen.add(name)
        try:
            stat = entry.stat()
        except OSError:
            continue
        stamp = Stamp(stat.st_mtime, stat.st_size)
        if known.get(name) != stamp:
            rows.append(_row(name, entry.path, stamp))
        if len(rows) >= _READ_AT_ONCE or looked >= _LOOKED_AT_ONCE:
            return _Turn(rows, True)
    return _Turn(rows, False)


def _row(name: str, path: str, stamp: Stamp) -> FileRow:
    facts = read_tags(Path(path))
    names = names_key(facts.artist, facts.album) if facts.artist and facts.album else ""
    return FileRow(digest=name, path=path, stamp=stamp, names=names, facts=facts)
