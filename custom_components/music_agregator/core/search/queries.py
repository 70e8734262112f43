"""The queries for an album: the exact one, then fallback queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
import re

from ..model import Album
from ..titles import bare_title
from ..titles.names import VARIOUS_ARTISTS, is_latin, normalise, spelt_plainly

MOST_ALIASES = 2

_NO_WORD = re.compile(r"[^\w]+")
_EP = re.compile(r"\s+e\.\s?p\.?$|\s+ep$", re.IGNORECASE)
_CURLY = str.maketrans("\u2018\u2019\u201c\u201d\u2010\u2011\u2013\u2014", "''\"\"----")


class QueryVariant(StrEnum):
    """How a query spells the names."""

    EXACT = "exact"
    DASHED = "dashed"
    NO_PUNCTUATION = "no_punctuation"
    ASCII = "ascii"
    ALIAS = "alias"
    NO_EDITION = "no_edition"
    ARTIST = "artist"


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A query; `album` is empty in a query for the artist alone."""

    artist: str
    album: str
    variant: QueryVariant = QueryVariant.EXACT

    @property
    def text(self) -> str:
        """Return the query as text."""
        between = " - " if self.variant is QueryVariant.DASHED else " "
        return between.join(filter(None, (self.artist, self.album)))


def queries_for(album: Album) -> tuple[Query, ...]:
    """Return the queries for an album, the most exact first, none twice.

    Indexers match words as they are: one needs the dash between the names, another fails
    at an apostrophe, and few know `Æ` or `÷`. The last query asks for everything of the
    artist, and leaves the choice to the decision.
    """
    is_various = normalise(album.artist) in VARIOUS_ARTISTS
    artist = "" if is_various else album.artist.translate(_CURLY)
    title = album.title.translate(_CURLY)
    artists = _others(album.artist, album.aliases) if artist else []
    titles = _others(album.title, album.title_aliases)
    variants = [
        (QueryVariant.EXACT, artist, title),
        (QueryVariant.DASHED, artist, title if artist else ""),
        (QueryVariant.NO_PUNCTUATION, _words(artist), _words(title)),
        (
            QueryVariant.ASCII,
            spelt_plainly(artist) if artist else "",
            spelt_plainly(title),
        ),
        *((QueryVariant.ALIAS, alias, title) for alias in artists),
        *((QueryVariant.ALIAS, artist, alias) for alias in titles),
        *((QueryVariant.ALIAS, one, other) for one in artists for other in titles),
        (QueryVariant.NO_EDITION, artist, _EP.sub("", bare_title(title))),
        (QueryVariant.ARTIST, artist, ""),
        *((QueryVariant.ARTIST, alias, "") for alias in _latin_alone(artist, artists)),
    ]
    ladder: dict[str, Query] = {}
    for variant, name, asked in variants:
        query = Query(artist=name.strip(), album=asked.strip(), variant=variant)
        has_words = any(map(str.isalnum, query.text))
        if has_words or variant is QueryVariant.EXACT:
            ladder.setdefault(query.text.casefold(), query)
    return tuple(ladder.values())


def _latin_alone(artist: str, aliases: Sequence[str]) -> list[str]:
    """Return the Latin name of an artist that is written in other letters."""
    if not artist or is_latin(artist):
        return []
    return [alias for alias in aliases if is_latin(alias)][:1]


def _words(text: str) -> str:
    """Return a text without punctuation: `Guns N Roses`."""
    return _NO_WORD.sub(" ", text.replace("'", "")).strip()


def _others(name: str, aliases: Sequence[str]) -> list[str]:
    """Return other names that differ by more than their spelling.

    A sort name ("Lanterns, The") is never the name of a torrent.
    """
    known = {normalise(name)}
    others = []
    for alias in aliases:
        if "," not in alias and normalise(alias) not in known:
            known.add(normalise(alias))
            others.append(alias)
    return others[:MOST_ALIASES]
