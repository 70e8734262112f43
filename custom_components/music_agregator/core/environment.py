"""Where everything is: told by environment variables, secrets also at a prompt.

For scripts and notebooks. Nothing that is typed at a prompt is kept anywhere.
"""

from collections.abc import Callable, Mapping
from getpass import getpass
from hashlib import sha256
import socket

from .errors import RequestError
from .musicbrainz import DEFAULT_URL
from .settings import ClientSettings, IndexerSettings, Settings

DEFAULT_DATABASE = "sqlite:///music_agregator.db"
PREFIX = "MUSIC_AGREGATOR_"
_MOST_INDEXERS = 20

type Ask = Callable[[str], str]


class NotConfiguredError(RequestError):
    """Nobody said where things are; the message names what to set."""

    code = "not_configured"


def database_of(environment: Mapping[str, str]) -> str:
    """Return the SQLAlchemy URL of the store that belongs to the environment."""
    return environment.get(f"{PREFIX}DATABASE") or DEFAULT_DATABASE


def settings_of(environment: Mapping[str, str], ask: Ask = getpass) -> Settings:
    """Return what the environment says; ask for the secrets that it leaves out.

    Raises NotConfiguredError where the address of qBittorrent or of an indexer lacks.
    """
    variables = {
        name.removeprefix(PREFIX): value.strip()
        for name, value in environment.items()
        if name.startswith(PREFIX) and value.strip()
    }
    if not {"QBITTORRENT_URL", "INDEXER_URL"} <= variables.keys():
        raise NotConfiguredError(
            f"Set {PREFIX}QBITTORRENT_URL (and _USERNAME) and {PREFIX}INDEXER_URL, a"
            f" Torznab address; or {PREFIX}SANDBOX=1 for a made-up world to try."
            " docs/notebooks.md names them all."
        )
    contact = variables.get(
        "CONTACT", "https://github.com/music-agregator/music_agregator"
    )
    return Settings(
        instance=_instance(database_of(environment)),
        client=_client(variables, ask),
        indexers=tuple(_indexers(variables, ask)),
        musicbrainz_url=variables.get("MUSICBRAINZ_URL", DEFAULT_URL),
        user_agent=f"music_agregator/0.1 ( {contact} )",
        save_path=variables.get("SAVE_PATH"),
    )


def _client(variables: Mapping[str, str], ask: Ask) -> ClientSettings:
    username = variables.get("QBITTORRENT_USERNAME")
    password = variables.get("QBITTORRENT_PASSWORD")
    if username and not password:
        password = ask(f"qBittorrent's password for {username}: ")
    return ClientSettings(
        url=variables["QBITTORRENT_URL"],
        username=username,
        password=password,
        api_key=variables.get("QBITTORRENT_API_KEY"),
    )


def _indexers(variables: Mapping[str, str], ask: Ask) -> list[IndexerSettings]:
    """Return INDEXER_URL, INDEXER_2_URL and so on, each with its name and its key."""
    found = []
    for number in range(1, _MOST_INDEXERS + 1):
        name = "INDEXER" if number == 1 else f"INDEXER_{number}"
        url = variables.get(f"{name}_URL")
        if url is None:
            continue
        called = variables.get(f"{name}_NAME", f"Indexer {number}")
        key = variables.get(f"{name}_API_KEY")
        if key is None:
            key = ask(f"{called}'s API key (empty: none): ").strip() or None
        found.append(
            IndexerSettings(indexer_id=str(number), name=called, url=url, api_key=key)
        )
    return found


def _instance(database: str) -> str:
    """Return what tells this store's torrents from those of another, always the same."""
    place = f"{socket.gethostname()} {database}"
    return f"notebook-{sha256(place.encode()).hexdigest()[:10]}"
