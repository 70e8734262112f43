"""LibraryIndex: the music in the user's library folders, indexed in a table.

The first scan reads every file, later ones only new and changed files. What cannot be seen
is not gone: the rows of a folder that is away (a NAS that sleeps, or is not mounted), or that
cannot be listed, are kept.
"""

import asyncio
from collections.abc import Iterator, Mapping
import logging
import os
from pathlib import Path, PurePath
import stat
from typing import NamedTuple

from ..common.clock import Clock
from ..common.digest import digest
from ..common.signal import Signal
from ..errors import StoreError
from ..model import Album, TrackFacts
from ..quality import Quality, QualityPreferences, QualityProfile, position_in_profile
from ..store import library_files
from ..store.database import Database
from ..store.library_files import FileRow, Stamp
from ..titles.matching import AlbumMatcher
from .audio_files import LEFTOVERS, is_audio
from .completeness import is_complete, is_of_album, names_key
from .media_reader import MediaReader

_LOGGER = logging.getLogger(__name__)

SCAN_SECONDS = 6 * 3_600.0
# The number of files that one call in a thread reads, and that it only checks.
_READ_AT_ONCE = 50
_LOOKED_AT_ONCE = 5_000
# A folder without music that held so many albums is a mount point.
_SEVERAL = 3


class LibraryMatch(NamedTuple):
    """An album in the library: its quality and its folder."""

    quality: Quality
    folder: str


class LibraryIndex:
    """Indexes the folders, and finds albums in them.

    `changed` is emitted after a scan; `long_away` are the folders that were away in the scan
    before, too.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        reader: MediaReader,
        folders: tuple[str, ...],
    ) -> None:
        self.changed = Signal[()]()
        self.long_away: frozenset[str] = frozenset()
        self._database = database
        self._clock = clock
        self._reader = reader
        self._folders = folders
        self._away: frozenset[str] = frozenset()
        self._one_scan = asyncio.Lock()

    async def run(self) -> None:
        """Scan every few hours, until cancelled."""
        while True:
            try:
                await self.scan()
            except StoreError as error:
                _LOGGER.warning("The scan of the library stops: %s", error)
            except Exception:
                _LOGGER.exception("Unexpected error while scanning the library")
            await self._clock.sleep(SCAN_SECONDS)

    async def scan(self) -> int:
        """Bring the index up to date; return how many files were read.

        Everything that touches a disk runs outside of the event loop, a little at a time.
        Memory is bounded by about 200 bytes for every file. Raises StoreError.
        """
        async with self._one_scan:
            read = await self._scan()
        self.changed.emit()
        return read

    async def _scan(self) -> int:
        known = await self._database.read(library_files.stamps)
        seen: set[str] = set()
        places = _Places(self._folders)
        read = 0
        for folder in self._folders:
            files = _files(folder, places)
            more = True
            while more:
                changed, more = await asyncio.to_thread(_look, files, known, seen)
                rows = [
                    row for one in changed if (row := await self._row(*one)) is not None
                ]
                read += len(rows)
                if rows:
                    await self._database.write(library_files.save, rows=rows)
        gone = [name for name in known if name not in seen]
        missing = dict(await self._database.read(library_files.paths, digests=gone))
        kept = await asyncio.to_thread(places.away_in, missing)
        away = frozenset(kept.values())
        if not known:
            away |= places.closed.intersection(self._folders)
        self.long_away = away & self._away
        for folder in away - self._away:
            _LOGGER.warning("The library folder %s is not there", folder)
        self._away = away
        await self._database.write(
            library_files.remove,
            digests=[name for name in gone if name not in kept],
        )
        return read

    async def _row(self, path: str, stamp: Stamp) -> FileRow | None:
        """Return the row of a file; None if it is to be read another time."""
        reading = await self._reader.look(Path(path))
        if not reading.is_settled:
            return None
        facts = reading.facts or TrackFacts()
        is_named = facts.artist and facts.album
        names = names_key(facts.artist or "", facts.album or "") if is_named else ""
        return FileRow(
            digest=digest(path), path=path, stamp=stamp, names=names, facts=facts
        )

    async def find(
        self, album: Album, profile: QualityProfile, preferences: QualityPreferences
    ) -> LibraryMatch | None:
        """Return an album that is complete and in an accepted quality; else None.

        Found by its MusicBrainz ids, or by any spelling of artist and title, with at least
        as many different tracks as its shortest edition, or as long as it.
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
            if is_of_album(row.facts, wanted)
            and position_in_profile(row.facts.quality, profile, preferences=preferences)
            is not None
        ]
        if not await asyncio.to_thread(is_complete, good, album):
            return None
        return LibraryMatch(good[0].facts.quality, str(Path(good[0].path).parent))

    async def is_away(self) -> bool:
        """Return whether one of the folders is away, so that its content is unknown."""
        places = {*self._folders, *self._away}
        return not await asyncio.to_thread(
            lambda: all(_is_there(place, place in self._away) for place in places)
        )


