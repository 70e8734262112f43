"""Rows of `blocklist`: torrents that are not to be taken again."""

from sqlalchemy import Connection, select

from .tables import BLOCKLIST as T


def hashes(connection: Connection) -> frozenset[str]:
    """Return the info-hashes of what is blocked."""
    return frozenset(connection.scalars(select(T.c.info_hash)))
