"""The core's errors, as Home Assistant shows them."""

from collections.abc import Awaitable

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN
from .core.errors import MusicAgregatorError, RequestError


async def translated[T](work: Awaitable[T]) -> T:
    """Return what `work` returns; turn the errors of the core into translated ones."""
    try:
        return await work
    except MusicAgregatorError as err:
        kind = (
            ServiceValidationError
            if isinstance(err, RequestError)
            else HomeAssistantError
        )
        raise kind(
            translation_domain=DOMAIN,
            translation_key=err.code,
            translation_placeholders=dict(err.details),
        ) from err
