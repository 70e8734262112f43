"""What a host tells the core: where the services are, and what is preferred."""

from dataclasses import dataclass, field

from .decision import Preferences
from .musicbrainz import DEFAULT_URL


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientSettings:
    """Where qBittorrent is, and how to log in."""

    url: str = field(repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    verify_certificate: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexerSettings:
    """Where one Torznab indexer is; the address may hold a passkey."""

    indexer_id: str
    name: str
    url: str = field(repr=False)
    api_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All of it; None turns a limit off.

    `instance` tells our torrents from those of another installation. A release larger
    than `ask_above_bytes` is not taken before a person has chosen; after
    `selection_seconds` without a choice the best is taken; `retention_seconds` is how
    long an ended run is remembered.
    """

    instance: str
    client: ClientSettings
    indexers: tuple[IndexerSettings, ...] = ()
    musicbrainz_url: str = DEFAULT_URL
    user_agent: str
    category: str = "music_agregator"
    save_path: str | None = None
    preferences: Preferences = field(default_factory=Preferences)
    ask_above_bytes: int | None = None
    selection_seconds: float | None = None
    retention_seconds: float | None = None
    library_folders: tuple[str, ...] = ()
