"""Rows of `wanted`: albums to search for again, and when."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import batched
from random import uniform
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from ..errors import ClientRefusedError
from ..model import Mode, Requester, Run, Topic, WorkflowStatus as S
from ..quality import QualityProfile
from .tables import AT_ONCE, WANTED as T

# The pause after the first fruitless search, the second, and every later one (seconds).
PAUSES = (3_600.0, 21_600.0, 86_400.0)
# A random part on top, so that not all albums are due in the same minute.
JITTER = 0.1

PAGE = 100

_SETTLED = frozenset({S.DOWNLOADED, S.ALREADY_OWNED, S.CANCELLED})
_DECLINED = "declined"


class WantedAlbum(NamedTuple):
    """An album to search for again; `ladder` holds the profiles after `quality`."""

    album_id: str
    quality: QualityProfile
    ladder: tuple[QualityProfile, ...]
    mode: Mode
    searches: int
    next_at: float
    created_at: float
    requested_by: Requester | None = None

    @property
    def topic(self) -> Topic:
        """Return the topic of the run that would get it."""
        return Topic(self.album_id, self.quality)


def pause_after(searches: int) -> float:
    """Return the pause after so many fruitless searches (seconds)."""
    pause = PAUSES[min(searches, len(PAUSES)) - 1]
    return pause * uniform(1.0, 1.0 + JITTER)  # noqa: S311


def update_after(connection: Connection, run: Run) -> None:
    """Update the list after a run's new status."""
    if run.status in _SETTLED or run.reason == _DECLINED:
        remove(connection, run.topic)
    elif run.status is S.NOT_FOUND or run.reason == ClientRefusedError.code:
        known = find(connection, run.topic)
        if known:
            # The row keeps what the user asked for: the run may have stepped down.
            later = run.updated_at + pause_after(known.searches)
            postpone(connection, run.topic, later, searches=known.searches)
            return
        row = {
            "album_id": run.album_id,
            "quality": run.quality,
            "searches": 1,
            "created_at": run.updated_at,
            "next_at": run.updated_at + pause_after(1),
            "ladder": run.ladder,
            "mode": run.mode,
            "requested_by": asdict(run.requested_by) if run.requested_by else None,
        }
        connection.execute(insert(T), row)


def record_request(
    connection: Connection,
    topic: Topic,
    ladder: Sequence[QualityProfile],
    mode: Mode,
) -> None:
    """Record what the user asks for now, if the topic is wanted already."""
    connection.execute(update(T).where(*_is(topic)).values(ladder=ladder, mode=mode))


def find(connection: Connection, topic: Topic) -> WantedAlbum | None:
    """Return the row of a topic."""
    row = connection.execute(select(T).where(*_is(topic))).one_or_none()
    return _wanted(row) if row else None


def first_due(connection: Connection) -> WantedAlbum | None:
    """Return the album that is due first."""
    row = connection.execute(select(T).order_by(T.c.next_at).limit(1)).one_or_none()
    return _wanted(row) if row else None


def page(
    connection: Connection, after: Topic | None, *, limit: int
) -> list[WantedAlbum]:
    """Return a page of the list, ordered by topic, after the topic `after`."""
    query = select(T).order_by(T.c.album_id, T.c.quality).limit(limit)
    if after is not None:
        is_later = T.c.quality > after.quality
        query = query.where(
            or_(
                T.c.album_id > after.album_id,
                and_(T.c.album_id == after.album_id, is_later),
            )
        )
    return [_wanted(row) for row in connection.execute(query)]


def next_searches(
    connection: Connection, topics: Sequence[Topic]
) -> dict[Topic, float]:
    """Return the next search of those of some topics that are wanted."""
    found: dict[Topic, float] = {}
    for some in batched(topics, AT_ONCE, strict=False):
        ids = {topic.album_id for topic in some}
        rows = connection.execute(select(T).where(T.c.album_id.in_(ids)))
        found |= {one.topic: one.next_at for one in map(_wanted, rows)}
    return found


def postpone(
    connection: Connection, topic: Topic, next_at: float, *, searches: int
) -> bool:
    """Record the next search and the number of searches.

    Returns whether the album is still wanted.
    """
    values = {"next_at": next_at, "searches": searches}
    changed = update(T).where(*_is(topic)).values(values)
    return bool(connection.execute(changed).rowcount)


def shift(connection: Connection, seconds: float) -> None:
    """Move every time of the list: the clock was set."""
    times = {"next_at": T.c.next_at + seconds, "created_at": T.c.created_at + seconds}
    connection.execute(update(T).values(times))


def remove(connection: Connection, topic: Topic) -> bool:
    """Remove an album; return whether it was wanted."""
    return bool(connection.execute(delete(T).where(*_is(topic))).rowcount)


def count(connection: Connection) -> int:
    """Return how many albums are wanted."""
    return int(connection.scalar(select(func.count()).select_from(T)) or 0)


def _is(topic: Topic) -> tuple[ColumnElement[bool], ...]:
    return T.c.album_id == topic.album_id, T.c.quality == topic.quality


def _wanted(row: Row[Any]) -> WantedAlbum:
    values = row._asdict()
    requester = Requester.from_dict(values.pop("requested_by"))
    return WantedAlbum(**values, requested_by=requester)
