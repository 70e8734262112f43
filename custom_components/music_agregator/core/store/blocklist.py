"""Rows of `blocklist`: torrents that are never to be downloaded again."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select

from ..common.digest import offer_digest
from ..model import Download
from .tables import BLOCKLIST as T

# A dead torrent may be seeded again (seconds); a fake stays a fake.
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
    """A block: its reason, its time, and its album (empty: every album)."""

    title: str
    reason: str
    created_at: float
    album_id: str


def names_of(download: Download) -> list[str]:
    """Return every name to block a download by."""
    guid = download.link.guid
    offers = [offer_digest(guid, download.title)] if guid else []
    return [*download.hashes.ids, *offers]


def names(connection: Connection, album_id: str, now: float) -> frozenset[str]:
    """Return the info-hashes and the digests of offers that are blocked for an album."""
    return frozenset(connection.scalars(select(T.c.name).where(*_holds(album_id, now))))


def find(
    connection: Connection, blocked: Collection[str], album_id: str, now: float
) -> Blocked | None:
    """Return the block of a torrent for an album; None if there is none."""
    query = select(T).where(T.c.name.in_(blocked), *_holds(album_id, now))
    row = connection.execute(query.limit(1)).first()
    return Blocked(row.title, row.reason, row.created_at, row.album_id) if row else None


def copy(connection: Connection, known: Blocked, name: str) -> None:
    """Block another name for the same reason and time."""
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
        or_(
            T.c.reason.not_in(_TEMPORARY),
            # A clock that was set back must not make a block last for years.
            T.c.created_at.between(now - TEMPORARY_SECONDS, now + TEMPORARY_SECONDS),
        ),
    )
