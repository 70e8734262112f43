"""WantedNames: the names that a title may give a wanted album, and what tells it apart."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
import re

from ..model import Album, year_of
from .bare_title import bare_title
from .lexicon import CLASSICAL
from .names import VARIOUS_ARTISTS, is_by_various, normalise, squashed, unaccented
from .words import MONTHS

# Brackets within a name.
SIDE_REMARK = re.compile(r"(?<=\w) ?\([^()]{1,40}\)(?=:? \w)")
# What soundtracks are called behind their name.
_SOUNDTRACK = re.compile(
    r"\s*[:(\[,\-\u2013]\s*(?:the\s+)?(?:complete\s+)?(?:(?:original|official|music"
    r"|songs)\b[^,()\[\]]*\b(?:soundtrack|score|cast|recording|series|picture|film|movie"
    r"|game|show|musical)|(?:motion\s+picture\s+)?(?:soundtrack|score))\b[^,()\[\]]*[)\]]?",
    re.IGNORECASE,
)
_BARE_SOUNDTRACK = re.compile(
    r"\s+(?:original\s+)?(?:motion\s+picture\s+|game\s+|tv\s+)?(?:soundtrack|score|ost)$"
    r"|オリジナル・?サウンド・?トラック.*$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_TWO = 2
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_NUMBER = re.compile(r"(?<!vol\.)(?<!volume) (\d{1,3})(?=$|:)", re.IGNORECASE)
_COUNTRY = re.compile(r", (?:USA|UK|[A-Z][a-z]+land|Germany|France|Italy|Spain|Japan)$")
_CONCERT = re.compile(r"((?:19|20)\d\d)\W(\d\d)\W(\d\d)\W+(.+)")
_ORDINALS = dict(
    zip((1, 2, 3, 21, 22, 23, 31), "st nd rd st nd rd st".split(), strict=True)
)
_EP = re.compile(r"[\s(\[]+e\.?p\.?[)\]]?$", re.IGNORECASE)
# Words that many performers' names have.
_ENSEMBLES = frozenset(
    "ensemble orchestra orchester orchestre orchestra philharmonic philharmoniker"
    " philharmonia symphony quartet quartett trio choir chorus chor radio royal chamber"
    " consort academy camerata the and der die des von van".split()
)
_PEOPLE = re.compile(r"\s*[;,&/]\s*|\s+(?:and|und|et|con|with)\s+")


@dataclass(frozen=True, kw_only=True)
class WantedNames:
    """The names of a wanted album; `performers` are the credited ones of a composition."""

    artists: tuple[str, ...]
    titles: tuple[str, ...]
    performers: tuple[str, ...] = ()
    disambiguation: str = ""
    is_soundtrack: bool = False
    is_classical: bool = False
    is_live: bool = False
    years: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()

    @cached_property
    def is_various(self) -> bool:
        """Return whether it is by various artists."""
        return any(is_by_various(name) for name in self.artists)

    @cached_property
    def _normal_artists(self) -> frozenset[str]:
        return frozenset(map(normalise, self.artists))

    @cached_property
    def _normal_titles(self) -> frozenset[str]:
        return frozenset(map(normalise, self.titles))

    def are(self, artist: str | None, title: str | None) -> bool:
        """Return whether two names are the album's, however they are spelt."""
        if artist is None or title is None:
            return False
        is_artist = normalise(artist) in self._normal_artists
        return is_artist and normalise(title) in self._normal_titles

    def may_be_in(self, text: str) -> bool:
        """Return whether a text has the letters of a title: cheap, for thousands of texts."""
        letters = squashed(text)
        if "&" in text or any(title in letters for title in self.by_title):
            return True
        bare = SIDE_REMARK.sub("", text)
        return bare != text and self.may_be_in(bare)

    @cached_property
    def by_artist(self) -> dict[str, str]:
        """Return the artists' names by their letters, and shorter forms of them."""
        names = [(name, name) for name in self.artists]
        names += [(form, one) for one in self.artists for form in _sorted_forms(one)]
        if self.is_various:
            names += [(name, "Various Artists") for name in VARIOUS_ARTISTS]
        if self.is_classical:
            names += [(form, one) for one in self.artists for form in _short_forms(one)]
        return _by_letters(names)

    @cached_property
    def by_title(self) -> dict[str, str]:
        """Return the titles by their letters."""
        return _by_letters((title, title) for title in self.titles)

    @cached_property
    def people(self) -> frozenset[str]:
        """Return every word of the artists' names."""
        return frozenset(word for name in self.artists for word in plain(name).split())

    @cached_property
    def performing(self) -> frozenset[str]:
        """Return the words of the credited performers' names."""
        words = (plain(name).split() for name in self.performers)
        return frozenset(
            word for name in words for word in name if len(word) > 2
        ).difference(_ENSEMBLES)


