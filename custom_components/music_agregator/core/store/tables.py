"""The tables, in a MetaData of our own beside whatever else lives in the database.

`schema.py` makes and upgrades them.
"""

from enum import StrEnum
import json
from typing import Any, override

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    Enum,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects import mysql

from ..common.format import whole_characters
from ..model import DownloadStatus, Extent, Mode, WorkflowStatus
from ..quality import QualityProfile

PREFIX = "music_agregator_"

METADATA = MetaData()

# The largest number that a BigInteger holds, and that an Integer holds.
MOST = 2**63 - 1
MOST_INTEGER = 2**31 - 1

# The number of values in one statement: databases have a limit.
AT_ONCE = 500

_LONG_TEXT = Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")


class CleanText(TypeDecorator[str]):
    """Text from the network: without what some databases refuse."""

    impl = _LONG_TEXT
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return whole_characters(value.replace("\0", ""))


class Json(TypeDecorator[Any]):
    """Plain values as JSON, in ASCII: no character is special to any database."""

    impl = _LONG_TEXT
    cache_ok = True

    @override
    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        return json.dumps(value, separators=(",", ":"))

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Ladder(TypeDecorator[tuple[QualityProfile, ...]]):
    """Profiles, separated by spaces; NULL for none."""

    impl = String(64)
    cache_ok = True

    @override
    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return " ".join(value) or None

    @override
    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> tuple[QualityProfile, ...]:
        return tuple(map(QualityProfile, (value or "").split()))


def _word(kind: type[StrEnum]) -> Enum:
    """Return the type of a column that holds the words of an enumeration, as plain text."""
    return Enum(kind, native_enum=False, length=32, values_callable=list)


_LONG_BINARY = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
_ULID = String(26)
_MBID = String(36)
_PROFILE = _word(QualityProfile)


def _table(name: str, *parts: Column[Any] | Index) -> Table:
    options: dict[str, Any] = {
        f"{server}_{option}": value
        for server in ("mysql", "mariadb")
        for option, value in (
            ("engine", "InnoDB"),
            ("default_charset", "utf8mb4"),
            ("collate", "utf8mb4_bin"),
        )
    }
    return Table(PREFIX + name, METADATA, *parts, **options)


META = _table(
    "meta",
    Column("name", String(64), primary_key=True),
    Column("value", String(255), nullable=False),
)

# `seq` is the counter of events; the others say how far each reader has read.
CURSORS = _table(
    "cursors",
    Column("name", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

# A merged MBID has a row too, whose canonical_id is another.
ALBUMS = _table(
    "albums",
    Column("album_id", _MBID, primary_key=True),
    Column("canonical_id", _MBID, nullable=False),
    Column("fetched_at", Double, nullable=False),
    Column("data", Json, nullable=False),
)

# `live_topic` is the topic while the run lives: unique, so one live run each.
WORKFLOW_RUNS = _table(
    "workflow_runs",
    Column("run_id", _ULID, primary_key=True),
    Column("live_topic", String(64), unique=True),
    Column("album_id", _MBID, nullable=False, index=True),
    Column("quality", _PROFILE, nullable=False),
    Column("ladder", Ladder),
    Column("mode", _word(Mode), nullable=False),
    Column("status", _word(WorkflowStatus), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("download_id", _ULID, index=True),
    Column("artist", CleanText, nullable=False),
    Column("title", CleanText, nullable=False),
    Column("reason", String(64)),
    Column("is_dismissed", Boolean, nullable=False, default=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("requested_by", Json),
)

CANDIDATES = _table(
    "candidates",
    Column("run_id", _ULID, primary_key=True),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("accepted", Boolean, nullable=False),
    Column("tried", Boolean, nullable=False),
    Column("link_id", _ULID, nullable=False),
    Column("data", Json, nullable=False),
)

# The only table that may hold a secret.
LINKS = _table(
    "links",
    Column("link_id", _ULID, primary_key=True),
    Column("run_id", _ULID, nullable=False, index=True),
    Column("guid", _LONG_TEXT),
    Column("download_url", _LONG_TEXT),
    Column("magnet_uri", _LONG_TEXT),
    Column("torrent", _LONG_BINARY),
)

DOWNLOADS = _table(
    "downloads",
    Column("download_id", _ULID, primary_key=True),
    Column("info_hash", String(40), unique=True),
    Column("info_hash_v2", String(64), unique=True),
    Column("link_id", _ULID, nullable=False),
    Column("status", _word(DownloadStatus), nullable=False),
    Column("seen", Boolean, nullable=False),
    Column("in_doubt", Boolean, nullable=False),
    Column("extent", _word(Extent), nullable=False),
    Column("delete_files", Boolean, nullable=False),
    Column("title", CleanText, nullable=False),
    Column("quality", Json, nullable=False),
    Column("size_bytes", BigInteger),
    Column("updated_at", Double, nullable=False),
)

ALBUM_EVENTS = _table(
    "album_events",
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", _ULID, nullable=False, unique=True),
    Column("run_id", _ULID, nullable=False, index=True),
    Column("album_id", _MBID, nullable=False),
    Column("quality", _PROFILE, nullable=False),
    Column("status", _word(WorkflowStatus), nullable=False),
    Column("at", Double, nullable=False),
    Column("data", Json, nullable=False),
    Index("ix_music_agregator_album_events_topic", "album_id", "quality", "seq"),
)

WANTED = _table(
    "wanted",
    Column("album_id", _MBID, primary_key=True),
    Column("quality", _PROFILE, primary_key=True),
    Column("ladder", Ladder),
    Column("mode", _word(Mode), nullable=False),
    Column("searches", Integer, nullable=False),
    Column("next_at", Double, nullable=False, index=True),
    Column("created_at", Double, nullable=False),
    Column("requested_by", Json),
)

# `name` is an info-hash, or the digest of a guid: a guid may hold a passkey. `album_id` is
# empty for a block of every album.
BLOCKLIST = _table(
    "blocklist",
    Column("name", String(64), primary_key=True),
    Column("album_id", _MBID, primary_key=True),
    Column("title", CleanText, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("created_at", Double, nullable=False),
)

# The path's digest is the key: a path is longer than an index allows. `names_key` is the
# same for every spelling of an artist's album.
LIBRARY_FILES = _table(
    "library_files",
    Column("path_digest", String(40), primary_key=True),
    Column("path", CleanText, nullable=False),
    Column("modified_at", Double, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("names_key", String(40), nullable=False, index=True),
    Column("artist", CleanText),
    Column("album", CleanText),
    Column("album_id", _MBID, index=True),
    Column("edition_id", _MBID, index=True),
    Column("years", Json, nullable=False),
    Column("disc", Integer),
    Column("track", Integer),
    Column("title", CleanText),
    Column("quality", Json, nullable=False),
    Column("length_ms", Integer),
)
