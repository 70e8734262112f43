"""Rows of `cursors`: how far each reader has read.

The announcer keeps in one which events were fired (`bridge/announcer.py`), and
`events.next_seq` the last seq.
"""

from sqlalchemy import Connection, insert, select, update

from .tables import CURSORS as T


def get(connection: Connection, name: str) -> int:
    """Return a cursor, 0 before it was first set."""
    return int(connection.scalar(select(T.c.seq).where(T.c.name == name)) or 0)


def put(connection: Connection, name: str, seq: int) -> None:
    """Set a cursor."""
    known = update(T).where(T.c.name == name).values(seq=seq)
    if not connection.execute(known).rowcount:
        connection.execute(insert(T), {"name": name, "seq": seq})
