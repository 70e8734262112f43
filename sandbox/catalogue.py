"""The made-up albums of the sandbox, and what its indexer offers of them."""

from collections.abc import Iterator
from dataclasses import dataclass
import hashlib
from pathlib import Path
import re
import uuid


def mbid(name: str) -> str:
    """Return an id in the form of MusicBrainz's, always the same for a name."""
    return str(uuid.UUID(hashlib.md5(name.encode()).hexdigest(), version=4))


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """One release of an album: when, on what, and how long each track is (ms)."""

    date: str
    tracks: tuple[tuple[str, int], ...]
    country: str = "XW"
    format: str = "CD"
    disambiguation: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Album:
    """One release group."""

    artist: str
    title: str
    editions: tuple[Edition, ...]
    primary_type: str = "Album"
    secondary_types: tuple[str, ...] = ()
    sort_name: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def album_id(self) -> str:
        """Return its id, which tells namesakes apart."""
        kinds = ",".join(self.secondary_types)
        return mbid(f"album {self.artist} {self.title} {kinds}")

    @property
    def first_date(self) -> str:
        """Return when it was first released."""
        return min(edition.date for edition in self.editions)


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """One torrent of the indexer: its title, its files' kind, and how it is linked.

    The codec `fake` is MP3 in files that are named FLAC; `pack` holds all albums of a
    torrent of several.
    """

    title: str
    album: Album
    codec: str
    seeders: int | None
    link: str = "magnet"
    category: int = 3040
    pack: tuple[Album, ...] = ()

    @property
    def bitrate(self) -> int:
        """Return the bitrate of lossy files, as the title tells it."""
        words = [word for word in re.findall(r"\d+", self.title) if len(word) == 3]
        return int(words[-1]) if words else 128

    @property
    def name(self) -> str:
        """Return the name of its folder."""
        return self.title.replace("/", "-")


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """What an indexer lists, with or without a torrent behind it."""

    title: str
    size_bytes: int
    seeders: int | None
    category: int


def _tracks(*names: str) -> tuple[tuple[str, int], ...]:
    return tuple((name, 20_000 + 1_000 * place) for place, name in enumerate(names))


GLASS_HARBOUR = Album(
    artist="The Paper Lanterns",
    title="Glass Harbour",
    editions=(
        Edition(date="2011-04-02", tracks=_tracks("Slipway", "Gulls", "Night Ferry")),
    ),
    sort_name="Paper Lanterns, The",
)
GLASS_HARBOUR_LIVE = Album(
    artist="The Paper Lanterns",
    title="Glass Harbour",
    secondary_types=("Live",),
    editions=(Edition(date="2013-09-20", tracks=_tracks("Slipway", "Gulls")),),
    sort_name="Paper Lanterns, The",
)
TIDEPOOL_SAMPLER = Album(
    artist="Various Artists",
    title="Tidepool Sampler",
    secondary_types=("Compilation",),
    editions=(
        Edition(date="2004-06-01", tracks=_tracks("Brine", "Anemone", "Low Water")),
    ),
)
NAEVE = Album(
    artist="Ångström & Söhne",
    title="Næve: Ça Ira!",
    editions=(Edition(date="1998", tracks=_tracks("Élan", "Über Nacht")),),
    aliases=("Angstrom and Sons",),
)
SLOW_CARTOGRAPHY = Album(
    artist="Ferro Mere",
    title="Slow Cartography",
    editions=(
        Edition(date="1987-03-09", tracks=_tracks("Meridian", "Contour", "Legend")),
        Edition(
            date="2017-03-10",
            tracks=_tracks("Meridian", "Contour", "Legend", "Compass (demo)"),
            disambiguation="30th anniversary edition",
            format="Digital Media",
        ),
    ),
)
UNHEARD = Album(
    artist="Ferro Mere",
    title="The Unheard Side",
    editions=(Edition(date="1991-01-01", tracks=_tracks("Quiet", "Quieter")),),
)
TIN_WEATHER = Album(
    artist="Odd Socket",
    title="Tin Weather",
    editions=(Edition(date="2009-10-10", tracks=_tracks("Hail", "Sleet")),),
)


def _table(name: str) -> Iterator[list[str]]:
    """Yield the rows of a table beside this file."""
    lines = (Path(__file__).parent / name).read_text().splitlines()
    for line in lines[1:]:
        yield line.split("\t")


def _listed() -> Iterator[Album]:
    """Yield the albums that are there to be looked for only."""
    for artist, title, year, *more in _table("albums.tsv"):
        kind, editions, *_ = (*more, "", "")
        is_secondary = kind in {"Live", "Compilation", "Remix"}
        yield Album(
            artist=artist,
            title=title,
            primary_type="Album" if is_secondary or not kind else kind,
            secondary_types=(kind,) if is_secondary else (),
            editions=tuple(
                Edition(date=f"{int(year) + number}", tracks=_tracks("One", "Two"))
                for number in range(int(editions or 1))
            ),
        )


ALBUMS = (
    GLASS_HARBOUR,
    GLASS_HARBOUR_LIVE,
    TIDEPOOL_SAMPLER,
    NAEVE,
    SLOW_CARTOGRAPHY,
    UNHEARD,
    TIN_WEATHER,
    *_listed(),
)

# Ids that MusicBrainz merged into another album.
MERGED = {mbid("merged into Glass Harbour"): GLASS_HARBOUR.album_id}

OFFERS = (
    Offer(
        title="The Paper Lanterns - Glass Harbour (2011) [FLAC]",
        album=GLASS_HARBOUR,
        codec="flac",
        seeders=14,
    ),
    Offer(
        title="The Paper Lanterns - Glass Harbour (2011) [MP3 320]",
        album=GLASS_HARBOUR,
        codec="mp3",
        seeders=40,
        category=3010,
    ),
    Offer(
        title="The Paper Lanterns - Glass Harbour (Live) (2013) [FLAC]",
        album=GLASS_HARBOUR_LIVE,
        codec="flac",
        seeders=55,
    ),
    Offer(
        title="VA - Tidepool Sampler (2004) [FLAC]",
        album=TIDEPOOL_SAMPLER,
        codec="flac",
        seeders=3,
        link="torrent",
    ),
    Offer(
        title="Angstrom and Sohne - Naeve Ca Ira (1998) [FLAC]",
        album=NAEVE,
        codec="flac",
        seeders=None,
        link="redirect",
    ),
    Offer(
        title="Ferro Mere - Slow Cartography (1987) [FLAC]",
        album=SLOW_CARTOGRAPHY,
        codec="flac",
        seeders=8,
        link="torrent",
    ),
    Offer(
        title="Ferro Mere - Slow Cartography (2017) [FLAC 24-96]",
        album=SLOW_CARTOGRAPHY,
        codec="flac24",
        seeders=5,
    ),
    Offer(
        title="Odd Socket - Tin Weather (2009) [MP3 128]",
        album=TIN_WEATHER,
        codec="mp3",
        seeders=21,
        category=3010,
    ),
)

# What makes a longer table: nothing can be downloaded of it.
LISTINGS = tuple(
    Listing(
        title=title,
        size_bytes=int(size) * 1_000,
        seeders=int(seeders) if seeders else None,
        category=int(category),
    )
    for title, size, seeders, category in _table("listings.tsv")
)
