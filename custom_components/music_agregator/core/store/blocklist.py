"""Rows of `blocklist`: torrents that are not to be taken again."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select

from ..common.digest import digest
from ..model import Download
from .tables import BLOCKLIST as T

# What nobody seeded may be seeded again, and a disk mended (seconds); a fake stays one.
TEMPORARY_SECONDS = 7 * 86_400.0
_TEMPORARY = frozenset(
    {
        "client_refused",
        "missing_files",
        "no_metadata",
        "refused_again",
        "stalled",
        "torrent_error",
    }
)
_EVERY_ALBUM = ""


class Blocked(NamedTuple):
    """Why something is blocked, since when, and for which album (empty: for every one)."""

    title: str
    reason: str
    created_at: float
    album_id: str


def names_of(download: Download) -> list[str]:
    """Return everything that a download is blocked by."""
    guid = download.link.guid
    return [*download.hashes.ids, *([digest(guid)] if guid else [])]


def names(connection: Connection, album_id: str, now: float) -> frozenset[str]:
    """Return the info-hashes and guid digests of what is blocked for an album."""
    return frozenset(connection.scalars(select(T.c.name).where(*_holds(album_id, now))))


def find(
    connection: Connection, blocked: Collection[str], album_id: str, now: float
) -> Blocked | None:
    """Return why a torrent is blocked for an album; None if it is not."""
    query = select(T).where(T.c.name.in_(blocked), *_holds(album_id, now))
    row = connection.execute(query.limit(1)).first()
    return Blocked(row.title, row.reason, row.created_at, row.album_id) if row else None


def copy(connection: Connection, known: Blocked, name: str) -> None:
    """Block something more for the same reason, and for as long."""
    add(
        connection,
        [name],
        title=known.title,
        reason=known.reason,
        at=known.created_at,
        album_id=known.album_id,
    )


def add(
    connection: Connection,
    blocked: Iterable[str],
    *,
    title: str,
    reason: str,
    at: float,
    album_id: str | None = None,
) -> None:
    """Block a torrent by all its names, for one album or for every one."""
    for name in set(blocked):
        scope = {"name": name, "album_id": album_id or _EVERY_ALBUM}
        connection.execute(
            delete(T).where(T.c.name == name, T.c.album_id == scope["album_id"])
        )
        row = {**scope, "title": title, "reason": reason, "created_at": at}
        connection.execute(insert(T), row)


def _holds(album_id: str, now: float) -> tuple[ColumnElement[bool], ...]:
    return (
        T.c.album_id.in_((_EVERY_ALBUM, album_id)),
        or_(T.c.reason.not_in(_TEMPORARY), T.c.created_at > now - TEMPORARY_SECONDS),
    )
