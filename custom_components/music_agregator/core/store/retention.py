"""Delete the history of runs that ended long ago; what is on disk stays known.

When, `background/maintenance.py` decides; how old, an option.
"""

from sqlalchemy import Connection, delete, exists, not_, or_, select

from ..model import DownloadStatus, WorkflowStatus
from .tables import (
    ALBUM_EVENTS,
    ALBUMS,
    CANDIDATES,
    DOWNLOADS,
    LINKS,
    WANTED,
    WORKFLOW_RUNS as T,
)

AT_ONCE = 50


def prune(connection: Connection, before: float) -> bool:
    """Delete some runs that ended before a time; return whether there may be more.

    Runs of wanted albums are kept. A run whose music is on disk loses only its events and
    candidates: its row and its download's row make the album owned.
    """
    is_owned = (T.c.status == WorkflowStatus.DOWNLOADED) & exists().where(
        DOWNLOADS.c.download_id == T.c.download_id,
        DOWNLOADS.c.status == DownloadStatus.DOWNLOADED,
    )
    is_wanted = exists().where(
        WANTED.c.album_id == T.c.album_id, WANTED.c.quality == T.c.quality
    )
    has_events = exists().where(ALBUM_EVENTS.c.run_id == T.c.run_id)
    rows = connection.execute(
        select(T.c.run_id, is_owned.label("is_owned"))
        .where(
            T.c.live_topic.is_(None),
            T.c.updated_at < before,
            not_(is_wanted),
            or_(not_(is_owned), has_events),
        )
        .order_by(T.c.run_id)
        .limit(AT_ONCE)
    ).all()
    ids = [row.run_id for row in rows]
    if ids:
        connection.execute(delete(ALBUM_EVENTS).where(ALBUM_EVENTS.c.run_id.in_(ids)))
        connection.execute(delete(CANDIDATES).where(CANDIDATES.c.run_id.in_(ids)))
        gone = [row.run_id for row in rows if not row.is_owned]
        connection.execute(delete(T).where(T.c.run_id.in_(gone)))
    _sweep(connection, before, ids)
    return len(ids) == AT_ONCE


def _sweep(connection: Connection, before: float, ids: list[str]) -> None:
    """Delete the downloads, links and albums that no run refers to."""
    connection.execute(
        delete(DOWNLOADS).where(
            DOWNLOADS.c.seen.is_(False),
            DOWNLOADS.c.updated_at < before,
            DOWNLOADS.c.download_id.not_in(
                select(T.c.download_id).where(T.c.download_id.is_not(None))
            ),
        )
    )
    if ids:
        connection.execute(
            delete(LINKS).where(
                LINKS.c.run_id.in_(ids),
                LINKS.c.link_id.not_in(select(DOWNLOADS.c.link_id)),
            )
        )
    connection.execute(
        delete(ALBUMS).where(
            ALBUMS.c.fetched_at < before,
            ALBUMS.c.canonical_id.not_in(select(T.c.album_id)),
            ALBUMS.c.canonical_id.not_in(select(WANTED.c.album_id)),
        )
    )
