"""Schemas of the actions, and the filters of triggers and conditions."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .const import (
    ATTR_ALBUM,
    ATTR_ALBUM_ID,
    ATTR_ARTIST,
    ATTR_QUALITY,
    ATTR_RANK,
    ATTR_REQUESTED_BY,
    ATTR_RUN_ID,
)
from .core.model import Mode
from .core.quality import QualityProfile
from .core.titles.names import same_name

ATTR_DECLINE: Final = "decline"
ATTR_DELETE_FILES: Final = "delete_files"
ATTR_LIMIT: Final = "limit"
ATTR_LIVE: Final = "live"
ATTR_MODE: Final = "mode"
ATTR_OFFSET: Final = "offset"
ATTR_SINCE_SEQ: Final = "since_seq"

# What a column holds, in every database.
_MOST = 2**31 - 1


def _sendable(text: str) -> str:
    """Refuse half a character, which no database takes."""
    try:
        text.encode()
    except UnicodeEncodeError as err:
        raise vol.Invalid("not a text") from err
    return text


_TEXT = vol.All(cv.string, _sendable, vol.Strip, vol.Length(min=1, max=300))
_LIMIT = vol.All(vol.Coerce(int), vol.Range(min=1, max=500))
_COUNT = vol.All(vol.Coerce(int), vol.Range(min=0, max=_MOST))

RANK = vol.All(vol.Coerce(int), vol.Range(min=1, max=_MOST))

_PROFILE = vol.In([profile.value for profile in QualityProfile])
# One profile, or a fallback order of several.
LADDER = vol.All(cv.ensure_list, vol.Length(min=1), [_PROFILE], vol.Unique())
_WANTED = {
    vol.Optional(ATTR_ALBUM_ID): _TEXT,
    vol.Optional(ATTR_ALBUM): _TEXT,
    vol.Optional(ATTR_ARTIST): _TEXT,
    vol.Optional(ATTR_QUALITY): LADDER,
}

SERVICE_MONITOR_ALBUM_SCHEMA = vol.Schema(
    {
        **_WANTED,
        vol.Optional(ATTR_MODE, default=Mode.AUTOMATIC.value): vol.In(
            [mode.value for mode in Mode]
        ),
    }
)
SERVICE_SEARCH_ALBUM_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_ALBUM): _TEXT,
        vol.Optional(ATTR_ARTIST): _TEXT,
        vol.Optional(ATTR_LIMIT, default=10): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=25)
        ),
    }
)
SERVICE_SEARCH_RELEASES_SCHEMA = vol.Schema(
    {**_WANTED, vol.Optional(ATTR_LIMIT, default=50): _LIMIT}
)
SERVICE_SELECT_RELEASE_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_RUN_ID): _TEXT,
        vol.Optional(ATTR_RANK): RANK,
        vol.Optional(ATTR_DECLINE, default=False): cv.boolean,
    }
)
SERVICE_CANCEL_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_RUN_ID): _TEXT,
        vol.Optional(ATTR_DELETE_FILES, default=False): cv.boolean,
    }
)
SERVICE_RETRY_SCHEMA = vol.Schema({vol.Required(ATTR_RUN_ID): _TEXT})
SERVICE_GET_RUNS_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_ALBUM_ID): _TEXT,
        vol.Optional(ATTR_LIVE, default=False): cv.boolean,
        vol.Optional(ATTR_LIMIT, default=50): _LIMIT,
        vol.Optional(ATTR_OFFSET, default=0): _COUNT,
    }
)
SERVICE_GET_EVENTS_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_SINCE_SEQ, default=0): _COUNT,
        vol.Optional(ATTR_RUN_ID): _TEXT,
        vol.Optional(ATTR_ALBUM_ID): _TEXT,
        vol.Optional(ATTR_LIMIT, default=200): _LIMIT,
    }
)
SERVICE_GET_CANDIDATES_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_RUN_ID): _TEXT,
        vol.Optional(ATTR_LIMIT, default=50): _LIMIT,
        vol.Optional(ATTR_OFFSET, default=0): _COUNT,
    }
)

FILTERS = {
    vol.Optional(ATTR_ARTIST): cv.string,
    vol.Optional(ATTR_ALBUM): cv.string,
    vol.Optional(ATTR_ALBUM_ID): cv.string,
    # A form leaves them empty for any.
    vol.Optional(ATTR_QUALITY): vol.Any([], LADDER),
    # Users, by id or by name.
    vol.Optional(ATTR_REQUESTED_BY): vol.All(cv.ensure_list, [cv.string]),
}


def fits(
    options: Mapping[str, Any],
    *,
    artist: str,
    album: str,
    album_id: str,
    quality: str,
    requested_by: Mapping[str, str] | None,
) -> bool:
    """Return whether an album, and who asked for it, matches the filters."""
    users = {name.casefold() for name in options.get(ATTR_REQUESTED_BY, ())}
    asked = {one.casefold() for one in (requested_by or {}).values()}
    wanted_artist, wanted_album = options.get(ATTR_ARTIST), options.get(ATTR_ALBUM)
    wanted_id, qualities = options.get(ATTR_ALBUM_ID), options.get(ATTR_QUALITY)
    return (
        (not wanted_artist or same_name(wanted_artist, artist))
        and (not wanted_album or same_name(wanted_album, album))
        and (not wanted_id or wanted_id.strip().lower() == album_id)
        and (not qualities or quality in qualities)
        and (not users or not users.isdisjoint(asked))
    )