def wanted_names(album: Album) -> WantedNames:
    """Return the names under which an album may be offered.

    MusicBrainz parts a composer from the performers by a semicolon.
    """
    kinds = {kind.casefold() for kind in album.secondary_types}
    _, semicolon, performers = album.artist.partition(";")
    titles = tuple(_titles(album))
    is_classical = bool(semicolon or any(map(CLASSICAL.search, titles)))
    heard = album.performers if is_classical else ()
    return WantedNames(
        artists=tuple(dict.fromkeys((*artist_names(album), *heard))),
        titles=titles,
        performers=tuple(filter(None, _PEOPLE.split(performers.strip()))),
        disambiguation=album.disambiguation or "",
        is_soundtrack="soundtrack" in kinds,
        is_classical=is_classical,
        is_live="live" in kinds,
        years=years_of(album),
        kinds=frozenset(kinds),
    )


def years_of(album: Album) -> frozenset[int]:
    """Return the years in which an edition came out, or a concert was given."""
    dates = [album.first_release_date, *(e.date for e in album.editions)]
    if any(kind.casefold() == "live" for kind in album.secondary_types):
        dates += _YEAR.findall(" ".join((album.title, *album.title_aliases)))
    return frozenset(year for year in map(year_of, dates) if year)


def artist_names(album: Album) -> tuple[str, ...]:
    """Return every name that an album's artist goes by."""
    names = (album.artist, *album.artists, *album.aliases)
    return tuple(dict.fromkeys(name for name in names if name))


def plain(name: str) -> str:
    """Return the words of a name, without accents or punctuation."""
    return " ".join(re.findall(r"[^\W_]+", unaccented(name.casefold())))


def _titles(album: Album) -> Iterator[str]:
    """Yield every title of an album, with and without the words of an edition."""
    known = (album.title, *album.title_aliases, *(e.title for e in album.editions))
    besides = (album.disambiguation, *album.title_aliases)
    named = [
        *filter(None, known),
        *(f"{album.title} {beside}" for beside in besides if beside),
        *(f"{album.title} the {beside}" for beside in besides[:1] if beside),
    ]
    seen: set[str] = set()
    for title in named:
        for form in (title, bare_title(title), *_other_forms(title, album)):
            if form and form not in seen:
                seen.add(form)
                yield form


def _other_forms(title: str, album: Album) -> Iterator[str]:
    """Yield a title as people write it where the kind of the album says the rest."""
    kinds = {(album.primary_type or "").casefold()}
    kinds |= {kind.casefold() for kind in album.secondary_types}
    if "soundtrack" in kinds:
        yield _SOUNDTRACK.sub("", title)
        yield _BARE_SOUNDTRACK.sub("", title)
    if kinds & {"ep", "single"}:
        yield _EP.sub("", title)
    if numbered := _NUMBER.search(title):
        rest = title[numbered.end() :]
        yield f"{title[: numbered.start()]} Vol. {numbered[1]}{rest}"
    if "live" in kinds:
        yield from _concert_forms(title)
    if any(sign in title for sign in "\u00d7="):
        yield title.replace("\u00d7", "x").replace("=", " ")
    before, colon, behind = title.rpartition(":")
    people = {w for name in artist_names(album) for w in plain(name).split()}
    if colon and people.issuperset(plain(behind).split()):
        yield before
    if "<" in title:
        yield title.replace("<", " is less than ")
    one, slash, other = title.partition(" / ")
    if slash and len(album.artists) > 1:
        yield f"{other} / {one}"
    if len(album.artists) > 1 and _is_split(title, album.artists):
        yield from ("Split", "Split EP")


def _concert_forms(title: str) -> Iterator[str]:
    """Yield a concert's title with its date as tapers write it, with and without a country."""
    bare = _COUNTRY.sub("", title)
    yield bare
    found = _CONCERT.match(bare)
    if found is None:
        return
    year, month, day, place = found[1], int(found[2]), int(found[3]), found[4]
    named = MONTHS[month - 1] if 0 < month <= len(MONTHS) else ""
    for date in (
        f"{month:02} {day:02} {year}",
        f"{month} {day} {year}",
        f"{month:02} {day:02} {year[2:]}",
        f"{month} {day} {year[2:]}",
        f"{day:02} {month:02} {year}",
        f"{day:02} {month:02} {year[2:]}",
        f"{named} {day} {year}",
        f"{day} {named} {year}",
        f"{day}{_ORDINALS.get(day, 'th')} {named} {year}",
        f"{year} {month:02} {day:02}",
    ):
        yield f"{date} {place}"
        yield f"{place} {date}"


def _is_split(title: str, artists: Iterable[str]) -> bool:
    """Return whether a title only names the artists: `One / Other`."""
    words = set(plain(title).split())
    return words <= {word for name in artists for word in plain(name).split()}


def _sorted_forms(name: str) -> Iterator[str]:
    """Yield a person's name as lists sort it: `Zappa, Frank`."""
    words = name.split()
    if len(words) == _TWO:
        yield f"{words[1]}, {words[0]}"


def _short_forms(name: str) -> Iterator[str]:
    """Yield the surname, `A. Surname` and `Surname, First` of a person."""
    words = name.split()
    if len(words) in {2, 3} and all(word[:1].isupper() for word in words):
        yield words[-1]
        yield f"{words[0][0]}. {words[-1]}"


def _by_letters(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return names by the letters of their forms."""
    found: dict[str, str] = {}
    for form, name in names:
        for spelt in (form, form.casefold().translate(_UMLAUTS)):
            if letters := squashed(spelt):
                found.setdefault(letters, name)
    return found
