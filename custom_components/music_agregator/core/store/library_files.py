"""Rows of `library_files`: the audio files in the library folders."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import batched
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, or_, select

from ..model import TrackFacts
from ..quality import Quality
from .tables import AT_ONCE, LIBRARY_FILES as T


class Stamp(NamedTuple):
    """The values that change with a file."""

    modified_at: float
    size_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FileRow:
    """One file of the library; `names` is the key of its artist and album."""

    digest: str
    path: str
    stamp: Stamp
    names: str
    facts: TrackFacts


class Owned(NamedTuple):
    """A file of the library that may be one of an album."""

    path: str
    facts: TrackFacts


def stamps(connection: Connection) -> dict[str, Stamp]:
    """Return what is known of every file, by the digest of its path."""
    rows = connection.execute(select(T.c.path_digest, T.c.modified_at, T.c.size_bytes))
    return {row.path_digest: Stamp(row.modified_at, row.size_bytes) for row in rows}


def paths(connection: Connection, digests: Sequence[str]) -> list[tuple[str, str]]:
    """Return the paths of files, each with its digest."""
    return [
        (row.path_digest, row.path)
        for some in batched(digests, AT_ONCE, strict=False)
        for row in connection.execute(
            select(T.c.path_digest, T.c.path).where(T.c.path_digest.in_(some))
        )
    ]


def save(connection: Connection, rows: Sequence[FileRow]) -> None:
    """Write files, new or changed."""
    remove(connection, [row.digest for row in rows])
    connection.execute(
        insert(T),
        [
            {
                "path_digest": row.digest,
                "path": row.path,
                "modified_at": row.stamp.modified_at,
                "size_bytes": row.stamp.size_bytes,
                "names_key": row.names,
                "artist": row.facts.artist,
                "album": row.facts.album,
                "album_id": row.facts.album_id,
                "edition_id": row.facts.edition_id,
                "years": list(row.facts.years),
                "disc": row.facts.disc,
                "track": row.facts.track,
                "title": row.facts.title,
                "quality": asdict(row.facts.quality),
                "length_ms": row.facts.length_ms,
            }
            for row in rows
        ],
    )


def remove(connection: Connection, digests: Sequence[str]) -> None:
    """Forget files."""
    for some in batched(digests, AT_ONCE, strict=False):
        connection.execute(delete(T).where(T.c.path_digest.in_(some)))


def of_album(
    connection: Connection, ids: Sequence[str], keys: Sequence[str]
) -> list[Owned]:
    """Return the files of an album: by MusicBrainz ids, or by the keys of its names."""
    found: dict[str, Owned] = {}
    for some_ids, some_keys in (
        *((chunk, ()) for chunk in batched(ids, AT_ONCE, strict=False)),
        *(((), chunk) for chunk in batched(keys, AT_ONCE, strict=False)),
    ):
        query = select(T).where(
            or_(
                T.c.album_id.in_(some_ids),
                T.c.edition_id.in_(some_ids),
                T.c.names_key.in_(some_keys),
            )
        )
        for row in connection.execute(query.order_by(T.c.path)):
            found[row.path] = Owned(row.path, _facts(row))
    return list(found.values())


def _facts(row: Row[Any]) -> TrackFacts:
    return TrackFacts(
        artist=row.artist,
        album=row.album,
        album_id=row.album_id,
        edition_id=row.edition_id,
        years=tuple(row.years),
        disc=row.disc,
        track=row.track,
        title=row.title,
        quality=Quality.from_dict(row.quality),
        length_ms=row.length_ms,
    )
