"""One process at a time on a SQLite store: two would work on the same runs."""

from collections.abc import Iterator
from contextlib import contextmanager
import os

from ..errors import StoreBusyError, StoreError
from .urls import parse_url

try:
    import fcntl
except ImportError:  # Windows has none: stores are not locked there.
    fcntl = None  # type: ignore[assignment]


@contextmanager
def exclusive_lock(url: str) -> Iterator[None]:
    """Hold a lock beside the file, until the process ends at the latest.

    Raises StoreBusyError, StoreError.
    """
    address = parse_url(url)
    file = address.database
    is_file = address.get_backend_name() == "sqlite" and file
    if not is_file or file == ":memory:" or fcntl is None:
        yield
        return
    try:
        lock = os.open(f"{file}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror}") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreBusyError(f"{file} is open elsewhere") from None
        yield
    finally:
        os.close(lock)
