"""Sentences in the language of the household."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN
from .core.sentences import Speak, sentence


async def async_get_speak(hass: HomeAssistant) -> Speak:
    """Return what makes a sentence of a code and its details.

    English where the language has no sentence, or one with other blanks.
    """
    translations = await async_get_translations(
        hass, hass.config.language, "exceptions", [DOMAIN]
    )

    def speak(code: str, details: Mapping[str, Any]) -> str:
        key = f"component.{DOMAIN}.exceptions.candidate_{code}.message"
        try:
            return translations[key].format(**details)
        except KeyError, IndexError, ValueError:
            return sentence(code, details)

    return speak
