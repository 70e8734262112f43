"""Rows of `album_events`: the numbered events of every run."""

from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from ..model import AlbumEvent, WorkflowStatus
from ..quality import QualityProfile
from .schema import SEQ
from .tables import ALBUM_EVENTS as T, CURSORS, WORKFLOW_RUNS

PAGE = 200


def next_seq(connection: Connection) -> int:
    """Return the next seq: updated first and then read, so that writers queue here."""
    counter = CURSORS.c.name == SEQ
    connection.execute(update(CURSORS).where(counter).values(seq=CURSORS.c.seq + 1))
    return int(connection.execute(select(CURSORS.c.seq).where(counter)).scalar_one())


def head(connection: Connection) -> int:
    """Return the seq of the last event, 0 before the first."""
    query = select(CURSORS.c.seq).where(CURSORS.c.name == SEQ)
    return int(connection.execute(query).scalar_one())


def add(connection: Connection, event: AlbumEvent) -> None:
    """Write one event."""
    connection.execute(insert(T), event.as_dict())


def find(connection: Connection, event_id: str) -> AlbumEvent | None:
    """Return the event with that id, if it was committed."""
    row = connection.execute(select(T).where(T.c.event_id == event_id)).one_or_none()
    return _event(row) if row else None


def after(
    connection: Connection,
    seq: int,
    *,
    album_id: str | None = None,
    quality: QualityProfile | None = None,
    run_id: str | None = None,
    limit: int = PAGE,
) -> list[AlbumEvent]:
    """Return the events after a seq, in order, at most `limit`."""
    query = select(T).where(T.c.seq > seq).order_by(T.c.seq).limit(limit)
    if album_id is not None:
        query = query.where(T.c.album_id == album_id)
    if quality is not None:
        query = query.where(T.c.quality == quality)
    if run_id is not None:
        query = query.where(T.c.run_id == run_id)
    return [_event(row) for row in connection.execute(query)]


def percent_at(connection: Connection, seq: int) -> int:
    """Return the percent of a download at an event, 0 if it has none."""
    data = connection.scalar(select(T.c.data).where(T.c.seq == seq)) or {}
    return int(data.get("percent") or 0)


def recent(connection: Connection, since: float) -> list[AlbumEvent]:
    """Return every event of the tracked runs (live, or ended after a time), in order."""
    runs = select(WORKFLOW_RUNS.c.run_id).where(
        or_(
            WORKFLOW_RUNS.c.live_topic.is_not(None),
            (WORKFLOW_RUNS.c.updated_at > since)
            & WORKFLOW_RUNS.c.is_dismissed.is_(False),
        )
    )
    query = select(T).where(T.c.run_id.in_(runs)).order_by(T.c.seq)
    return [_event(row) for row in connection.execute(query)]


def has(connection: Connection, run_id: str, status: WorkflowStatus) -> bool:
    """Return whether a run ever came to a status."""
    query = select(T.c.seq).where(T.c.run_id == run_id, T.c.status == status)
    return connection.execute(query.limit(1)).first() is not None


def last_at(
    connection: Connection, run_id: str, status: WorkflowStatus
) -> float | None:
    """Return when a run last came to a status, None if it never did."""
    query = select(func.max(T.c.at)).where(T.c.run_id == run_id, T.c.status == status)
    at = connection.scalar(query)
    return None if at is None else float(at)


def last(connection: Connection) -> AlbumEvent | None:
    """Return the last event of all."""
    row = connection.execute(select(T).order_by(T.c.seq.desc()).limit(1)).one_or_none()
    return _event(row) if row else None


def _event(row: Row[Any]) -> AlbumEvent:
    return AlbumEvent(**row._asdict())
