"""Rows of `workflow_runs`: every request's run, the live ones unique by topic."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from ..model import DownloadStatus, Requester, Run, Topic, WorkflowStatus
from ..transitions import ENDS
from .tables import DOWNLOADS, WORKFLOW_RUNS as T


def save(connection: Connection, run: Run) -> None:
    """Write a run, new or known."""
    live_topic = None if run.status in ENDS else _name(run.topic)
    values = {**asdict(run), "title": run.album_title, "live_topic": live_topic}
    del values["album_title"]
    known = update(T).where(T.c.run_id == run.run_id).values(values)
    if not connection.execute(known).rowcount:
        connection.execute(insert(T).values(values))


def find(connection: Connection, run_id: str) -> Run | None:
    """Return one run."""
    row = connection.execute(select(T).where(T.c.run_id == run_id)).one_or_none()
    return _run(row) if row else None


def live(connection: Connection) -> list[Run]:
    """Return every run that has not ended, oldest first."""
    query = select(T).where(T.c.live_topic.is_not(None)).order_by(T.c.run_id)
    return [_run(row) for row in connection.execute(query)]


def recent(
    connection: Connection,
    *,
    album_id: str | None = None,
    only_live: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> list[Run]:
    """Return runs, newest first."""
    query = select(T).order_by(T.c.run_id.desc()).limit(limit).offset(offset)
    if album_id is not None:
        query = query.where(T.c.album_id == album_id)
    if only_live:
        query = query.where(T.c.live_topic.is_not(None))
    return [_run(row) for row in connection.execute(query)]


def downloaded(connection: Connection, album_id: str) -> list[Run]:
    """Return the runs of an album that ended with music on disk, newest first."""
    query = (
        select(T)
        .where(T.c.album_id == album_id, T.c.status == WorkflowStatus.DOWNLOADED)
        .order_by(T.c.run_id.desc())
    )
    return [_run(row) for row in connection.execute(query)]


def holding(connection: Connection, download_id: str) -> list[Run]:
    """Return the runs that hold a download.

    A live run holds its download until that fails. A run that ended with music on disk
    holds it as long as the download's row says that it is there.
    """
    is_there = exists().where(
        DOWNLOADS.c.download_id == download_id,
        DOWNLOADS.c.status == DownloadStatus.DOWNLOADED,
    )
    query = select(T).where(
        T.c.download_id == download_id,
        (T.c.live_topic.is_not(None) & (T.c.status != WorkflowStatus.DOWNLOAD_FAILED))
        | ((T.c.status == WorkflowStatus.DOWNLOADED) & is_there),
    )
    return [_run(row) for row in connection.execute(query)]


def got(connection: Connection, download_id: str) -> bool:
    """Return whether a run has ended with this download on disk."""
    query = select(T.c.run_id).where(
        T.c.download_id == download_id, T.c.status == WorkflowStatus.DOWNLOADED
    )
    return connection.execute(query.limit(1)).first() is not None


def dismiss(connection: Connection, topic: Topic) -> None:
    """Hide the ended runs of a topic."""
    connection.execute(
        update(T)
        .where(
            T.c.album_id == topic.album_id,
            T.c.quality == topic.quality,
            T.c.live_topic.is_(None),
        )
        .values(is_dismissed=True)
    )


def live_on(connection: Connection, topic: Topic) -> Run | None:
    """Return the live run of a topic."""
    query = select(T).where(T.c.live_topic == _name(topic))
    row = connection.execute(query).one_or_none()
    return _run(row) if row else None


def _name(topic: Topic) -> str:
    return f"{topic.album_id}:{topic.quality}"


def _run(row: Row[Any]) -> Run:
    values = row._asdict()
    del values["live_topic"], values["is_dismissed"]
    requester = Requester.from_dict(values.pop("requested_by"))
    return Run(album_title=values.pop("title"), requested_by=requester, **values)
