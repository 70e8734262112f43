"""Is this name that name: normalising, artists, titles."""

import re
import unicodedata

from rapidfuzz import fuzz

from .model import Album
from .titles import ParsedTitle

VARIOUS_ARTISTS = frozenset({"various artists", "various", "va"})

_LETTERS = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ß": "ss",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "đ": "d",
        "ı": "i",
        "÷": " divide ",
        "+": " plus ",
        "&": " and ",
        "%": " percent ",
        "$": "s",
    }
)
_APOSTROPHES = re.compile(r"['`´\u2018\u2019\u02bc]")
_NO_WORD = re.compile(r"[\W_]+")
_ARTICLE = re.compile(r"^(?:the|a|an) (?!(?:the|a|an)$)")

# Two names of an artist that differ by a letter or two are the same (0 to 100).
_ALIKE = 92

# Markers that make a release another work, unless the album is of that kind itself.
_OTHER_WORKS = frozenset({"live", "single", "karaoke", "tribute", "bootleg"})


def normalise(name: str) -> str:
    """Return what two spellings of one name have in common.

    Lower case, no accents, ligatures as letters, signs as words, no punctuation, no
    leading article. A name of signs alone stays as it is.
    """
    folded = name.casefold().translate(_LETTERS)
    folded = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", folded))
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    words = " ".join(_NO_WORD.sub(" ", plain).split())
    return _ARTICLE.sub("", words) or name.strip().casefold()


def same_name(one: str, other: str) -> bool:
    """Say whether two spellings mean one name."""
    return normalise(one) == normalise(other)


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
