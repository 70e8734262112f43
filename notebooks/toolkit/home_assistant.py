"""HomeAssistant: query and watch a Home Assistant over its websocket."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from getpass import getpass
import json
from typing import Any

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse
from music_agregator import AlbumEvent, NotConfiguredError
from music_agregator.common.clock import SYSTEM_CLOCK, Clock, backoff
from music_agregator.standalone.environment import PREFIX

from .sandboxed import environment_or_sandbox
from .story import Story

_PATIENCE = 30.0
_LARGEST = 4 * 2**20
_PAGE = 200
# Its errors while it starts, or reloads the integration.
_PASSING = frozenset({"not_found", "unknown_command"})

type Message = dict[str, Any]


class HomeAssistantError(Exception):
    """Home Assistant refuses; the message holds no token."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class HomeAssistantAwayError(HomeAssistantError):
    """Home Assistant does not answer, or no longer."""


class HomeAssistant:
    """A Home Assistant with Music Agregator; the token is not shown."""

    def __init__(self, url: str, token: str, *, clock: Clock = SYSTEM_CLOCK) -> None:
        """Take the address that a browser opens, and a long-lived access token."""
        self._clock = clock
        self.url = url.rstrip("/")
        self._token = token

    async def story(self) -> Story:
        """Return every stored event. Raises HomeAssistantError."""
        found: list[AlbumEvent] = []
        while True:
            asked = {"since_seq": found[-1].seq if found else 0, "limit": _PAGE}
            async with self._connection(
                "call_service",
                domain="music_agregator",
                service="get_events",
                service_data=asked,
                return_response=True,
            ) as socket:
                answer = await _result(socket)
            page = [_event(one) for one in answer["response"]["events"]]
            found += page
            if len(page) < _PAGE:
                return Story(found)

    async def events(self, since_seq: int = 0) -> AsyncGenerator[AlbumEvent]:
        """Yield every event after a number, then live ones, each once, without end.

        Connects again when the connection is lost; where the store was lost meanwhile,
        the numbers begin at 1 again. Raises HomeAssistantError when Home Assistant refuses, or was never
        there.
        """
        asked: Message = {"since_seq": since_seq}
        attempt, was_there = 0, False
        while True:
            try:
                async with self._connection("music_agregator/subscribe", **asked) as s:
                    await _result(s)
                    was_there, attempt = True, 0
                    while (message := (await _receive(s))["event"])["type"] != "end":
                        asked["store_id"] = message["store_id"]
                        if message["type"] == "start" and message["reset"]:
                            asked["since_seq"] = 0
                        if message["type"] == "event":
                            event = _event(message["event"])
                            asked["since_seq"] = event.seq
                            yield event
            except HomeAssistantError as error:
                is_passing = (
                    isinstance(error, HomeAssistantAwayError) or error.code in _PASSING
                )
                if not (was_there and is_passing):
                    raise
            attempt += 1
            await self._clock.sleep(backoff(attempt))

    @asynccontextmanager
    async def _connection(
        self, command: str, **values: Any
    ) -> AsyncIterator[ClientWebSocketResponse]:
        """Log in, and send one command."""
        try:
            async with (
                ClientSession() as session,
                session.ws_connect(
                    f"{self.url}/api/websocket",
                    heartbeat=_PATIENCE,
                    max_msg_size=_LARGEST,
                ) as socket,
            ):
                async with asyncio.timeout(_PATIENCE):
                    await _receive(socket)
                    login = {"type": "auth", "access_token": self._token}
                    await socket.send_json(login)
                    if (await _receive(socket))["type"] != "auth_ok":
                        raise HomeAssistantError("Home Assistant refuses the token")
                    await socket.send_json({"id": 1, "type": command, **values})
                yield socket
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            name = type(error).__name__
            raise HomeAssistantAwayError(
                f"No answer from Home Assistant ({name})"
            ) from None


async def open_home_assistant(
    environment: Mapping[str, str] | None = None,
) -> HomeAssistant:
    """Return the Home Assistant of the environment, or offer the sandbox's.

    Asks for the token if only that is missing. Raises NotConfiguredError.
    """
    if environment is None:
        environment = await environment_or_sandbox("HOUSE_URL", home_assistant=True)
    url = environment.get(f"{PREFIX}HOUSE_URL")
    if not url:
        raise NotConfiguredError(f"Set {PREFIX}HOUSE_URL to Home Assistant's address.")
    token = environment.get(f"{PREFIX}HOUSE_TOKEN") or getpass("Access token: ")
    return HomeAssistant(url, token)


async def _receive(socket: ClientWebSocketResponse) -> Message:
    """Return the next message. Raises HomeAssistantAwayError at the end."""
    try:
        message: Message = json.loads(await socket.receive_str())
    except (TypeError, ValueError):
        raise HomeAssistantAwayError(
            "Home Assistant has closed the connection"
        ) from None
    return message


async def _result(socket: ClientWebSocketResponse) -> Message:
    """Return the result of a command. Raises HomeAssistantError for a refusal."""
    message = await _receive(socket)
    if message.get("success"):
        result: Message = message["result"] or {}
        return result
    code = str(message.get("error", {}).get("code"))
    raise HomeAssistantError(
        f"Home Assistant refuses ({code}): is Music Agregator set up there?", code
    )


def _event(data: Message) -> AlbumEvent:
    try:
        return AlbumEvent.from_dict(data)
    except (KeyError, TypeError, ValueError):
        raise HomeAssistantError("Home Assistant has another version of it") from None
