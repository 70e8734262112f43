"""Make the tables, and bring those of an earlier version up to date."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, insert, inspect, select, text, update
from ulid_transform import ulid_now

from ..errors import StoreTooNewError
from .tables import (
    CANDIDATES,
    CURSORS,
    LIBRARY_FILES,
    META,
    METADATA,
    WORKFLOW_RUNS,
)

VERSION = 3
SEQ = "seq"

type Upgrade = Callable[[Connection], None]


def _add_ladder(connection: Connection) -> None:
    """Let a run have more profiles than one."""
    known = inspect(connection).get_columns(WORKFLOW_RUNS.name)
    if all(column["name"] != "ladder" for column in known):
        connection.execute(
            text(f"ALTER TABLE {WORKFLOW_RUNS.name} ADD COLUMN ladder VARCHAR(64)")
        )


def _explain_candidates(connection: Connection) -> None:
    """Bring candidates into the form that has a code for everything."""
    rows = connection.execute(select(CANDIDATES)).all()
    for row in rows:
        if "indexers" in row.data:
            continue
        data = {**row.data, "indexers": [row.data.get("indexer", "")], "parts": []}
        data["reasons"] = [
            {
                "code": reason.pop("code"),
                "permanent": reason.pop("permanent"),
                "details": reason,
            }
            for reason in map(dict, row.data.get("reasons", ()))
        ]
        connection.execute(
            update(CANDIDATES)
            .where(CANDIDATES.c.run_id == row.run_id, CANDIDATES.c.rank == row.rank)
            .values(data=data)
        )


def _second(connection: Connection) -> None:
    _add_ladder(connection)
    _explain_candidates(connection)


def _third(connection: Connection) -> None:
    """Make the library's table anew: nobody has written to it yet."""
    LIBRARY_FILES.drop(connection, checkfirst=True)
    LIBRARY_FILES.create(connection)


# From the version that is the key to the next one; each may find its work done.
UPGRADES: Mapping[int, Upgrade] = {1: _second, 2: _third}


def prepare(
    connection: Connection,
    *,
    version: int = VERSION,
    upgrades: Mapping[int, Upgrade] = UPGRADES,
) -> str:
    """Make what is missing, upgrade what is old, and return the store's id.

    Raises StoreTooNewError for tables of a later version, and leaves them alone.
    """
    METADATA.create_all(connection)
    found = _meta(connection, "schema_version")
    if found is None:
        store_id = ulid_now()
        connection.execute(
            insert(META),
            [
                {"name": "schema_version", "value": str(version)},
                {"name": "store_id", "value": store_id},
            ],
        )
        connection.execute(insert(CURSORS), {"name": SEQ, "seq": 0})
        return store_id
    if int(found) > version:
        raise StoreTooNewError(found=found, known=str(version))
    for old in range(int(found), version):
        upgrades[old](connection)
        connection.execute(
            update(META)
            .where(META.c.name == "schema_version")
            .values(value=str(old + 1))
        )
    return str(_meta(connection, "store_id"))


def drop(connection: Connection) -> None:
    """Remove every table of ours."""
    METADATA.drop_all(connection)


def _meta(connection: Connection, name: str) -> str | None:
    return connection.scalar(select(META.c.value).where(META.c.name == name))
