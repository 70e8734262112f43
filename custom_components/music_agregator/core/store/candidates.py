"""Rows of `candidates`: the releases of a run's search, with their decisions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    delete,
    func,
    insert,
    select,
    update,
)

from ..model import Candidate, Link
from . import links
from .tables import CANDIDATES as T

# The number of candidates that a run keeps.
MOST_SAVED = 1_000

# The number of sources of each.
MOST_SOURCES = 10
# The key in a candidate's data of the links of its other sources.
_OTHERS = "other_links"


def save(connection: Connection, run_id: str, candidates: Sequence[Candidate]) -> None:
    """Write the candidates of a run, with their links, in place of those it had."""
    links.remove(connection, _link_ids(connection, T.c.run_id == run_id))
    connection.execute(delete(T).where(T.c.run_id == run_id))
    rows = []
    for candidate in candidates[:MOST_SAVED]:
        first, *others = (
            links.add(
                connection,
                run_id,
                Link(
                    guid=source.guid,
                    download_url=source.download_url,
                    magnet_uri=source.magnet_uri,
                ),
            )
            for source in candidate.sources[:MOST_SOURCES]
        )
        rows.append(
            {
                "run_id": run_id,
                "rank": candidate.rank,
                "accepted": candidate.accepted,
                "tried": candidate.tried,
                "link_id": first,
                "data": {**candidate.to_dict(), _OTHERS: others},
            }
        )
    if rows:
        connection.execute(insert(T), rows)


def untried(connection: Connection, run_id: str) -> list[Candidate]:
    """Return the accepted candidates that were not tried yet, best first."""
    query = (
        select(T)
        .where(T.c.run_id == run_id, T.c.accepted.is_(True), T.c.tried.is_(False))
        .order_by(T.c.rank)
    )
    return [_candidate(row) for row in connection.execute(query)]


def get(connection: Connection, run_id: str, rank: int) -> Candidate | None:
    """Return one candidate of a run."""
    query = select(T).where(T.c.run_id == run_id, T.c.rank == rank)
    row = connection.execute(query).one_or_none()
    return _candidate(row) if row else None


def mark_tried(connection: Connection, run_id: str, rank: int) -> None:
    """Record that a candidate was tried."""
    connection.execute(
        update(T).where(T.c.run_id == run_id, T.c.rank == rank).values(tried=True)
    )


def sources(connection: Connection, run_id: str, rank: int) -> list[Link]:
    """Return the links of a candidate, the best source first."""
    ids = _link_ids(connection, T.c.run_id == run_id, T.c.rank == rank)
    return [links.get(connection, link_id) for link_id in ids]


def next_best(connection: Connection, run_id: str, rank: int) -> Candidate | None:
    """Return the accepted candidate that comes right after a rank."""
    query = (
        select(T)
        .where(T.c.run_id == run_id, T.c.accepted.is_(True), T.c.rank > rank)
        .order_by(T.c.rank)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return _candidate(row) if row else None


def page(
    connection: Connection, run_id: str, *, limit: int = 50, offset: int = 0
) -> list[Candidate]:
    """Return candidates of a run, best first."""
    query = (
        select(T)
        .where(T.c.run_id == run_id)
        .order_by(T.c.rank)
        .limit(limit)
        .offset(offset)
    )
    return [_candidate(row) for row in connection.execute(query)]


def count(connection: Connection, run_id: str) -> int:
    """Return how many candidates a run has."""
    query = select(func.count()).select_from(T).where(T.c.run_id == run_id)
    return int(connection.execute(query).scalar_one())


def _candidate(row: Row[Any]) -> Candidate:
    return Candidate.from_dict(row.data, rank=row.rank, tried=row.tried)


def _link_ids(connection: Connection, *where: ColumnElement[bool]) -> list[str]:
    rows = connection.execute(select(T.c.link_id, T.c.data).where(*where)).all()
    return [i for row in rows for i in (row.link_id, *row.data.get(_OTHERS, ()))]
