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
    long an ended run is remembered. A download that has not moved for `stall_seconds`
    is given up, `most_attempts` downloads are tried in one run. What was not found is
    looked for again for `wanted_seconds`, in a lesser quality every
    `step_down_seconds`. `client_folder` is what qBittorrent calls `home_folder`.
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
    waits_for_library: bool = False
    client_folder: str | None = None
    home_folder: str | None = None
    stall_seconds: float | None = 1_800.0
    most_attempts: int = 5
    wanted_seconds: float | None = None
    step_down_seconds: float | None = None

    def at_home(self, path: str) -> str:
        """Return a path of qBittorrent's as this machine sees it."""
        if self.client_folder is None or self.home_folder is None:
            return path
        known = self.client_folder.rstrip("/\\")
        if path != known and not path.startswith((f"{known}/", f"{known}\\")):
            return path
        rest = path[len(known) :].replace("\\", "/")
        return self.home_folder.rstrip("/") + rest
