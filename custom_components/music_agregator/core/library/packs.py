"""Packs: which files of a torrent with several albums are those of one album."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
import re

from ..model import Album
from ..titles import parse_title_for
from ..titles.matching import AlbumMatcher
from ..titles.names import normalise
from ..torrents.client import TorrentFile
from .audio_files import is_audio

_YEAR_BEFORE = re.compile(r"^\W*((?:19|20)\d\d)(?:-\d\d){0,2}\W+")
# The number of files of a pack, the number of folders above a file that may be the album's,
# and the length of a folder's name: what a stranger made must not cost more.
MOST_FILES = 20_000
_DEEPEST = 4
_LONGEST = 300
_NUMBER_BEFORE = re.compile(r"^\W*\d{1,2}\W+")


def album_files(files: Sequence[TorrentFile], album: Album) -> list[TorrentFile]:
    """Return the files in the folder of an album, none if no folder fits.

    The name of a folder is matched as the title of a release is; of several folders the
    best match counts, then the one with the most music.
    """
    best = _best_folder(tuple(file.name for file in files), album)
    if best is None:
        return []
    inside = f"{best}/"
    return [file for file in files if _path(file.name).startswith(inside)]


@lru_cache(maxsize=16)
def _best_folder(names: tuple[str, ...], album: Album) -> str | None:
    """Return the folder that fits an album best; one list is judged once."""
    if len(names) > MOST_FILES:
        return None
    matcher = AlbumMatcher(album)
    words = [set(normalise(title).split()) for title in matcher.titles]
    fitting = [
        (-value, -count, folder)
        for folder, count in _folders(names).items()
        if _may_fit(folder, words) and (value := _value(_last(folder), matcher))
    ]
    return min(fitting)[2] if fitting else None


def _may_fit(folder: str, titles: Sequence[set[str]]) -> bool:
    """Return whether a folder has a word of the album: cheap, where folders are many."""
    found = set(normalise(_last(folder)[:_LONGEST]).split())
    return any(not words or words & found for words in titles)


def is_whole(files: Iterable[TorrentFile]) -> bool:
    """Return whether all of some files is on disk."""
    return all(file.progress >= 1.0 for file in files)


def _folders(names: Iterable[str]) -> dict[str, int]:
    """Return the folders with some of the music in or below them, but not all of it.

    Each with the number of its audio files; only so many folders above a file count.
    """
    folders = Counter[str]()
    music = [_path(name) for name in names if is_audio(name)]
    for path in music:
        folder = path
        for _ in range(_DEEPEST):
            folder = folder.rpartition("/")[0]
            if not folder:
                break
            folders[folder] += 1
    return {folder: count for folder, count in folders.items() if count < len(music)}


def _path(name: str) -> str:
    return name.replace("\\", "/")


def _last(folder: str) -> str:
    return folder.rpartition("/")[2]


def _value(folder: str, matcher: AlbumMatcher) -> float:
    """Return how well a folder's name fits the album (0 to 1)."""
    folder = folder[:_LONGEST]
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
