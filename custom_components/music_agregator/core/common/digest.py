"""Digests: keys that stand for a text too long, or too secret, to be one."""

import hashlib


def digest(text: str) -> str:
    """Return 40 hex digits that stand for a text too long, or too secret, to be a key."""
    data = text.encode(errors="surrogateescape")
    return hashlib.blake2b(data, digest_size=20).hexdigest()


def offer_digest(guid: str, title: str) -> str:
    """Return the digest of an offer: trackers give many torrents the guid of one page."""
    return digest(f"{guid}\n{' '.join(title.casefold().split())}")
