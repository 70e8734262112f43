"""Validate the user's input before it is saved, for the flows and the repairs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from homeassistant.const import CONF_API_KEY, CONF_NAME, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from yarl import URL

from ..const import LOGGER
from ..core.common.clock import SYSTEM_CLOCK
from ..core.errors import (
    ClientAuthError,
    ClientBannedError,
    IndexerAuthError,
    IndexerError,
    IndexerUnavailableError,
    MusicAgregatorError,
    UnavailableError,
)
from ..core.search.indexer import TorznabIndexer
from ..core.torrents.qbittorrent import QBittorrentClient
from .core_settings import client_settings, indexer_settings


def is_web_address(text: str) -> bool:
    """Return whether a text is an http address, without a login in it."""
    try:
        url = URL(text)
    except ValueError:
        return False
    has_login = url.user is not None or url.password is not None
    return url.scheme in {"http", "https"} and bool(url.host) and not has_login


def no_folders(paths: Sequence[str]) -> list[str]:
    """Return which of some paths are not folders on this machine (in a worker thread)."""
    folders = map(Path, paths)
    return [str(one) for one in folders if not (one.is_absolute() and one.is_dir())]


def without_key(data: dict[str, Any]) -> dict[str, Any]:
    """Move the API key of a pasted address to its own field; drop an empty key."""
    data = {k: v for k, v in data.items() if k != CONF_API_KEY or v}
    data[CONF_NAME] = data[CONF_NAME].strip()
    address = data[CONF_URL].strip()
    if not is_web_address(address):
        return {**data, CONF_URL: address}
    url = URL(address)
    key = url.query.get("apikey")
    if key is None:
        return {**data, CONF_URL: address}
    bare = str(url.without_query_params("apikey"))
    return {**data, CONF_URL: bare, CONF_API_KEY: data.get(CONF_API_KEY, key)}


async def check_client(data: dict[str, Any]) -> dict[str, str]:
    """Log in to qBittorrent; return the errors of the form."""
    if not is_web_address(data[CONF_URL]):
        return {CONF_URL: "invalid_url"}
    try:
        await QBittorrentClient(client_settings(data), SYSTEM_CLOCK).version()
    except ClientBannedError:
        return {"base": "banned"}
    except ClientAuthError:
        return {"base": "invalid_auth"}
    except UnavailableError:
        return {"base": "cannot_connect"}
    except MusicAgregatorError:
        return {"base": "not_qbittorrent"}
    except Exception:  # noqa: BLE001
        LOGGER.exception("Unexpected error while asking qBittorrent")
        return {"base": "unknown"}
    return {}


async def check_indexer(hass: HomeAssistant, data: dict[str, Any]) -> dict[str, str]:
    """Fetch the indexer's caps; return the errors of the form."""
    if not is_web_address(data[CONF_URL]):
        return {CONF_URL: "invalid_url"}
    indexer = TorznabIndexer(
        async_get_clientsession(hass), SYSTEM_CLOCK, indexer_settings("", data)
    )
    try:
        await indexer.caps()
    except IndexerAuthError:
        return {"base": "invalid_api_key"}
    except IndexerUnavailableError:
        return {"base": "cannot_connect"}
    except IndexerError:
        return {"base": "not_torznab"}
    except Exception:  # noqa: BLE001
        LOGGER.exception("Unexpected error while asking an indexer")
        return {"base": "unknown"}
    return {}
