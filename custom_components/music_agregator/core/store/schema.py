"""Create the tables, and upgrade those of earlier versions."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Table, insert, inspect, select, text, update
from ulid_transform import ulid_now

from ..errors import StoreMissingError, StoreTooNewError, StoreTooOldError
from ..model import Extent, Mode
from .tables import (
    BLOCKLIST,
    CANDIDATES,
    CURSORS,
    DOWNLOADS,
    LIBRARY_FILES,
    META,
    METADATA,
    WANTED,
    WORKFLOW_RUNS,
)

VERSION = 7
SEQ = "seq"

type Upgrade = Callable[[Connection], None]


def _add_column(connection: Connection, table: Table, name: str, kind: str) -> None:
    """Add a column, unless an interrupted upgrade has added it."""
    known = inspect(connection).get_columns(table.name)
    if all(column["name"] != name for column in known):
        connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {name} {kind}"))


def _renew(connection: Connection, table: Table) -> None:
    """Recreate a table that holds nothing of value."""
    table.drop(connection, checkfirst=True)
    table.create(connection)


def _explain_candidates(connection: Connection) -> None:
    """Upgrade candidates to the form with codes for reasons and scores."""
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
    _add_column(connection, WORKFLOW_RUNS, "ladder", "VARCHAR(64)")
    _explain_candidates(connection)


def _third(connection: Connection) -> None:
    _renew(connection, LIBRARY_FILES)


def _fourth(connection: Connection) -> None:
    """Add packs, doubts, and searches of the wanted list."""
    false = "false" if connection.dialect.name == "postgresql" else "0"
    no = f"BOOLEAN NOT NULL DEFAULT {false}"
    _add_column(connection, DOWNLOADS, "in_doubt", no)
    whole = f"VARCHAR(32) NOT NULL DEFAULT '{Extent.WHOLE}'"
    _add_column(connection, DOWNLOADS, "extent", whole)
    _add_column(connection, WANTED, "ladder", "VARCHAR(64)")
    mode = f"VARCHAR(32) NOT NULL DEFAULT '{Mode.AUTOMATIC}'"
    _add_column(connection, WANTED, "mode", mode)
    _renew(connection, BLOCKLIST)


def _fifth(connection: Connection) -> None:
    """Add hidden runs."""
    false = "false" if connection.dialect.name == "postgresql" else "0"
    no = f"BOOLEAN NOT NULL DEFAULT {false}"
    _add_column(connection, WORKFLOW_RUNS, "is_dismissed", no)


def _sixth(connection: Connection) -> None:
    """Add who asked."""
    kind = "LONGTEXT" if connection.dialect.name in {"mysql", "mariadb"} else "TEXT"
    _add_column(connection, WORKFLOW_RUNS, "requested_by", kind)
    _add_column(connection, WANTED, "requested_by", kind)


def _seventh(connection: Connection) -> None:
    """Read the library again: discs, tracks and years tell what is owned."""
    _renew(connection, LIBRARY_FILES)


# From the version that is the key to the next; each may run twice.
UPGRADES: Mapping[int, Upgrade] = {
    1: _second,
    2: _third,
    3: _fourth,
    4: _fifth,
    5: _sixth,
    6: _seventh,
}


def prepare(
    connection: Connection,
    *,
    version: int = VERSION,
    upgrades: Mapping[int, Upgrade] = UPGRADES,
) -> str:
    """Create missing tables, upgrade old ones, and return the store's id.

    Raises StoreTooNewError for tables of a later version, which stay unchanged.
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


def has_all_tables(connection: Connection) -> bool:
    """Return whether every table of ours is there."""
    return METADATA.tables.keys() <= set(inspect(connection).get_table_names())


def check(connection: Connection, *, version: int = VERSION) -> str:
    """Return the store's id, and change nothing.

    Raises StoreTooOldError, StoreTooNewError; StoreMissingError where no tables are.
    """
    if not inspect(connection).has_table(META.name):
        raise StoreMissingError
    found = int(_meta(connection, "schema_version") or 0)
    if found != version:
        error = StoreTooNewError if found > version else StoreTooOldError
        raise error(found=str(found), known=str(version))
    return str(_meta(connection, "store_id"))


def drop(connection: Connection) -> None:
    """Remove every table of ours."""
    METADATA.drop_all(connection)


def _meta(connection: Connection, name: str) -> str | None:
    return connection.scalar(select(META.c.value).where(META.c.name == name))
