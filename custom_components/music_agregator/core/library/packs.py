"""Packs: which files of a torrent with several albums are those of one album."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
import re

from ..model import Album
from ..titles import parse_title_for
from ..titles.matching import AlbumMatcher, Match
from ..titles.names import normalise
from ..torrents.client import TorrentFile
from .audio_files import is_audio
from .completeness import DISC

_YEAR_BEFORE = re.compile(r"^[\W_]*((?:19|20)\d\d)(?:-\d\d){0,2}[\W_]+")
# The number of files of a pack, the number of folders above a file that may be the album's,
# and the length of a folder's name: what a stranger made must not cost more.
MOST_FILES = 20_000
_DEEPEST = 4
_LONGEST = 300
_DISC_BEFORE = re.compile(r"^\W*(?:cd|dis[ck])[\W_]*\d{1,2}[\W_]+", re.IGNORECASE)
_NUMBER_BEFORE = re.compile(r"^\W*\d{1,2}\W+")


def album_files(files: Sequence[TorrentFile], album: Album) -> list[TorrentFile]:
    """Return the files of an album, none if no place in the torrent fits.

    The name of a folder is matched as the title of a release is, folders of discs beside
    each other are one; of several places the best match counts, then the one with the most
    music. In a flat pack the image of the album counts, and what is named like it.
    """
    places = _best_places(tuple(file.name for file in files), album)
    return [file for file in files if _path(file.name).startswith(places)]


@lru_cache(maxsize=16)
def _best_places(names: tuple[str, ...], album: Album) -> tuple[str, ...]:
    """Return what the paths of an album's files begin with; one list is judged once."""
    if len(names) > MOST_FILES:
        return ()
    matcher = AlbumMatcher(album)
    words = [set(normalise(title).split()) for title in matcher.titles]
    music = [_path(name) for name in names if is_audio(name)]
    for places in (_folders(music), _images(music, names)):
        groups: dict[tuple[str, str], list[str]] = {}
        for place in places:
            parent, _, last = place.rstrip("/.").rpartition("/")
            bare = DISC.sub("", last).strip() or last
            groups.setdefault((parent, normalise(bare)), []).append(place)
        fitting = [
            (-value, -sum(places[place] for place in group), sorted(group))
            for group in groups.values()
            if _may_fit(group[0], words)
            and (value := _value(DISC.sub("", _last(group[0])), matcher))
        ]
        if fitting:
            return tuple(min(fitting)[2])
    return ()


def _may_fit(folder: str, titles: Sequence[set[str]]) -> bool:
    """Return whether a folder has a word of the album: cheap, where folders are many."""
    found = set(normalise(_last(folder)[:_LONGEST]).split())
    return any(not words or words & found for words in titles)


def is_whole(files: Iterable[TorrentFile]) -> bool:
    """Return whether all of some files is on disk."""
    return all(file.progress >= 1.0 for file in files)


def _folders(music: Sequence[str]) -> dict[str, int]:
    """Return the folders with some of the music in or below them, but not all of it.

    Each with its slash, and with the number of its audio files; only so many folders above
    a file count.
    """
    folders = Counter[str]()
    for path in music:
        folder = path
        for _ in range(_DEEPEST):
            folder = folder.rpartition("/")[0]
            if not folder:
                break
            folders[folder] += 1
    return {f"{name}/": count for name, count in folders.items() if count < len(music)}


def _images(music: Sequence[str], names: Sequence[str]) -> dict[str, int]:
    """Return the paths, up to the suffix, of images that have their sheet beside them."""
    sheets = {_path(name)[:-4] for name in names if name.lower().endswith(".cue")}
    stems = (path.rpartition(".")[0] for path in music)
    found = Counter(stem for stem in stems if stem in sheets)
    return {f"{stem}.": count for stem, count in found.items() if count < len(music)}


def _path(name: str) -> str:
    return name.replace("\\", "/")


def _last(place: str) -> str:
    return place.rstrip("/.").rpartition("/")[2]


def _value(folder: str, matcher: AlbumMatcher) -> Match:
    """Return how well a folder's name fits the album."""
    folder = folder[:_LONGEST]
    year = _YEAR_BEFORE.match(folder)
    names = {
        folder,
        _YEAR_BEFORE.sub("", folder),
        _NUMBER_BEFORE.sub("", folder),
        _DISC_BEFORE.sub("", folder),
    }
    best = Match.NONE
    for name in sorted(filter(None, names)):
        for title in (name, f"{matcher.album.artist} - {name}"):
            parsed = parse_title_for(title, matcher.wanted)
            artist, album = parsed.artist, parsed.album
            if parsed.is_discography or not artist or not album:
                continue
            if year and parsed.year is None:
                parsed = replace(parsed, year=int(year[1]))
            if matcher.other_work(parsed, title) or not matcher.artist_match(artist):
                continue
            best = max(best, matcher.title_match(album))
    return best
