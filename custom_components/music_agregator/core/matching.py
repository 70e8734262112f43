"""Is this name that name: normalising, artists, titles."""

from rapidfuzz import fuzz

from .model import Album
from .names import VARIOUS_ARTISTS, normalise
from .titles import ParsedTitle

# Two names of an artist that differ by a letter or two are the same (0 to 100).
_ALIKE = 92

# Markers that make a release another work, unless the album is of that kind itself.
_OTHER_WORKS = frozenset({"live", "single", "karaoke", "tribute", "bootleg"})


def is_artist(album: Album, name: str) -> bool:
    """Say whether a name is that of the album's artist, or of one of its artists."""
    asked = normalise(name)
    names = {normalise(n) for n in (album.artist, *album.artists, *album.aliases) if n}
    if names & VARIOUS_ARTISTS:
        return asked in VARIOUS_ARTISTS
    return asked in names or any(
        len(asked) > 5 and fuzz.ratio(asked, known) >= _ALIKE for known in names
    )


def is_title(album: Album, title: str) -> bool:
    """Say whether a title is the album's, or an edition's."""
    asked = normalise(title)
    return asked in {
        normalise(t) for t in (album.title, *(e.title for e in album.editions))
    }


def other_work(album: Album, parsed: ParsedTitle) -> str | None:
    """Return the marker that makes a release another work than the album."""
    own = {
        kind.casefold() for kind in (*album.secondary_types, album.primary_type or "")
    }
    own |= set(normalise(album.title).split())
    return min((parsed.edition & _OTHER_WORKS) - own, default=None)
