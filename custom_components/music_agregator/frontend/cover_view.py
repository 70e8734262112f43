"""CoverView: serve covers to users of this Home Assistant only."""

from http import HTTPStatus

from aiohttp import web
from homeassistant.components.http import KEY_HASS, HomeAssistantView

from ..const import COVER_URL
from ..core.errors import ClosingError
from ..core.metadata.covers import Cover
from ..runtime import loaded_entry

# When a browser requests it again: a picture, an album without one, and a picture that
# is still being fetched.
_KEPT = "private, max-age=86400"
_KEPT_NONE = "private, max-age=300"
_NOT_KEPT = "no-store"


class CoverView(HomeAssistantView):
    """Serves an album's cover, or a drawn one."""

    url = COVER_URL
    name = "api:music_agregator:cover"

    async def get(self, request: web.Request, album_id: str) -> web.Response:
        """Return the picture."""
        if (entry := loaded_entry(request.app[KEY_HASS])) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        try:
            cover = await entry.runtime_data.covers.get(album_id.lower())
            kept = _KEPT if cover else _KEPT_NONE
        except TimeoutError, ClosingError:
            cover, kept = None, _NOT_KEPT
        found = cover or _drawn(album_id)
        return web.Response(
            body=found.data,
            content_type=found.content_type,
            headers={
                "Cache-Control": kept,
                "Content-Security-Policy": "default-src 'none'",
                "X-Content-Type-Options": "nosniff",
            },
        )


def _drawn(album_id: str) -> Cover:
    """Draw a record in a color of the album's own."""
    hue = sum(album_id.encode()) * 47 % 360
    rings = "".join(
        f'<circle cx="125" cy="125" r="{radius}" fill="none"'
        f' stroke="hsl({hue},30%,30%)"/>'
        for radius in range(45, 100, 9)
    )
    return Cover(
        (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 250 250">'
            f'<rect width="250" height="250" fill="hsl({hue},30%,45%)"/>'
            f'<circle cx="125" cy="125" r="105" fill="hsl({hue},30%,20%)"/>{rings}'
            f'<circle cx="125" cy="125" r="32" fill="hsl({hue},45%,60%)"/>'
            '<circle cx="125" cy="125" r="5" fill="#fff"/></svg>'
        ).encode(),
        "image/svg+xml",
    )
