"""Serve the card, and register it with every dashboard."""

from pathlib import Path
from typing import TYPE_CHECKING

from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_loaded_integration

from ..bridge import ha_internals
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


def _version(hass: HomeAssistant) -> str:
    return str(async_get_loaded_integration(hass, DOMAIN).version)


async def async_add_card(hass: HomeAssistant) -> None:
    """Make every dashboard load the card; its address changes with every update."""
    await ha_internals.async_add_card(hass, CARD_URL, _version(hass))


async def async_remove_card(hass: HomeAssistant) -> None:
    """Stop the dashboards from loading the card."""
    await ha_internals.async_remove_card(hass, CARD_URL, _version(hass))
