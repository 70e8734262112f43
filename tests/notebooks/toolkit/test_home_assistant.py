"""A Home Assistant, as it is asked and watched."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from aiohttp import WSMsgType, web
from made_up import MARKUP, SECRET, event
from music_agregator.common.clock import SystemClock
from music_agregator_toolkit import (
    HomeAssistant,
    HomeAssistantError,
    LiveView,
    NotConfiguredError,
    open_home_assistant,
)
import pytest

type Message = dict[str, Any]


class NoWaiting(SystemClock):
    """A clock without waits."""

    async def sleep(self, seconds: float) -> None:
        """Do not."""


class FakeHomeAssistant:
    """What Home Assistant says on its websocket, in rounds: one for each connection."""

    def __init__(self, *rounds: list[Message]) -> None:
        self._rounds = list(rounds)
        self.asked: list[Message] = []

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "auth_required"})
        login = await socket.receive_json()
        if login["access_token"] != SECRET:
            await socket.send_json({"type": "auth_invalid"})
            return socket
        await socket.send_json({"type": "auth_ok"})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            self.asked.append(message.json())
            for answer in self._rounds.pop(0):
                await socket.send_json({"id": 1, **answer})
            if self._rounds:
                break
        return socket


def told(seq: int, status: str) -> Message:
    """An event as the stream tells it."""
    one = event(seq, status, reason="So it is.").as_dict()
    return {"type": "event", "event": {"type": "event", "store_id": "s", "event": one}}


def page(*seqs: int) -> Message:
    """A page of what get_events answers."""
    events = [event(seq, "searching").as_dict() for seq in seqs]
    answer = {"response": {"store_id": "s", "events": events}}
    return {"type": "result", "success": True, "result": answer}


def refusal(code: str) -> Message:
    """What a command is refused with."""
    error = {"code": code, "message": MARKUP}
    return {"type": "result", "success": False, "error": error}


RESULT = {"type": "result", "success": True, "result": None}
START = {"type": "event", "event": {"type": "start", "store_id": "s", "reset": False}}
RESET = {"type": "event", "event": {"type": "start", "store_id": "s", "reset": True}}
END = {"type": "event", "event": {"type": "end", "store_id": "s"}}

type Serve = Callable[[FakeHomeAssistant], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    runners = []

    async def start(home_assistant: FakeHomeAssistant) -> str:
        app = web.Application()
        app.router.add_get("/api/websocket", home_assistant.serve)
        runner = web.AppRunner(app)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/"

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_all_that_it_remembers_is_read_page_by_page(serve: Serve) -> None:
    fake = FakeHomeAssistant([page(*range(1, 201))], [page(201, 205)])
    story = await HomeAssistant(await serve(fake), SECRET).story()
    assert [one.seq for one in story] == [*range(1, 202), 205]
    asked = [one["service_data"]["since_seq"] for one in fake.asked]
    assert asked == [0, 200]
    # The newest may be forgotten.
    empty = FakeHomeAssistant([page()])
    assert list(await HomeAssistant(await serve(empty), SECRET).story()) == []


async def test_it_is_watched_over_restarts_and_reloads(serve: Serve) -> None:
    fake = FakeHomeAssistant(
        [RESULT, START, told(1, "searching"), told(2, "cancelled"), END],
        [refusal("not_found")],
        [RESULT, START, told(3, "searching")],
        [refusal("unknown_command")],
        [RESULT, RESET, told(1, "failed")],
    )
    home_assistant = HomeAssistant(await serve(fake), SECRET, clock=NoWaiting())
    seen = []
    async with aclosing(home_assistant.events()) as events:
        async for one in events:
            seen.append((one.seq, one.status.value))
            if one.status == "failed":
                break
    assert seen == [
        (1, "searching"),
        (2, "cancelled"),
        (3, "searching"),
        (1, "failed"),
    ]
    assert [asked["since_seq"] for asked in fake.asked] == [0, 2, 2, 3, 3]
    assert [asked.get("store_id") for asked in fake.asked] == [None, *["s"] * 4]


async def test_the_view_begins_anew_with_another_store(serve: Serve) -> None:
    fake = FakeHomeAssistant(
        [RESULT, START, told(1, "searching"), told(2, "cancelled"), END],
        [RESULT, RESET, told(1, "failed")],
        [refusal("unauthorized")],
    )
    home_assistant = HomeAssistant(await serve(fake), SECRET, clock=NoWaiting())
    first = LiveView(home_assistant)
    view = LiveView(home_assistant)
    await view.watching
    assert [one.status.value for one in view.story] == ["failed"]
    assert "refuses (unauthorized)" in view.value
    # One view looks at a home_assistant.
    assert first.watching.cancelled() or first.watching.done()


async def test_what_refuses_says_why_without_the_token(serve: Serve) -> None:
    address = await serve(FakeHomeAssistant())
    with pytest.raises(HomeAssistantError, match="refuses the token") as caught:
        await HomeAssistant(address, "wrong-canary").story()
    assert "wrong-canary" not in str(caught.value)
    unknown = refusal("unknown_command")
    home_assistant = HomeAssistant(
        await serve(FakeHomeAssistant([unknown], [unknown])), SECRET
    )
    for asking in (home_assistant.story(), home_assistant.events().__anext__()):
        with pytest.raises(
            HomeAssistantError, match="is Music Agregator set up"
        ) as caught:
            await asking
        assert MARKUP not in str(caught.value)
    strange = told(1, "searching")
    strange["event"]["event"]["status"] = "dreaming"
    home_assistant = HomeAssistant(
        await serve(FakeHomeAssistant([RESULT, START, strange])), SECRET
    )
    with pytest.raises(HomeAssistantError, match="another version"):
        await home_assistant.events().__anext__()
    nowhere = HomeAssistant("http://127.0.0.1:9", SECRET)
    for asking in (nowhere.story(), nowhere.events().__anext__()):
        with pytest.raises(HomeAssistantError, match="No answer"):
            await asking
    view = LiveView(nowhere)
    await view.watching
    assert "No answer from Home Assistant" in view.value
    with pytest.raises(NotConfiguredError, match="MUSIC_AGREGATOR_HOUSE_URL"):
        await open_home_assistant({"MUSIC_AGREGATOR_HOUSE_TOKEN": SECRET})