class _Places:
    """The folders of one scan: those without music, and those that could not be listed."""

    def __init__(self, roots: tuple[str, ...]) -> None:
        self._roots = roots
        self.closed: set[str] = set()
        self.listed: set[str] = set()
        self.empty: set[str] = set()
        self.sounding: set[str] = set()

    def away_in(self, missing: Mapping[str, str]) -> dict[str, str]:
        """Return the missing files that may still be there, each with what is away.

        That is a folder that could not be listed, an empty root, or a folder that held
        several albums and has no music now: a mount point without its disk.
        Who deletes an album may leave its folder.
        """
        self.closed |= {root for root in self._roots if not _is_there(root, False)}
        albums: dict[str, set[PurePath]] = {}
        silent = self.listed - self.sounding
        for path in missing.values():
            for folder in silent.intersection(map(str, PurePath(path).parents)):
                albums.setdefault(folder, set()).add(PurePath(path).parent)
        away = self.closed | {
            folder
            for folder, below in albums.items()
            if len(below) >= _SEVERAL or folder in self.empty.intersection(self._roots)
        }
        return {
            name: next(iter(folders))
            for name, path in missing.items()
            if (folders := away.intersection(map(str, PurePath(path).parents)))
        }


def _is_there(folder: str, had_files: bool) -> bool:
    """Return whether a folder can be listed, and is not an empty mount point."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None or not had_files
    except OSError:
        return False


def _files(folder: str, places: _Places) -> Iterator[os.DirEntry[str]]:
    """Yield every audio file below a folder; links to folders are not followed."""
    stack = [folder]
    while stack:
        place = stack.pop()
        try:
            with os.scandir(place) as found:
                entries = list(found)
        except OSError:
            # Also one that has gone since it was seen: its disk may have.
            places.closed.add(place)
            continue
        places.listed.add(place)
        if not entries:
            places.empty.add(place)
        for entry in entries:
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
            except OSError:
                is_folder = False
            if is_folder and entry.name not in LEFTOVERS:
                stack.append(entry.path)
            elif is_audio(entry.name):
                if place not in places.sounding:
                    places.sounding |= {place, *map(str, PurePath(place).parents)}
                yield entry


class _Look(NamedTuple):
    """The files of one call that are new or changed, and whether there are more files."""

    changed: list[tuple[str, Stamp]]
    more: bool


def _look(
    files: Iterator[os.DirEntry[str]], known: Mapping[str, Stamp], seen: set[str]
) -> _Look:
    """Look at the next files (in a worker thread)."""
    changed: list[tuple[str, Stamp]] = []
    for looked, entry in enumerate(files, start=1):
        name = digest(entry.path)
        try:
            found = entry.stat()
        except OSError:
            # A dead link, or a disk that fails: not a reason to forget it.
            seen.add(name)
            continue
        if not stat.S_ISREG(found.st_mode):
            continue
        seen.add(name)
        stamp = Stamp(found.st_mtime, found.st_size)
        if known.get(name) != stamp:
            changed.append((entry.path, stamp))
        if len(changed) >= _READ_AT_ONCE or looked >= _LOOKED_AT_ONCE:
            return _Look(changed, True)
    return _Look(changed, False)
