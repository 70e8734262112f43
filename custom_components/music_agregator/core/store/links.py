"""Rows of `links`: the only table that may hold a secret.

How secrets stay out of events, logs and responses: `events/event_data.py`.
"""

from collections.abc import Sequence
from itertools import batched

from sqlalchemy import Connection, delete, insert, select
from ulid_transform import ulid_now

from ..model import Link
from .tables import AT_ONCE, LINKS as T


def add(connection: Connection, run_id: str, link: Link) -> str:
    """Write a link and return its id."""
    link_id = ulid_now()
    connection.execute(
        insert(T),
        {
            "link_id": link_id,
            "run_id": run_id,
            "guid": link.guid,
            "download_url": link.download_url,
            "magnet_uri": link.magnet_uri,
            "torrent": link.torrent,
        },
    )
    return link_id


def remove(connection: Connection, link_ids: Sequence[str]) -> None:
    """Forget links."""
    for some in batched(link_ids, AT_ONCE, strict=False):
        connection.execute(delete(T).where(T.c.link_id.in_(some)))


def get(connection: Connection, link_id: str) -> Link:
    """Return a link, an empty one if it is gone."""
    return many(connection, [link_id]).get(link_id, Link())


def many(connection: Connection, link_ids: Sequence[str]) -> dict[str, Link]:
    """Return links by their ids, as far as they are there."""
    return {
        row.link_id: Link(
            guid=row.guid,
            download_url=row.download_url,
            magnet_uri=row.magnet_uri,
            torrent=row.torrent,
        )
        for some in batched(link_ids, AT_ONCE, strict=False)
        for row in connection.execute(select(T).where(T.c.link_id.in_(some)))
    }
