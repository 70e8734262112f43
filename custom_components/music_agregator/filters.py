"""Which albums a trigger or a condition is about."""

from collections.abc import Mapping
from typing import Any

from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .const import ATTR_ALBUM, ATTR_ALBUM_ID, ATTR_ARTIST, ATTR_QUALITY
from .core.titles.names import same_name
from .service_schemas import LADDER

FILTERS = {
    vol.Optional(ATTR_ARTIST): cv.string,
    vol.Optional(ATTR_ALBUM): cv.string,
    vol.Optional(ATTR_ALBUM_ID): cv.string,
    # As a form leaves them: empty means any.
    vol.Optional(ATTR_QUALITY): vol.Any([], LADDER),
}


def fits(
    options: Mapping[str, Any], *, artist: str, album: str, album_id: str, quality: str
) -> bool:
    """Say whether an album is one of those that the options ask for."""
    wanted_artist, wanted_album = options.get(ATTR_ARTIST), options.get(ATTR_ALBUM)
    wanted_id, qualities = options.get(ATTR_ALBUM_ID), options.get(ATTR_QUALITY)
    return (
        (not wanted_artist or same_name(wanted_artist, artist))
        and (not wanted_album or same_name(wanted_album, album))
        and (not wanted_id or wanted_id.strip().lower() == album_id)
        and (not qualities or quality in qualities)
    )
