"""Rows of `candidates`: every release of a run's search, with its decision."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from ..model import Link
from . import links
from .tables import CANDIDATES as T, LINKS


class SavedCandidate(NamedTuple):
    """A candidate as it was saved; its link stays in `links`."""

    rank: int
    accepted: bool
    tried: bool
    data: dict[str, Any]


def save(
    connection: Connection,
    run_id: str,
    candidates: Sequence[tuple[SavedCandidate, Link]],
) -> None:
    """Write the candidates of a run in place of those it had."""
    old = select(T.c.link_id).where(T.c.run_id == run_id)
    connection.execute(delete(LINKS).where(LINKS.c.link_id.in_(old)))
    connection.execute(delete(T).where(T.c.run_id == run_id))
    rows = [
        {
            "run_id": run_id,
            "link_id": links.add(connection, run_id, link),
            **candidate._asdict(),
        }
        for candidate, link in candidates
    ]
    if rows:
        connection.execute(insert(T), rows)


def untried(connection: Connection, run_id: str) -> list[SavedCandidate]:
    """Return the accepted candidates that were not tried yet, best first."""
    query = (
        select(T)
        .where(T.c.run_id == run_id, T.c.accepted.is_(True), T.c.tried.is_(False))
        .order_by(T.c.rank)
    )
    return [
        SavedCandidate(row.rank, row.accepted, row.tried, row.data)
        for row in connection.execute(query)
    ]


def mark_tried(connection: Connection, run_id: str, rank: int) -> None:
    """Say that a candidate had its chance."""
    connection.execute(
        update(T).where(T.c.run_id == run_id, T.c.rank == rank).values(tried=True)
    )


def link(connection: Connection, run_id: str, rank: int) -> Link:
    """Return where a candidate is to be had."""
    link_id = connection.scalar(
        select(T.c.link_id).where(T.c.run_id == run_id, T.c.rank == rank)
    )
    return links.get(connection, link_id) if link_id else Link()


def page(
    connection: Connection, run_id: str, *, limit: int = 50, offset: int = 0
) -> list[SavedCandidate]:
    """Return candidates of a run, best first."""
    query = (
        select(T)
        .where(T.c.run_id == run_id)
        .order_by(T.c.rank)
        .limit(limit)
        .offset(offset)
    )
    return [
        SavedCandidate(row.rank, row.accepted, row.tried, row.data)
        for row in connection.execute(query)
    ]


def count(connection: Connection, run_id: str) -> int:
    """Return how many candidates a run has."""
    query = select(func.count()).select_from(T).where(T.c.run_id == run_id)
    return int(connection.execute(query).scalar_one())
