"""Completeness: whether some files of the library are all of an album. All of it is pure.

Only `is_complete` looks at a disk: whether a sheet (`.cue`) lies beside an image.
"""

from collections.abc import Sequence
from pathlib import Path, PurePath
import re

from ..common.digest import digest
from ..model import Album, TrackFacts
from ..store.library_files import Owned
from ..titles import bare_title
from ..titles.matching import AlbumMatcher
from ..titles.names import is_by_various, normalise

# `Northern Rooms (Disc 1)`, `[CD 2]`, ` - Disc 2`; also the name of a folder.
DISC = re.compile(
    r"[\s,:\-\u2013]*[(\[]?\b(?:cd|dis[ck]|disque|диск)\s*(\d{1,2})(?:\s*(?:of|/)\s*\d+)?[)\]]?$",
    re.IGNORECASE,
)
_LEADING_NUMBER = re.compile(r"^\D{0,2}(\d{1,3})(?!\d)")
# An image, or the sides of a record: so few files, and nearly the whole length.
_FEW, _NEARLY_ALL = 2 / 3, 0.95


def names_key(artist: str, album: str) -> str:
    """Return the key of an artist's album: the same for every spelling, disc and edition."""
    title = DISC.sub("", album) or album
    by = "various artists" if is_by_various(artist) else normalise(artist)
    return digest(f"{by}\n{normalise(bare_title(title))}")


def is_of_album(facts: TrackFacts, wanted: AlbumMatcher) -> bool:
    """Return whether a file that bears an album's names is one of it, and of no namesake.

    Ids decide before names; where a namesake is likely the years decide, too.
    """
    album = wanted.album
    if facts.album_id == album.album_id:
        return True
    if any(facts.edition_id == edition.edition_id for edition in album.editions):
        return True
    if facts.album_id is not None:
        return False
    if not facts.years or not wanted.years:
        return True
    if not wanted.years.isdisjoint(facts.years):
        return True
    return not wanted.has_namesakes and max(facts.years) >= min(wanted.years) - 1


def is_complete(files: Sequence[Owned], album: Album) -> bool:
    """Return whether some files are as many tracks, or as long, as an album (in a thread)."""
    if not files:
        return False
    tracks = {_track(file): file.facts.length_ms or 0 for file in files}
    least = max(album.least_tracks, 1)
    if len(tracks) >= least:
        return True
    if len(tracks) > least * _FEW:
        return False
    if length := album.least_length_ms:
        return sum(tracks.values()) >= length * _NEARLY_ALL
    return any(Path(file.path).with_suffix(".cue").is_file() for file in files)


def _track(file: Owned) -> tuple[int, int | str]:
    """Return the disc and the track that a file is: the same for copies of it."""
    facts, path = file.facts, PurePath(file.path)
    places = (facts.album or "", path.parent.name)
    marked = next((m for place in places if (m := DISC.search(place))), None)
    disc = facts.disc or (int(marked[1]) if marked else 1)
    if facts.track:
        return disc, facts.track
    if facts.title:
        return disc, normalise(facts.title)
    numbered = _LEADING_NUMBER.match(path.stem)
    return disc, int(numbered[1]) if numbered else normalise(path.stem)
