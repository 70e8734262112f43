"""Intents: the commands for custom sentences, satellites and `/api/intent/handle`."""

from collections.abc import Awaitable, Callable
from typing import Any, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent
import voluptuous as vol

from .assist.commands import NOT_EXPOSED, AlbumCommands, Answer
from .assist.phrasing import async_say
from .bridge.permissions import async_is_exposed
from .const import ATTR_ALBUM, ATTR_ARTIST, ATTR_QUALITY, ATTR_RANK
from .core.quality import QualityProfile
from .runtime import loaded_entry
from .schemas import RANK

type Act = Callable[..., Awaitable[Answer]]

_TEXT = intent.non_empty_string


async def async_setup_intents(hass: HomeAssistant) -> None:
    """Set up the intents."""
    for handler in HANDLERS:
        intent.async_register(hass, handler)


class AlbumIntentHandler(intent.IntentHandler):
    """Handles one command."""

    def __init__(
        self, name: str, description: str, slots: dict[Any, Any], act: Act
    ) -> None:
        """Initialize the handler."""
        self.intent_type = f"MusicAgregator{name}"
        self.description = description
        self._slots = slots
        self._act = act

    @property
    @override
    def slot_schema(self) -> dict[Any, Any]:
        """Return the slots."""
        return self._slots

    @override
    async def async_handle(self, intent_obj: intent.Intent) -> intent.IntentResponse:
        """Run the command, and answer or ask back."""
        slots = self.async_validate_slots(intent_obj.slots)
        said = {name: slot["value"] for name, slot in slots.items() if name in _NAMES}
        hass, entry = intent_obj.hass, loaded_entry(intent_obj.hass)
        if entry and not async_is_exposed(hass, entry, intent_obj.assistant):
            answer = NOT_EXPOSED
        else:
            voice = AlbumCommands(hass, intent_obj.context)
            answer = await self._act(voice, **said)
        words = await async_say(intent_obj.hass, intent_obj.language, answer)
        response = intent_obj.create_response()
        if answer.is_failure and not answer.is_question:
            code = intent.IntentResponseErrorCode.FAILED_TO_HANDLE
            response.async_set_error(code, words)
            return response
        if answer.is_question:
            response.response_type = intent.IntentResponseType.QUERY_ANSWER
        response.async_set_speech(words)
        return response


_NAMES = frozenset({ATTR_ALBUM, ATTR_ARTIST, ATTR_QUALITY, ATTR_RANK})


HANDLERS = (
    AlbumIntentHandler(
        "GetAlbum",
        "Finds an album and downloads the best release of it",
        {
            vol.Required(ATTR_ALBUM): _TEXT,
            vol.Optional(ATTR_ARTIST): _TEXT,
            vol.Optional(ATTR_QUALITY): vol.In([q.value for q in QualityProfile]),
        },
        AlbumCommands.get,
    ),
    AlbumIntentHandler(
        "SearchAlbum",
        "Says which albums a text may mean; changes nothing",
        {vol.Required(ATTR_ALBUM): _TEXT},
        AlbumCommands.search,
    ),
    AlbumIntentHandler(
        "GetProgress",
        "Says how far the albums are that are on their way",
        {vol.Optional(ATTR_ALBUM): _TEXT},
        AlbumCommands.progress,
    ),
    AlbumIntentHandler(
        "ChooseRelease",
        "Takes a release for an album that waits for a choice",
        {vol.Required(ATTR_RANK): RANK, vol.Optional(ATTR_ALBUM): _TEXT},
        AlbumCommands.choose,
    ),
    AlbumIntentHandler(
        "CancelAlbum",
        "Ends what is on its way for an album",
        {vol.Optional(ATTR_ALBUM): _TEXT},
        AlbumCommands.cancel,
    ),
)
