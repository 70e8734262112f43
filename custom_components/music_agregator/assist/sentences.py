"""Sentences for Home Assistant's own agent, in English, behind an option.

`sentences.toml` has them; how they are registered, `bridge/ha_internals.py` knows.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
import tomllib
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ..bridge.ha_internals import async_register_sentences
from ..bridge.permissions import CONVERSATION, async_is_exposed
from ..config.options import flat_options
from ..const import CONF_SENTENCES
from ..core.metadata.request_text import parse_request_text
from ..core.metadata.similarity import parse_ordinal
from ..runtime import MusicAgregatorConfigEntry
from .commands import NOT_EXPOSED, AlbumCommands, Answer
from .phrasing import async_say

type Act = Callable[[AlbumCommands, str, dict[str, str]], Awaitable[Answer]]

_MOST_RANK_WORDS = 3


async def _get(voice: AlbumCommands, text: str, said: dict[str, str]) -> Answer:
    album, artist = said["text"], said.get("artist")
    # The quality may be outside of the album's name.
    return await voice.get(
        f"{album} by {artist}" if artist else album,
        quality=parse_request_text(text).quality,
    )


async def _progress(voice: AlbumCommands, _: str, said: dict[str, str]) -> Answer:
    return await voice.progress(said.get("text"))


async def _cancel(voice: AlbumCommands, _: str, said: dict[str, str]) -> Answer:
    album = said.get("text")
    return await voice.cancel(None if album in {"download", "downloads"} else album)


async def _search(voice: AlbumCommands, _: str, said: dict[str, str]) -> Answer:
    return await voice.search(said["text"])


async def _choose(voice: AlbumCommands, text: str, said: dict[str, str]) -> Answer:
    # The agent may have taken the album for a part of the number.
    place, _, album = said["rank"].partition(" for ")
    rank = parse_ordinal(place)
    if rank is None or len(place.split()) > _MOST_RANK_WORDS:
        return Answer(key="say_which_rank", is_failure=True, is_question=True)
    return await voice.choose(rank, said.get("text") or album or None)


_COMMANDS: Mapping[str, Act] = {
    "get": _get,
    "progress": _progress,
    "choose": _choose,
    "cancel": _cancel,
    "search": _search,
}
SENTENCES: Mapping[str, list[str]] = tomllib.loads(
    (Path(__file__).parent / "sentences.toml").read_text("utf-8")
)


@callback
def async_setup_sentences(
    hass: HomeAssistant, entry: MusicAgregatorConfigEntry
) -> None:
    """Register the sentences, if there is a conversation agent."""
    if not flat_options(entry)[CONF_SENTENCES] or "conversation" not in (
        hass.config.components
    ):
        return
    stops = async_register_sentences(
        hass,
        {
            name: (SENTENCES[name], partial(_answer, hass, entry, act))
            for name, act in _COMMANDS.items()
        },
    )
    for stop in stops:
        entry.async_on_unload(stop)


async def _answer(
    hass: HomeAssistant,
    entry: MusicAgregatorConfigEntry,
    act: Act,
    heard: Any,
    result: Any,
) -> str:
    """Run the command of a sentence; return the spoken answer."""
    if not async_is_exposed(hass, entry, CONVERSATION):
        return await async_say(hass, heard.language, NOT_EXPOSED)
    said = {name: str(one.value).strip() for name, one in result.entities.items()}
    answer = await act(AlbumCommands(hass, heard.context), heard.text, said)
    return await async_say(hass, heard.language, answer)
