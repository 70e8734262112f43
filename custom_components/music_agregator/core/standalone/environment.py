"""Settings from environment variables, and from a prompt for secrets.

For scripts and notebooks. Nothing that is typed at a prompt is saved.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from getpass import getpass
from hashlib import sha256
from pathlib import Path
import socket

from ..errors import RequestError
from ..settings import (
    DEFAULT_MUSICBRAINZ_URL,
    ClientSettings,
    IndexerSettings,
    Settings,
)
from ..store.urls import parse_url, safe_url

DEFAULT_DATABASE = "sqlite:///music_agregator.db"
PREFIX = "MUSIC_AGREGATOR_"
_MOST_INDEXERS = 20
# The contact for MusicBrainz where no other is set.
_HOME = "https://github.com/music-agregator/music_agregator"

type Ask = Callable[[str], str]


class NotConfiguredError(RequestError):
    """An environment variable is missing; the message names it."""

    code = "not_configured"


def database_of(environment: Mapping[str, str]) -> str:
    """Return the SQLAlchemy URL of the store; the variable may hold a path instead."""
    told = environment.get(f"{PREFIX}DATABASE") or DEFAULT_DATABASE
    return told if "://" in told else f"sqlite:///{told}"


def settings_of(environment: Mapping[str, str], ask: Ask = getpass) -> Settings:
    """Return the settings of the environment; prompt for missing secrets.

    A secret that is set and empty is none. Raises NotConfiguredError when the address of
    qBittorrent or of an indexer is missing, or a secret without a prompt; StoreError for an
    invalid database URL.
    """
    variables = {
        name.removeprefix(PREFIX): value.strip()
        for name, value in environment.items()
        if name.startswith(PREFIX)
    }
    if not (variables.get("QBITTORRENT_URL") and variables.get("INDEXER_URL")):
        lacking = "INDEXER" if variables.get("QBITTORRENT_URL") else "QBITTORRENT"
        raise NotConfiguredError(
            f"{PREFIX}{lacking}_URL is not set. Set {PREFIX}QBITTORRENT_URL (and"
            f" _USERNAME) and {PREFIX}INDEXER_URL, a Torznab address;"
            " docs/notebooks.md names all variables."
        )
    secrets = _Secrets(variables, ask)
    return Settings(
        instance=_instance(database_of(environment)),
        client=_client(variables, secrets),
        indexers=tuple(_indexers(variables, secrets)),
        musicbrainz_url=variables.get("MUSICBRAINZ_URL") or DEFAULT_MUSICBRAINZ_URL,
        user_agent=f"music_agregator/0.1 ( {variables.get('CONTACT') or _HOME} )",
        save_path=variables.get("SAVE_PATH") or None,
    )


@dataclass(frozen=True)
class _Secrets:
    """Secrets from variables, empty ones too, or else from the prompt."""

    variables: Mapping[str, str] = field(repr=False)
    ask: Ask

    def get(self, name: str, question: str) -> str | None:
        """Return a secret, None if it is empty. Raises NotConfiguredError."""
        told = self.variables.get(name)
        if told is None:
            try:
                told = self.ask(question).strip()
            except (EOFError, RuntimeError):
                # There is no prompt.
                raise NotConfiguredError(
                    f"Set {PREFIX}{name}, empty if there is none."
                ) from None
        return told or None


def _client(variables: Mapping[str, str], secrets: _Secrets) -> ClientSettings:
    username = variables.get("QBITTORRENT_USERNAME") or None
    password = username and secrets.get(
        "QBITTORRENT_PASSWORD", f"qBittorrent's password for {username}: "
    )
    return ClientSettings(
        url=variables["QBITTORRENT_URL"],
        username=username,
        password=password,
        api_key=variables.get("QBITTORRENT_API_KEY") or None,
    )


def _indexers(
    variables: Mapping[str, str], secrets: _Secrets
) -> Iterator[IndexerSettings]:
    """Yield INDEXER_URL, INDEXER_2_URL and so on, each with its name and its key."""
    for number in range(1, _MOST_INDEXERS + 1):
        name = "INDEXER" if number == 1 else f"INDEXER_{number}"
        url = variables.get(f"{name}_URL")
        if not url:
            continue
        called = variables.get(f"{name}_NAME") or f"Indexer {number}"
        key = secrets.get(f"{name}_API_KEY", f"{called}'s API key (empty: none): ")
        yield IndexerSettings(indexer_id=str(number), name=called, url=url, api_key=key)


def _instance(database: str) -> str:
    """Return the name of this store's instance, which marks its torrents; always the same."""
    address = parse_url(database)
    where = safe_url(address)
    if address.get_backend_name() == "sqlite":
        where = str(Path(address.database or "").absolute())
    name = f"{socket.gethostname()} {where}"
    return f"notebook-{sha256(name.encode()).hexdigest()[:10]}"
