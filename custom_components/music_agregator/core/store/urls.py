"""Database URLs: parse them, and show them without secrets."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..errors import StoreError


def parse_url(url: str | URL) -> URL:
    """Parse a SQLAlchemy URL. Raises StoreError, without the URL in it."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError("no address of a database") from None


def safe_url(url: str | URL) -> str:
    """Return an address without user, password and options."""
    address = parse_url(url)
    where = URL.create(
        address.get_backend_name(), host=address.host, database=address.database
    )
    return where.render_as_string()
