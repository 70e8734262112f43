"""Rows of `wanted`: what was looked for and not found."""

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from ..model import Run, WorkflowStatus as S
from .tables import WANTED as T

# How long after the first search that found nothing the next is due (seconds).
FIRST_PAUSE = 3_600.0

_SETTLED = frozenset({S.DOWNLOADED, S.ALREADY_OWNED, S.CANCELLED})
_DECLINED = "declined"


def follow(connection: Connection, run: Run) -> None:
    """Keep the list as a run's new status has it: wanted on, or no longer."""
    if run.status in _SETTLED:
        connection.execute(delete(T).where(*_topic(run)))
    elif run.status is S.NOT_FOUND and run.reason != _DECLINED:
        if connection.execute(select(T.c.album_id).where(*_topic(run))).first():
            return
        connection.execute(
            insert(T),
            {
                "album_id": run.album_id,
                "quality": run.quality.value,
                "searches": 1,
                "next_at": run.updated_at + FIRST_PAUSE,
                "created_at": run.updated_at,
            },
        )


def count(connection: Connection) -> int:
    """Return how many albums are wanted."""
    return int(connection.scalar(select(func.count()).select_from(T)) or 0)


def _topic(run: Run) -> tuple[ColumnElement[bool], ...]:
    return T.c.album_id == run.album_id, T.c.quality == run.quality.value
