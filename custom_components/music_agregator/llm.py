"""Tools for LLM agents, as a part of the Assist API."""

from collections.abc import Awaitable, Callable
from typing import Any, override

from homeassistant.components.llm import LLMTools
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.llm import (
    LLM_API_ASSIST,
    LLMContext,
    Tool,
    ToolAnnotations,
    ToolInput,
    ToolResult,
)
import probatio
import voluptuous as vol

from .assist.commands import AlbumCommands, Answer
from .assist.phrasing import async_say
from .bridge.permissions import async_is_exposed
from .config.options import flat_options
from .const import (
    ATTR_ALBUM,
    ATTR_ARTIST,
    ATTR_QUALITY,
    ATTR_RANK,
    CONF_LLM_TOOLS,
    DOMAIN,
)
from .core.quality import QualityProfile
from .runtime import loaded_entry

type Act = Callable[..., Awaitable[Answer]]

_PROMPT = (
    "Music Agregator gets albums of music that are not in the house yet. When it does not"
    " know which album is meant it names the best matches: ask the user which."
)
_LONGEST = 300
_TEXT = probatio.All(str, probatio.Length(min=1, max=_LONGEST))
_ALBUM = "The album: its title, 'title by artist', or a MusicBrainz id."


class AlbumTool(Tool):
    """A command, as an agent sees it."""

    integration = DOMAIN

    def __init__(
        self,
        name: str,
        title: str,
        description: str,
        parameters: dict[Any, Any],
        annotations: ToolAnnotations,
        *,
        act: Act,
    ) -> None:
        """Initialize the tool."""
        self.name = f"{DOMAIN}__{name}"
        self.title = title
        self.description = description
        self.parameters = probatio.Schema(parameters)
        self.annotations = annotations
        self._act = act

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext
    ) -> ToolResult:
        """Run the command in the name of the user who talks to the agent."""
        try:
            said = self.parameters(tool_input.tool_args)
        except (probatio.Invalid, vol.Invalid) as err:
            return ToolResult(data={"error": str(err)[:_LONGEST]}, error=True)
        answer = await self._act(AlbumCommands(hass, llm_context.context), **said)
        words = await async_say(hass, llm_context.language, answer)
        return ToolResult(
            data={"answer": words, **answer.data}, error=answer.is_failure
        )


def _tools() -> list[Tool]:
    return [
        AlbumTool(
            "search_album",
            "Search album",
            "Find out which albums a text may mean, from MusicBrainz. Changes nothing.",
            {probatio.Required(ATTR_ALBUM, description=_ALBUM): _TEXT},
            ToolAnnotations(read_only=True, destructive=False, idempotent=True),
            act=AlbumCommands.search,
        ),
        AlbumTool(
            "monitor_album",
            "Get album",
            "Download an album of music. Use it when the user wants to have an album.",
            {
                probatio.Required(ATTR_ALBUM, description=_ALBUM): _TEXT,
                probatio.Optional(ATTR_ARTIST, description="The artist"): _TEXT,
                probatio.Optional(
                    ATTR_QUALITY, description="Only if the user names a quality"
                ): probatio.In([quality.value for quality in QualityProfile]),
            },
            # A repeated request finds the same album.
            ToolAnnotations(destructive=False, idempotent=True),
            act=AlbumCommands.get,
        ),
        AlbumTool(
            "get_progress",
            "Get progress",
            "Find out how far the albums are that are on their way, or one album.",
            {probatio.Optional(ATTR_ALBUM, description=_ALBUM): _TEXT},
            ToolAnnotations(
                read_only=True, destructive=False, idempotent=True, open_world=False
            ),
            act=AlbumCommands.progress,
        ),
        AlbumTool(
            "choose_release",
            "Choose release",
            "Take one of the releases of an album that waits for the user's choice.",
            {
                probatio.Required(
                    ATTR_RANK, description="The number of the release, 1 is the best"
                ): probatio.All(int, probatio.Range(min=1, max=2**31 - 1)),
                probatio.Optional(ATTR_ALBUM, description=_ALBUM): _TEXT,
            },
            ToolAnnotations(destructive=False),
            act=AlbumCommands.choose,
        ),
        AlbumTool(
            "cancel_album",
            "Cancel album",
            "End what is on its way for an album, which removes its torrent.",
            {probatio.Optional(ATTR_ALBUM, description=_ALBUM): _TEXT},
            ToolAnnotations(destructive=True, idempotent=True, open_world=False),
            act=AlbumCommands.cancel,
        ),
    ]


@callback
def async_get_tools(
    hass: HomeAssistant, llm_context: LLMContext, api_id: str
) -> LLMTools | None:
    """Return the tools, if the to-do list is exposed to the assistant."""
    entry = loaded_entry(hass)
    if api_id != LLM_API_ASSIST or entry is None:
        return None
    if not flat_options(entry)[CONF_LLM_TOOLS] or not async_is_exposed(
        hass, entry, llm_context.assistant
    ):
        return None
    return LLMTools(tools=_tools(), prompt=_PROMPT)
