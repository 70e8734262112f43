"""Rows of `albums`: MusicBrainz' documents, unchanged."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from .tables import ALBUMS as T


class KeptAlbum(NamedTuple):
    """An album's documents and when they were fetched."""

    album_id: str
    fetched_at: float
    data: dict[str, Any]


def save(connection: Connection, asked_id: str, kept: KeptAlbum) -> None:
    """Write an album, also under the requested id if that was merged."""
    rows = [(kept.album_id, kept.data)]
    if asked_id != kept.album_id:
        rows.append((asked_id, {}))
    for album_id, data in rows:
        connection.execute(delete(T).where(T.c.album_id == album_id))
        connection.execute(
            insert(T),
            {
                "album_id": album_id,
                "canonical_id": kept.album_id,
                "fetched_at": kept.fetched_at,
                "data": data,
            },
        )


def find(connection: Connection, album_id: str) -> KeptAlbum | None:
    """Return an album by its id, or by one that was merged into it."""
    canonical = connection.scalar(
        select(T.c.canonical_id).where(T.c.album_id == album_id)
    )
    if canonical is None:
        return None
    row = connection.execute(select(T).where(T.c.album_id == canonical)).one_or_none()
    return KeptAlbum(canonical, row.fetched_at, row.data) if row else None
