"""Phrase answers in the user's language, or in that of Home Assistant."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..bridge.album_tracker import TrackedAlbum
from ..const import DOMAIN
from ..core.decision.explain import Translate, sentence
from .commands import Answer, Named

_STATUS = f"component.{DOMAIN}.entity.sensor.album_status.state"


class _Values(dict[str, Any]):
    """Placeholders of a sentence; a missing one is empty."""

    def __missing__(self, _: str) -> str:
        return ""


def fill(words: str, values: Mapping[str, Any]) -> str:
    """Fill a sentence."""
    return words.format_map(_Values(values))


async def async_get_speak(hass: HomeAssistant) -> Translate:
    """Return the function that phrases a code and its details.

    English where the language has no sentence, or one with other placeholders.
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


async def async_say(hass: HomeAssistant, language: str | None, answer: Answer) -> str:
    """Return an answer as a spoken sentence."""
    words: dict[str, str] = {}
    for category in ("exceptions", "entity"):
        words |= await async_get_translations(
            hass, language or hass.config.language, category, [DOMAIN]
        )
    return _Speaker(words).say(answer)


class _Speaker:
    """Phrases answers in one language."""

    def __init__(self, words: Mapping[str, str]) -> None:
        """Initialize the speaker."""
        self._words = words

    def say(self, answer: Answer) -> str:
        """Return an answer as it is spoken."""
        quality = answer.quality and self._fill(f"say_quality_{answer.quality}")
        return self._fill(
            answer.key,
            **answer.values,
            albums=self._or([self._name(named) for named in answer.albums]),
            progress=" ".join(self._progress(one) for one in answer.progress),
            quality=quality,
        )

    def _fill(self, key: str, **values: Any) -> str:
        key = f"component.{DOMAIN}.exceptions.{key}.message"
        return fill(self._words.get(key, ""), values)

    def _name(self, named: Named) -> str:
        if not named.artist:
            return named.album
        key = "say_name_from" if named.year else "say_name"
        return self._fill(key, artist=named.artist, album=named.album, year=named.year)

    def _progress(self, shown: TrackedAlbum) -> str:
        status = self._words.get(f"{_STATUS}.{shown.status}", shown.status.value)
        key = "say_status" if shown.percent is None else "say_status_percent"
        name = Named(artist=shown.artist, album=shown.title or shown.name)
        return self._fill(
            key, name=self._name(name), status=status.lower(), percent=shown.percent
        )

    def _or(self, names: Sequence[str]) -> str:
        if len(names) < 2:
            return "".join(names)
        return self._fill("say_or", some=", ".join(names[:-1]), last=names[-1])
