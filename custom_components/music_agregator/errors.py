"""Translate the core's errors to Home Assistant's."""

from collections.abc import Awaitable
from typing import NamedTuple

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN
from .core.errors import AmbiguousAlbumError, MusicAgregatorError, RequestError
from .core.model import Album


async def translated[T](work: Awaitable[T]) -> T:
    """Return what `work` returns; raise the core's errors as translated ones."""
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


class Refusal(NamedTuple):
    """Why a request was refused: the key of a sentence, and its placeholders.

    `matches` are the albums that an ambiguous text may mean.
    """

    key: str
    values: dict[str, str]
    matches: tuple[Album, ...] = ()


def refusal(err: HomeAssistantError) -> Refusal:
    """Return why a request was refused."""
    cause = err.__cause__
    if isinstance(cause, AmbiguousAlbumError):
        return Refusal(cause.code, {}, cause.albums)
    return Refusal(err.translation_key or "", dict(err.translation_placeholders or {}))
