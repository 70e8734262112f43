"""One process at a time on a SQLite store: two would work on the same runs."""

from collections.abc import Iterator
from contextlib import contextmanager
import os

from sqlalchemy import make_url

from ..errors import StoreBusyError, StoreError

try:
    import fcntl
except ImportError:  # Windows has none: there nobody looks after it.
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Keep a lock beside the file; it goes with the process. Raises StoreBusyError."""
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database
    if not is_file or parsed.database == ":memory:" or fcntl is None:
        yield
        return
    try:
        lock = os.open(f"{parsed.database}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"{parsed.database}: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise StoreBusyError(f"{parsed.database} is open elsewhere") from None
    finally:
        os.close(lock)
