"""Settings: what the host tells the core, the user's preferences among it."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from .model import Hiding, hiding
from .quality import QualityPreferences

DEFAULT_MUSICBRAINZ_URL = "https://musicbrainz.org"

# Prowlarr's range: 1 comes first, 50 last.
USUAL_PRIORITY = 25
LAST_PRIORITY = 50


class EditionPreference(StrEnum):
    """Which edition of an album is best."""

    ORIGINAL = "original"
    MOST_COMPLETE = "most_complete"
    ANY = "any"


class WordingPreference(StrEnum):
    """Which wording of an album is best, where there are two."""

    EXPLICIT = "explicit"
    CLEAN = "clean"
    ANY = "any"


@dataclass(frozen=True, kw_only=True, slots=True)
class Preferences:
    """What the user prefers; the defaults are what most users want.

    `blocked_guids` holds the digests of offers.
    """

    quality: QualityPreferences = field(default_factory=QualityPreferences)
    edition: EditionPreference = EditionPreference.ORIGINAL
    wording: WordingPreference = WordingPreference.ANY
    minimum_seeders: int = 1
    minimum_bytes: int | None = None
    maximum_bytes: int | None = None
    required_words: tuple[str, ...] = ()
    ignored_words: tuple[str, ...] = ()
    allow_packs: bool = False
    indexer_priorities: Mapping[str, int] = field(default_factory=dict)
    blocked_hashes: frozenset[str] = frozenset()
    blocked_guids: frozenset[str] = frozenset()


@hiding
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ClientSettings(Hiding):
    """Where qBittorrent is, and how to log in."""

    if TYPE_CHECKING:
        url: str
        password: str | None = None
        api_key: str | None = None
    else:
        url: InitVar[str] = ""
        password: InitVar[str | None] = None
        api_key: InitVar[str | None] = None
    username: str | None = None
    verify_certificate: bool = True


@hiding
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class IndexerSettings(Hiding):
    """Where one Torznab indexer is; the address may hold a passkey."""

    if TYPE_CHECKING:
        url: str
        api_key: str | None = None
    else:
        url: InitVar[str] = ""
        api_key: InitVar[str | None] = None
    indexer_id: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All settings; None turns a limit off.

    `instance` marks our torrents among those of other installations. The user is asked
    about a release larger than `ask_above_bytes`; after `selection_seconds` without an
    answer the best is taken. An ended run is kept for `retention_seconds`. A download
    that has not moved for `stall_seconds` is given up, and a run tries `most_attempts`
    downloads. An album that was not found is searched for again for `wanted_seconds`,
    in a lesser quality after every `step_down_seconds`. `link_hosts` are hosts of the own
    network to which an indexer's links may lead. `client_folder` is the path in
    qBittorrent of the folder that is `home_folder` here.
    """

    instance: str
    client: ClientSettings
    indexers: tuple[IndexerSettings, ...] = ()
    musicbrainz_url: str = DEFAULT_MUSICBRAINZ_URL
    user_agent: str
    category: str = "music_agregator"
    save_path: str | None = None
    preferences: Preferences = field(default_factory=Preferences)
    ask_above_bytes: int | None = None
    selection_seconds: float | None = None
    retention_seconds: float | None = None
    library_folders: tuple[str, ...] = ()
    waits_for_library: bool = False
    link_hosts: tuple[str, ...] = ()
    client_folder: str | None = None
    home_folder: str | None = None
    stall_seconds: float | None = 1_800.0
    most_attempts: int = 5
    wanted_seconds: float | None = None
    step_down_seconds: float | None = None

    def at_home(self, path: str) -> str:
        """Translate a path of qBittorrent to the path on this machine."""
        if self.client_folder is None or self.home_folder is None:
            return path
        known = self.client_folder.rstrip("/\\")
        if path != known and not path.startswith((f"{known}/", f"{known}\\")):
            return path
        rest = path[len(known) :].replace("\\", "/")
        return self.home_folder.rstrip("/") + rest
