"""House: a Home Assistant, watched live over its websocket."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from getpass import getpass
from html import escape
import json
from typing import Any, override

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse
import ipywidgets as widgets
from music_agregator import AlbumEvent
from music_agregator.clock import SYSTEM_CLOCK, Clock, backoff
from music_agregator.environment import PREFIX

from .sandboxed import environment_or_sandbox
from .story import Story

_PATIENCE = 30.0
_LARGEST = 4 * 2**20

type Message = dict[str, Any]


class HouseError(Exception):
    """Home Assistant refuses, or does not answer; the message holds no token."""


class House:
    """A Home Assistant that has Music Agregator; the token stays in here."""

    def __init__(self, url: str, token: str, *, clock: Clock = SYSTEM_CLOCK) -> None:
        """Take the address that a browser opens, and a long-lived access token."""
        self._clock = clock
        self._url = f"{url.rstrip('/')}/api/websocket"
        self._token = token

    async def story(self) -> Story:
        """Return all that has happened until now. Raises HouseError."""
        async with self._connection("music_agregator/albums") as socket:
            head = (await _receive(socket))["result"]["seq"]
        found: list[AlbumEvent] = []
        if head:
            async with aclosing(self.events()) as events:
                async for event in events:
                    found.append(event)
                    if event.seq >= head:
                        break
        return Story(found)

    async def events(self, since_seq: int = 0) -> AsyncGenerator[AlbumEvent]:
        """Yield every event after a number, then live ones, each once, for ever.

        Connects again when the connection is lost. Raises HouseError when Home Assistant
        refuses, or was never there.
        """
        asked: Message = {"since_seq": since_seq}
        attempt, was_there = 0, False
        while True:
            try:
                async with self._connection("music_agregator/subscribe", **asked) as s:
                    await _receive(s)
                    was_there, attempt = True, 0
                    while (message := (await _receive(s))["event"])["type"] != "end":
                        asked["store_id"] = message["store_id"]
                        if message["type"] == "start" and message["reset"]:
                            asked["since_seq"] = 0
                        if message["type"] == "event":
                            event = AlbumEvent.from_dict(message["event"])
                            asked["since_seq"] = event.seq
                            yield event
            except (ClientError, OSError, TimeoutError) as error:
                if not was_there:
                    name = type(error).__name__
                    raise HouseError(
                        f"No answer from Home Assistant ({name})"
                    ) from None
            except (KeyError, TypeError, ValueError):
                raise HouseError("Home Assistant has another version of it") from None
            attempt += 1
            await self._clock.sleep(backoff(attempt))

    @asynccontextmanager
    async def _connection(
        self, command: str, **values: Any
    ) -> AsyncIterator[ClientWebSocketResponse]:
        """Log in, and send one command."""
        async with (
            ClientSession() as session,
            session.ws_connect(
                self._url, heartbeat=_PATIENCE, max_msg_size=_LARGEST
            ) as socket,
        ):
            async with asyncio.timeout(_PATIENCE):
                await _receive(socket)
                await socket.send_json({"type": "auth", "access_token": self._token})
                if (await _receive(socket))["type"] != "auth_ok":
                    raise HouseError("Home Assistant refuses the token")
                await socket.send_json({"id": 1, "type": command, **values})
            yield socket


async def open_house(environment: Mapping[str, str] | None = None) -> House:
    """Return the house that the environment names, or offer the sandbox's.

    Asks for the token if only that lacks. Raises NotConfiguredError.
    """
    if environment is None:
        environment = await environment_or_sandbox("HOUSE_URL", house=True)
    token = environment.get(f"{PREFIX}HOUSE_TOKEN") or getpass("Access token: ")
    return House(environment[f"{PREFIX}HOUSE_URL"], token)


async def _receive(socket: ClientWebSocketResponse) -> Message:
    """Return the next message. Raises HouseError for a refusal, ClientError at the end."""
    try:
        message: Message = json.loads(await socket.receive_str())
    except (TypeError, ValueError):
        raise ClientError("the connection was closed") from None
    if message.get("success") is False:
        code = str(message.get("error", {}).get("code"))
        raise HouseError(f"Home Assistant refuses ({code}): is Music Agregator set up?")
    return message


class LiveView(widgets.HTML):
    """Shows how every album stands, live; `stop` ends it."""

    def __init__(self, house: House, since: Story | None = None) -> None:
        super().__init__()
        self.story = since or Story(())
        self._house = house
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    @override
    def __repr__(self) -> str:
        return str(self.story)

    def stop(self) -> None:
        """Look no longer."""
        self._watching.cancel()

    async def _watch(self) -> None:
        since = self.story[-1].seq if self.story else 0
        self._show()
        try:
            async for event in self._house.events(since):
                self.story = Story((*self.story, event))
                self._show()
        except HouseError as error:
            self.value = f'<p role="alert">{escape(str(error))}</p>'

    def _show(self) -> None:
        self.value = self.story.standing._repr_html_()
