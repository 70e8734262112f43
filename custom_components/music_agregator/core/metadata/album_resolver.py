"""AlbumResolver: from a text, typed or heard, to one album, or to a short question.

MusicBrainz is searched for the exact words first, then for similar ones. Its own points
do not know what is misheard, so that its matches are scored here.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations
import re
from typing import NamedTuple

from ..common.rate_limit import Urgency
from ..errors import AlbumNotFoundError, AmbiguousAlbumError
from ..model import Album, AlbumMatch
from ..titles.names import is_by_various
from ..titles.wanted import wanted_names
from .musicbrainz_client import MusicBrainz, phrase, within_reach
from .request_text import Exactness, Interpretation, interpretations, splits, year_of
from .similarity import (
    best_similarity,
    fold_numbers,
    number_words,
    numbers_in,
    similarity,
)

# The weights of an album's name and its artist's, and how similar each has to be.
_ALBUM_WEIGHT, _ARTIST_WEIGHT = 0.6, 0.4
_ALBUM_HEARD, _ARTIST_HEARD = 0.8, 0.75
# Without an artist the album's name has to be more similar.
_ALONE_HEARD = 0.86
_TAKEN, _OFFERED = 0.8, 0.6
_LEAD = 0.06
_UNNAMED_ARTIST = 0.97
# A text may be split anywhere, preferably at a mark.
_CUT, _CUT_ELSEWHERE = 0.98, 0.85
_MAIN_PART = 0.95
_OTHER_KIND = 0.97
# A part of a name is enough for an artist, not for an album.
_PART_OF_ARTIST, _PART_OF_TITLE = 0.85, 0.65
# An artist's name alone lists the albums.
_ARTIST_ALONE = 0.68
# Among albums with the same name, prefer one that has many more editions.
_POPULAR_EDITIONS, _POPULAR_TIMES = 8, 4
_WRONG_YEAR = 0.05
_MATCHES = 3
_MOST_ORDERED = 3
VARIOUS = "Various Artists"
_SOUNDTRACK = re.compile(r"\b(?:ost|score|soundtrack)\b", re.IGNORECASE)
_SOUNDTRACK_WORDS = ("OST", "soundtrack", "score", "original soundtrack")
# Words that many names have.
_COMMON = frozenset("the a an of and by in to on for".split())
_PART = re.compile(r"[:(\[]|\s[-\u2013\u2014]\s")


class AlbumNames(NamedTuple):
    """Every name that people know an album by."""

    titles: tuple[str, ...]
    artists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScoredMatch:
    """A match of MusicBrainz with our own score (0 to 1)."""

    match: AlbumMatch
    likeness: float
    is_sure: bool
    exactness: Exactness

    @property
    def album(self) -> Album:
        """Return the album of the match."""
        return self.match.album


class AlbumResolver:
    """Turns texts into albums."""

    def __init__(self, source: MusicBrainz) -> None:
        self._source = source

    async def search(self, *, artist: str | None, album: str) -> list[AlbumMatch]:
        """Return the albums that a text may mean, best first, with 0 to 100 points.

        Raises MetadataUnavailableError, MetadataError.
        """
        heard = await self._listen(album, artist, Urgency.PERSON)
        return [
            replace(one.match, score=round(one.likeness * 100))
            for one in heard
            if one.likeness >= _OFFERED
        ]

    async def resolve(
        self,
        *,
        artist: str | None,
        album: str,
        urgency: Urgency = Urgency.PERSON,
    ) -> Album:
        """Return the one album that a text means.

        Raises AlbumNotFoundError, and AmbiguousAlbumError with the three best matches.
        """
        heard = await self._listen(album, artist, urgency)
        if (meant := _confident_match(heard)) is not None:
            return meant
        asked = f"{artist} - {album}" if artist else album
        best = [one.album for one in heard if one.likeness >= _OFFERED]
        if not best:
            raise AlbumNotFoundError(album=asked)
        raise AmbiguousAlbumError(best[:_MATCHES], album=asked)

    async def _listen(
        self, album: str, artist: str | None, urgency: Urgency
    ) -> list[ScoredMatch]:
        """Search until one album is meant, or until there is no wider query."""
        if artist and is_by_various(artist):
            artist = VARIOUS
        known: dict[str, AlbumMatch] = {}
        heard: list[ScoredMatch] = []
        for query in _queries(album, artist):
            for match in await self._source.search(query, urgency):
                known.setdefault(match.album.album_id, match)
            some = list(known.values())
            heard = await asyncio.to_thread(_ranked, some, album, artist)
            if _confident_match(heard) is not None:
                break
        return heard


def match_among(albums: Iterable[Album], text: str) -> tuple[list[Album], bool]:
    """Return which of some albums a text may mean, and whether that is clear.

    Slow for hundreds of albums: call it in a worker thread.
    """
    matches = [AlbumMatch(album=album, score=0) for album in albums]
    heard = _ranked(matches, text, None)
    if (meant := _confident_match(heard)) is not None:
        return [meant], True
    return [one.album for one in heard if one.likeness >= _OFFERED], False


def _queries(album: str, artist: str | None) -> Iterator[str]:
    """Yield the queries for MusicBrainz, the narrowest first."""
    ways = interpretations(album, artist)
    for way in ways[:2]:
        yield phrase(way.album, way.artist)
    names, artists = _terms(album), _terms(artist or "")
    if names and artists:
        yield within_reach(releasegroup=names, artist=artists)
    terms = [*_terms(f"{artist} {album}" if artist else album)]
    if not terms:
        return
    yield within_reach(releasegroup=terms, artist=terms)
    yield within_reach(releasegroup=terms)
    yield within_reach(artist=[*_terms(artist)] if artist else terms)
    # What tells namesakes apart: "Thaw" is "3: Thaw".
    yield within_reach(comment=_terms(album))


def _terms(text: str) -> list[str]:
    """Return the words to search for: as heard, numbers in digits and words, neighbors joined."""
    found: dict[str, None] = {}
    for spelling in (text.casefold(), fold_numbers(text)):
        every = re.findall(r"\w+", spelling)
        words = [word for word in every if word not in _COMMON] or every
        found |= dict.fromkeys([*words, *map("".join, pairwise(words))])
        for word in words:
            if word.isascii() and word.isdecimal():
                found |= dict.fromkeys(number_words(word))
    return list(found)


def _ranked(
    matches: Iterable[AlbumMatch], album: str, artist: str | None
) -> list[ScoredMatch]:
    """Rank matches by their similarity to the text."""
    marked = interpretations(album, artist)
    ways = [(way, 1.0) for way in marked]
    if not artist:
        factor = _CUT_ELSEWHERE if any(way.artist for way in marked) else _CUT
        ways += [(way, factor) for way in splits(album)]
    year = year_of(album)
    heard = [_hear(match, ways, year) for match in matches]
    heard.sort(key=lambda one: (-one.likeness, -one.match.score))
    return heard


def _hear(
    match: AlbumMatch, ways: Sequence[tuple[Interpretation, float]], year: int | None
) -> ScoredMatch:
    """Score a match by the interpretation that fits it best."""
    album = match.album
    names = _names(album)
    is_sure, likeness, exactness = max(_fit(album, names, *way) for way in ways)
    if not _is_main(album):
        likeness *= _OTHER_KIND
    if _SOUNDTRACK.search(ways[0][0].album) and not _is_soundtrack(album):
        likeness, is_sure = likeness * _OTHER_KIND, False
    if year and album.year and album.year != year:
        likeness -= _WRONG_YEAR
        exactness = Exactness.NONE
    return ScoredMatch(match, likeness, is_sure, exactness)


def _fit(
    album: Album, names: AlbumNames, way: Interpretation, factor: float
) -> tuple[bool, float, Exactness]:
    """Return whether an album fits an interpretation, how similar both are, and how exactly."""
    titles, artists = names
    title = max(
        best_similarity(way.album, titles),
        _MAIN_PART * similarity(way.album, _main_part(album.title)),
        _PART_OF_TITLE if _is_part(way.album, album.title) else 0.0,
    )
    is_counted = numbers_in(way.album) in map(numbers_in, titles)
    if way.artist is None:
        by_artist = _ARTIST_ALONE * best_similarity(way.album, artists)
        likeness = max(_UNNAMED_ARTIST * title, by_artist)
        is_heard = title >= _ALONE_HEARD and is_counted
        return is_heard, likeness, way.exactness if title == 1.0 else Exactness.NONE
    artist = max(
        best_similarity(way.artist, artists),
        _PART_OF_ARTIST if _is_part(way.artist, album.artist) else 0.0,
    )
    is_counted = is_counted and numbers_in(way.artist) in map(numbers_in, artists)
    likeness = factor * (_ALBUM_WEIGHT * title + _ARTIST_WEIGHT * artist)
    is_heard = title >= _ALBUM_HEARD and artist >= _ARTIST_HEARD and likeness >= _TAKEN
    is_exact = title == artist == 1.0
    return (
        is_heard and is_counted,
        likeness,
        way.exactness if is_exact else Exactness.NONE,
    )


def _confident_match(heard: Sequence[ScoredMatch]) -> Album | None:
    """Return the one album that is meant, if that is clear."""
    if not heard:
        return None
    # "Weezer (Blue Album)" is one of many albums called so.
    for exactness in (Exactness.WHOLE, Exactness.BARE):
        if exact := [one for one in heard if one.exactness is exactness]:
            return _chief(exact)
    near = [one for one in heard if one.likeness > heard[0].likeness - _LEAD]
    if not heard[0].is_sure:
        return None
    names = {
        (fold_numbers(one.album.artist), fold_numbers(one.album.title)) for one in near
    }
    return _chief(near) if len(names) == 1 else None


def _chief(namesakes: Sequence[ScoredMatch]) -> Album | None:
    """Return the best known of several albums with the same name."""
    main = [one for one in namesakes if _is_main(one.album)]
    for several in (main, namesakes):
        if len(several) == 1:
            return several[0].album
        by_editions = sorted(several, key=lambda one: -one.match.editions)
        if by_editions:
            first, second = (one.match.editions for one in by_editions[:2])
            if first >= max(_POPULAR_EDITIONS, _POPULAR_TIMES * second):
                return by_editions[0].album
    return None


def _is_main(album: Album) -> bool:
    return album.primary_type in {"Album", None} and not album.secondary_types


def _is_soundtrack(album: Album) -> bool:
    is_said = any(_SOUNDTRACK.search(t) for t in (album.title, *album.title_aliases))
    return is_said or "Soundtrack" in album.secondary_types


def _names(album: Album) -> AlbumNames:
    """Return an album's names: with and without its kind, in any order of its artists."""
    kinds = [*album.secondary_types]
    if album.primary_type not in {"Album", None}:
        kinds.append(album.primary_type)
    titles = [album.title, *album.title_aliases]
    said = [f"{title} {kind}" for title in titles for kind in kinds]
    if _is_soundtrack(album):
        bare = [t for t in wanted_names(album).titles if not _SOUNDTRACK.search(t)]
        said += [f"{t} {word}" for t in (*bare, *titles) for word in _SOUNDTRACK_WORDS]
        said += [f"OST {t}" for t in bare]
    artists = [album.artist, *album.artists, *album.aliases]
    if 1 < len(album.artists) <= _MOST_ORDERED:
        orders = list(permutations(album.artists))
        artists += [join.join(order) for order in orders for join in (" & ", ", ")]
    if is_by_various(album.artist):
        artists += ["VA", "OST", "Soundtrack"]
    if album.disambiguation:
        # "3: Thaw" tells namesakes apart; one called like its artist is known by it.
        _, _, part = album.disambiguation.partition(": ")
        named = [name for name in (album.disambiguation, part) if name]
        said += [f"{album.title}{the} {n}" for n in named for the in ("", " the")]
        if similarity(album.title, album.artist) == 1.0:
            said += named
    return AlbumNames(tuple(dict.fromkeys((*titles, *said))), tuple(artists))


def _main_part(title: str) -> str:
    """Return a title without brackets, and without what follows a colon or a dash."""
    return _PART.split(title, maxsplit=1)[0].strip() or title


def _is_part(heard: str, name: str) -> bool:
    """Return whether a text is some whole words of a name."""
    return f" {fold_numbers(heard)} " in f" {fold_numbers(name)} "
