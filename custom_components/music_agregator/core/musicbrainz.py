"""Parse MusicBrainz' documents: pure, and tolerant of absent and wrong fields.

The client that fetches them is `metadata/musicbrainz_client.py`.
"""

from collections.abc import Sequence
from dataclasses import replace
import re
from typing import Any

from .model import Album, AlbumMatch, Edition, Track

# The form of a MusicBrainz id.
MBID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

# Films beside, or in place of, the music.
_VIDEO = frozenset(
    {"DVD", "DVD-Video", "Blu-ray", "HD-DVD", "VHS", "LaserDisc", "VCD", "SVCD", "UMD"}
    | {"Betamax", "CDV", "VinylDisc (DVD side)", "DualDisc (DVD side)"}
    | {"DualDisc (DVD-Video side)", "DVDplus (DVD-Video side)"}
)
# The relations that name who is heard, or who wrote the music.
_PERFORMING = frozenset(
    {
        "performer",
        "instrument",
        "vocal",
        "conductor",
        "performing orchestra",
        "orchestra",
    }
    | {"composer", "chorus master", "concertmaster"}
)

_TEXT_LIMIT = 500
_MOST_ITEMS = 2_000

type Document = dict[str, Any]


def is_mbid(text: str) -> bool:
    """Return whether a text is a MusicBrainz id in lower case."""
    return re.fullmatch(MBID, text) is not None


def parse_release_group(data: Document) -> Album:
    """Parse a release-group document.

    Tolerates fields that are absent, null or of another type; without an id, `album_id`
    is "".
    """
    credits_ = _documents(data.get("artist-credit"))
    artists = [_mapping(credit.get("artist")) for credit in credits_]
    names = [
        _text(credit.get("name")) or _text(artist.get("name"))
        for credit, artist in zip(credits_, artists, strict=True)
    ]
    joined = "".join(
        name + _text(credit.get("joinphrase"), strip=False)
        for name, credit in zip(names, credits_, strict=True)
    )
    other_names = [
        name
        for artist in artists
        for name in (
            _text(artist.get("name")),
            _text(artist.get("sort-name")),
            *_aliases(artist),
        )
    ]
    return Album(
        album_id=_text(data.get("id")).lower(),
        title=_text(data.get("title")),
        artist=joined.strip(),
        artists=tuple(name for name in names if name),
        artist_ids=tuple(i for i in (_text(a.get("id")) for a in artists) if i),
        aliases=tuple(
            dict.fromkeys(n for n in other_names if n and n not in {*names, joined})
        ),
        title_aliases=tuple(dict.fromkeys(name for name in _aliases(data) if name)),
        disambiguation=_text(data.get("disambiguation")),
        primary_type=_text(data.get("primary-type")) or None,
        secondary_types=tuple(
            word for word in map(_text, _list(data.get("secondary-types"))) if word
        ),
        first_release_date=_text(data.get("first-release-date")) or None,
    )


def _aliases(data: Document) -> list[str]:
    return [_text(alias.get("name")) for alias in _documents(data.get("aliases"))]


def parse_matches(data: Document) -> list[AlbumMatch]:
    """Parse a search response, in its order, with its 0 to 100 points."""
    return [
        AlbumMatch(
            album=found,
            score=_number(document.get("score")) or 0,
            editions=_number(document.get("count")) or 0,
        )
        for document in _documents(data.get("release-groups"))
        if (found := parse_release_group(document)).album_id
    ]


def parse_release_page(data: Document) -> tuple[list[Document], int]:
    """Parse a page of a browse response: its releases' documents, and how many there are."""
    found = _documents(data.get("releases"))
    return found, _number(data.get("release-count")) or 0


def parse_editions(data: Document) -> list[Edition]:
    """Parse the `releases` of a browse response, in its order.

    A pseudo-release is no edition: it only lends its names.
    """
    documents = _documents(data.get("releases"))
    editions = (_edition(one) for one in documents if not _is_pseudo(one))
    return [edition for edition in editions if edition.edition_id]


def parse_album(kept: Document) -> Album:
    """Parse the saved documents of an album, oldest edition first."""
    editions = sorted(
        parse_editions(kept),
        key=lambda edition: (edition.date or "9999", edition.title),
    )
    album = parse_release_group(_mapping(kept.get("release-group")))
    documents = _documents(kept.get("releases"))
    pseudo = [parse_release_group(one) for one in documents if _is_pseudo(one)]
    names = [name for one in pseudo for name in (one.artist, *one.artists)]
    return replace(
        album,
        editions=tuple(editions),
        aliases=_with(album.aliases, names, {album.artist, *album.artists}),
        title_aliases=_with(
            album.title_aliases, [one.title for one in pseudo], {album.title}
        ),
        performers=tuple(
            dict.fromkeys(name for one in documents for name in _performers(one))
        ),
    )


def _is_pseudo(release: Document) -> bool:
    """Return whether a release only writes the names of another in other letters."""
    return _text(release.get("status")).casefold() == "pseudo-release"


def _with(known: Sequence[str], more: Sequence[str], own: set[str]) -> tuple[str, ...]:
    kept = (name for name in (*known, *more) if name and name not in own)
    return tuple(dict.fromkeys(kept))


def _performers(release: Document) -> list[str]:
    """Return who plays, sings, conducts or composed, as a release's relations say."""
    return [
        name
        for relation in _documents(release.get("relations"))
        if _text(relation.get("type")) in _PERFORMING
        and (name := _text(_mapping(relation.get("artist")).get("name")))
    ]


def _edition(data: Document) -> Edition:
    every = _documents(data.get("media"))
    media = [one for one in every if _text(one.get("format")) not in _VIDEO]
    counts = [_number(medium.get("track-count")) for medium in media]
    tracks = [
        _track(track)
        for medium in media
        for track in _documents(medium.get("tracks"))
        if _mapping(track.get("recording")).get("video") is not True
    ]
    known = sum(count or 0 for count in counts) or len(tracks)
    return Edition(
        edition_id=_text(data.get("id")).lower(),
        title=_text(data.get("title")),
        disambiguation=_text(data.get("disambiguation")),
        status=_text(data.get("status")) or None,
        date=_text(data.get("date")) or None,
        country=_text(data.get("country")) or None,
        formats=tuple(f for f in (_text(m.get("format")) for m in every) if f),
        track_count=known or None,
        tracks=tuple(tracks),
        has_cover=_mapping(data.get("cover-art-archive")).get("front") is True,
    )


def _track(data: Document) -> Track:
    recording = _mapping(data.get("recording"))
    return Track(
        title=_text(data.get("title")) or _text(recording.get("title")),
        position=_number(data.get("position")),
        length_ms=_number(data.get("length")) or _number(recording.get("length")),
    )


def _text(value: object, *, strip: bool = True) -> str:
    if not isinstance(value, str):
        return ""
    text = (value.strip() if strip else value)[:_TEXT_LIMIT]
    # JSON can hold half a character, which nobody can be sent.
    return text.encode(errors="replace").decode()


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 1e12 else None


def _list(value: object) -> Sequence[Any]:
    return value[:_MOST_ITEMS] if isinstance(value, list) else ()


def _mapping(value: object) -> Document:
    return value if isinstance(value, dict) else {}


def _documents(value: object) -> list[Document]:
    return [item for item in _list(value) if isinstance(item, dict)]
