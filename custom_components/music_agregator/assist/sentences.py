"""Sentences for Home Assistant's own agent, in English, behind an option.

Their registration is not a stable interface of Home Assistant: only this module uses it,
and where it fails everything else goes on.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ..config.options import flat_options
from ..const import CONF_SENTENCES, LOGGER
from ..core.metadata.request_text import parse_request_text
from ..core.metadata.similarity import parse_ordinal
from ..runtime import MusicAgregatorConfigEntry
from .commands import AlbumCommands, Answer
from .phrasing import async_say

type Act = Callable[[AlbumCommands, str, dict[str, str]], Awaitable[Answer]]

_ALBUM = "[the|an] (album|record) [called|named]"
_GET = "(get|download|fetch|grab)"
_MOST_RANK_WORDS = 3
_QUALITY = (
    "(lossless|flac|hi res|hires|high res|high resolution|cd quality|high quality"
    "|any quality) [quality|please]"
)


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


SENTENCES: tuple[tuple[Act, tuple[str, ...]], ...] = (
    (
        _get,
        (
            f"[please] {_GET} [me|us] {_ALBUM} {{text}}",
            "[please] (find|order) [me|us] [the|an] album [called|named] {text}",
            f"(I want|I need|we want|I would like) [to have|to get] {_ALBUM} {{text}}",
            f"(can|could) you {_GET} [me|us] {_ALBUM} {{text}}",
            f"monitor {_ALBUM} {{text}}",
            f"[please] (get|download|fetch|grab) [me|us] {{text}} (in|as) {_QUALITY}",
            "add [the] (album|record) {text} to my (albums|wanted albums|music)",
            "[please] (download|monitor) {text} by {artist}",
        ),
    ),
    (
        _progress,
        (
            "(what is|whats|which albums are|what albums are) (downloading|on the way)",
            "(how are|hows|how is) my (albums|album downloads) [doing|coming along]",
            "(how far|where) (is|are) my albums",
            "(how far is|where is|what happened to) [the] album {text}",
            f"[what is] [the] (status|progress) of {_ALBUM} {{text}}",
        ),
    ),
    (
        _choose,
        (
            "(take|choose|pick|use) [the] {rank} release",
            "(take|choose|pick|use) release [number] {rank}",
            f"(take|choose|pick|use) [the] {{rank}} release (for|of) {_ALBUM} {{text}}",
            f"(take|choose|pick|use) release [number] {{rank}} for {_ALBUM} {{text}}",
        ),
    ),
    (
        _cancel,
        (
            f"(cancel|abort|forget) {_ALBUM} {{text}}",
            f"(cancel|abort|stop) [the] download of {_ALBUM} {{text}}",
            f"stop downloading {_ALBUM} {{text}}",
            "(cancel|abort|stop) [the|my] album download",
        ),
    ),
    (
        _search,
        (
            f"(search|look) for {_ALBUM} {{text}}",
            f"do you know {_ALBUM} {{text}}",
        ),
    ),
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
    try:
        from homeassistant.components.conversation.agent_manager import (  # noqa: PLC0415
            get_agent_manager,
        )

        manager = get_agent_manager(hass)
        for act, sentences in SENTENCES:
            entry.async_on_unload(
                manager.register_trigger(list(sentences), partial(_answer, hass, act))
            )
    except AttributeError, ImportError, LookupError, TypeError, ValueError:
        LOGGER.exception(
            "Sentences cannot be registered with this version of Home Assistant;"
            " everything else works on"
        )


async def _answer(hass: HomeAssistant, act: Act, heard: Any, result: Any) -> str:
    """Run the command of a sentence; return the spoken answer."""
    said = {name: str(one.value).strip() for name, one in result.entities.items()}
    answer = await act(AlbumCommands(hass, heard.context), heard.text, said)
    return await async_say(hass, heard.language, answer)
