"""Rows of `downloads`: saved before the client is told."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from itertools import batched
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from ..model import Download, DownloadStatus, Extent, InfoHashes, Link, Run
from ..quality import Quality
from . import links, runs
from .tables import AT_ONCE, DOWNLOADS as T

# No run waits for these; when they are chosen again, they start over.
_GIVEN_UP = frozenset({DownloadStatus.DOWNLOAD_FAILED, DownloadStatus.CANCELLED})


def save(connection: Connection, run_id: str, download: Download, at: float) -> str:
    """Write a chosen torrent; return the id of its row.

    A torrent that another run has chosen keeps its row. One that was given up starts
    over in its old row.
    """
    known = by_hashes(connection, download.hashes)
    if known is None:
        add(connection, run_id, download, at)
        return download.download_id
    if known.status in _GIVEN_UP:
        _change(
            connection,
            known.download_id,
            status=DownloadStatus.SAVED,
            seen=False,
            in_doubt=False,
            extent=download.extent,
            delete_files=False,
            link_id=links.add(connection, run_id, download.link),
            updated_at=at,
        )
    return known.download_id


def add(connection: Connection, run_id: str, download: Download, at: float) -> None:
    """Write a download that has no row."""
    values = asdict(replace(download, link=Link()))
    hashes = values.pop("hashes")
    values |= {
        "info_hash": hashes["v1"],
        "info_hash_v2": hashes["v2"],
        "updated_at": at,
    }
    values["link_id"] = links.add(connection, run_id, download.link)
    del values["link"]
    connection.execute(insert(T), values)


def get(connection: Connection, download_id: str) -> Download | None:
    """Return a download with its link."""
    row = connection.execute(
        select(T).where(T.c.download_id == download_id)
    ).one_or_none()
    if row is None:
        return None
    return replace(_download(row), link=links.get(connection, row.link_id))


def many(connection: Connection, ids: Sequence[str]) -> dict[str, Download]:
    """Return downloads with their links, by their ids."""
    found: dict[str, Download] = {}
    for some in batched(ids, AT_ONCE, strict=False):
        rows = connection.execute(select(T).where(T.c.download_id.in_(some))).all()
        kept = links.many(connection, [row.link_id for row in rows])
        found |= {
            row.download_id: replace(_download(row), link=kept.get(row.link_id, Link()))
            for row in rows
        }
    return found


def by_hashes(connection: Connection, hashes: InfoHashes) -> Download | None:
    """Return the download with one of these hashes, without its link."""
    same = [
        column == value
        for column, value in ((T.c.info_hash, hashes.v1), (T.c.info_hash_v2, hashes.v2))
        if value
    ]
    row = connection.execute(select(T).where(or_(*same))).first() if same else None
    return _download(row) if row else None


def seen(connection: Connection) -> list[Download]:
    """Return the downloads that the client had and that were not given up."""
    query = select(T).where(T.c.seen.is_(True), T.c.status.not_in(_GIVEN_UP))
    return [_download(row) for row in connection.execute(query)]


def all_ids(connection: Connection) -> frozenset[str]:
    """Return every id by which a client may know one of the downloads."""
    rows = connection.execute(select(T.c.info_hash, T.c.info_hash_v2)).all()
    return frozenset(
        name
        for row in rows
        for name in InfoHashes(v1=row.info_hash, v2=row.info_hash_v2).ids
    )


def left_behind(connection: Connection) -> list[Download]:
    """Return the downloads that were given up while the client still had them."""
    query = select(T).where(T.c.seen.is_(True), T.c.status.in_(_GIVEN_UP))
    return [_download(row) for row in connection.execute(query)]


def mark(
    connection: Connection,
    download_id: str,
    status: DownloadStatus,
    at: float,
    *,
    seen: bool | None = None,
    delete_files: bool = False,
) -> None:
    """Record the status of a download, and whether to delete its files."""
    values: dict[str, Any] = {
        "status": status,
        "updated_at": at,
        "delete_files": delete_files,
    }
    if seen is not None:
        values |= {"seen": seen, "in_doubt": False}
    _change(connection, download_id, **values)


def give_up(
    connection: Connection,
    run: Run,
    status: DownloadStatus,
    at: float,
    *,
    delete_files: bool = False,
) -> None:
    """Give up the download of a run, unless another run holds it."""
    if run.download_id and not is_held_by_others(connection, run):
        mark(
            connection,
            run.download_id,
            status,
            at,
            seen=True,
            delete_files=delete_files,
        )


def is_held_by_others(connection: Connection, run: Run) -> bool:
    """Return whether another run holds the download of a run."""
    holders = runs.holding(connection, run.download_id or "")
    return any(holder.run_id != run.run_id for holder in holders)


def mark_removed(connection: Connection, download_id: str) -> None:
    """Record that the client no longer has a given-up torrent."""
    connection.execute(
        update(T)
        .where(T.c.download_id == download_id, T.c.status.in_(_GIVEN_UP))
        .values(seen=False)
    )


def mark_seen(connection: Connection, ids: Collection[str]) -> None:
    """Record that the client has these downloads."""
    _change_all(connection, ids, seen=True, in_doubt=False)


def mark_unseen(connection: Connection, ids: Collection[str]) -> None:
    """Record that the client has never had these downloads: it was wiped."""
    _change_all(connection, ids, seen=False, in_doubt=False)


def mark_missing(connection: Connection, ids: Collection[str]) -> None:
    """Record that these downloads are missing for an unknown reason."""
    _change_all(connection, ids, in_doubt=True)


def set_extent(connection: Connection, download_id: str, extent: Extent) -> None:
    """Record whether the files of a pack are chosen."""
    _change(connection, download_id, extent=extent)


def _change(connection: Connection, download_id: str, **values: Any) -> None:
    connection.execute(update(T).where(T.c.download_id == download_id).values(values))


def _change_all(connection: Connection, ids: Collection[str], **values: Any) -> None:
    """Change the downloads that were not given up."""
    for some in batched(sorted(ids), AT_ONCE, strict=False):
        connection.execute(
            update(T)
            .where(T.c.download_id.in_(some), T.c.status.not_in(_GIVEN_UP))
            .values(values)
        )


def _download(row: Row[Any]) -> Download:
    values = row._asdict()
    del values["link_id"], values["updated_at"]
    return Download(
        hashes=InfoHashes(v1=values.pop("info_hash"), v2=values.pop("info_hash_v2")),
        quality=Quality.from_dict(values.pop("quality")),
        **values,
    )
