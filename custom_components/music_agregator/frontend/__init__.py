"""Serve the card, and register it with every dashboard."""

from pathlib import Path
from typing import TYPE_CHECKING

from homeassistant.components.frontend import (
    DATA_EXTRA_MODULE_URL,
    add_extra_js_url,
    remove_extra_js_url,
)
from homeassistant.components.http import StaticPathConfig
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_loaded_integration

from ..const import DOMAIN
from .cover_view import CoverView

CARD_URL = "/music_agregator/music-agregator-card.js"
_FILE = Path(__file__).parent / "music-agregator-card.js"


async def async_setup_frontend(hass: HomeAssistant) -> None:
    """Serve the card and the covers, once for as long as Home Assistant runs."""
    if TYPE_CHECKING:
        assert hass.http is not None
    await hass.http.async_register_static_paths(
        [StaticPathConfig(CARD_URL, str(_FILE), cache_headers=True)]
    )
    hass.http.register_view(CoverView())


def _versioned(hass: HomeAssistant) -> str:
    """Return the card's address, which changes with every update."""
    integration = async_get_loaded_integration(hass, DOMAIN)
    return f"{CARD_URL}?v={integration.version}"


def _resources(hass: HomeAssistant) -> ResourceStorageCollection | None:
    """Return the list of resources, if it can be changed."""
    found = hass.data[LOVELACE_DATA].resources if LOVELACE_DATA in hass.data else None
    return found if isinstance(found, ResourceStorageCollection) else None


async def async_add_card(hass: HomeAssistant) -> None:
    """Make every dashboard load the card, as a resource or an extra module."""
    url = _versioned(hass)
    resources = _resources(hass)
    if resources is None:
        if DATA_EXTRA_MODULE_URL in hass.data:
            add_extra_js_url(hass, url)
        return
    await resources.async_get_info()
    ours = [item for item in resources.async_items() if _is_ours(item["url"])]
    if not ours:
        await resources.async_create_item({"res_type": "module", "url": url})
    for item in ours[:1]:
        if item["url"] != url:
            await resources.async_update_item(item["id"], {"url": url})
    for item in ours[1:]:
        await resources.async_delete_item(item["id"])


async def async_remove_card(hass: HomeAssistant) -> None:
    """Stop the dashboards from loading the card."""
    resources = _resources(hass)
    if resources is None:
        if DATA_EXTRA_MODULE_URL in hass.data:
            remove_extra_js_url(hass, _versioned(hass))
        return
    await resources.async_get_info()
    for item in resources.async_items():
        if _is_ours(item["url"]):
            await resources.async_delete_item(item["id"])


def _is_ours(url: str) -> bool:
    return url.partition("?")[0] == CARD_URL
