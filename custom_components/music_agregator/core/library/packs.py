"""Packs: which files of a torrent with several albums are those of one album."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
import re

from ..model import Album
from ..titles import parse_title_for
from ..titles.matching import AlbumMatcher
from ..torrents.client import TorrentFile
from .audio_files import is_audio

_YEAR_BEFORE = re.compile(r"^\W*((?:19|20)\d\d)(?:-\d\d){0,2}\W+")
_NUMBER_BEFORE = re.compile(r"^\W*\d{1,2}\W+")


def album_files(files: Sequence[TorrentFile], album: Album) -> list[TorrentFile]:
    """Return the files in the folder of an album, none if no folder fits.

    The name of a folder is matched as the title of a release is; of several folders the
    best match counts, then the one with the most music.
    """
    folders = _folders(files)
    matcher = AlbumMatcher(album)
    fitting = [
        (value, len(inside), str(folder))
        for folder, inside in folders.items()
        if (value := _value(folder.name, matcher))
    ]
    if not fitting:
        return []
    _, _, best = min(fitting, key=lambda one: (-one[0], -one[1], one[2]))
    return [file for file in files if PurePosixPath(best) in _path(file).parents]


def is_whole(files: Iterable[TorrentFile]) -> bool:
    """Return whether all of some files is on disk."""
    return all(file.progress >= 1.0 for file in files)


def _folders(files: Iterable[TorrentFile]) -> dict[PurePosixPath, list[TorrentFile]]:
    """Return the folders with some of the music in or below them, but not all of it."""
    folders: dict[PurePosixPath, list[TorrentFile]] = {}
    music = [file for file in files if is_audio(file.name)]
    for file in music:
        for folder in _path(file).parents:
            if folder.name:
                folders.setdefault(folder, []).append(file)
    return {
        folder: inside for folder, inside in folders.items() if len(inside) < len(music)
    }


def _path(file: TorrentFile) -> PurePosixPath:
    return PurePosixPath(file.name.replace("\\", "/"))


def _value(folder: str, matcher: AlbumMatcher) -> float:
    """Return how well a folder's name fits the album (0 to 1)."""
    year = _YEAR_BEFORE.match(folder)
    names = {folder, _YEAR_BEFORE.sub("", folder), _NUMBER_BEFORE.sub("", folder)}
    best = 0.0
    for name in sorted(filter(None, names)):
        for title in (name, f"{matcher.album.artist} - {name}"):
            parsed = parse_title_for(
                title, artists=matcher.artist_names, albums=matcher.titles
            )
            artist, album = parsed.artist, parsed.album
            if parsed.is_discography or not artist or not album:
                continue
            if year and parsed.year is None:
                parsed = replace(parsed, year=int(year[1]))
            if matcher.other_work(parsed) or not matcher.artist_value(artist):
                continue
            best = max(best, matcher.title_value(album))
    return best
