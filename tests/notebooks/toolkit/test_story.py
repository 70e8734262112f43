"""Stories, and the places that they come from."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from aiohttp import WSMsgType, web
from made_up import MARKUP, SECRET, event
from music_agregator.clock import SystemClock
from music_agregator.environment import settings_of
from music_agregator_toolkit import (
    House,
    HouseError,
    LiveView,
    NotConfiguredError,
    Player,
    Story,
    time_line,
)
import pytest

STORY = Story(
    [
        event(1, "fetching_metadata", quality="lossless", mode="automatic"),
        event(2, "checking_owned", artist="Ferro Mere", album=MARKUP),
        event(3, "fetching_metadata", "other", quality="any", mode="automatic"),
        event(4, "searching", queries=["ferro mere"]),
        event(5, "not_found", "other", reason="Nothing will do."),
    ]
)


def test_a_story_shows_itself() -> None:
    assert str(STORY).splitlines()[-1].endswith("not_found          Nothing will do.")
    assert MARKUP not in STORY._repr_html_()
    assert STORY._repr_mimebundle_()["text/plain"] == str(STORY)
    assert STORY.names == {"r": f"Ferro Mere - {MARKUP} (lossless)"}
    assert [one.seq for one in STORY[1:3]] == [2, 3]
    assert isinstance(STORY[1:3], Story)
    assert STORY[-1].status == "not_found"
    assert {run: last.seq for run, last in STORY.last.items()} == {"r": 4, "other": 5}
    assert time_line(STORY, STORY.names).png.startswith(b"\x89PNG")
    formula = {"r": r"$\nonsense^", "other": "a $5 record, and $6 more"}
    assert time_line(STORY, formula).png.startswith(b"\x89PNG")
    assert time_line([], {}).png.startswith(b"\x89PNG")


def test_a_story_is_played_event_by_event() -> None:
    player = Player(STORY)
    assert "Event 5" in player._shown.value
    assert "not_found" in player._shown.value
    player._place.value = 1
    assert "Event 2" in player._shown.value
    assert "checking_owned" in player._shown.value
    assert "not_found" not in player._shown.value
    assert MARKUP not in player._shown.value
    assert "no events" in Player(Story(()))._shown.value


class NoWaiting(SystemClock):
    """A clock on which nobody waits."""

    async def sleep(self, seconds: float) -> None:
        """Do not."""


class FakeHouse:
    """What Home Assistant says on its websocket, in rounds: one for each connection."""

    def __init__(self, *rounds: list[dict[str, Any]]) -> None:
        self._rounds = list(rounds)
        self.asked: list[dict[str, Any]] = []

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


def told(seq: int, status: str) -> dict[str, Any]:
    """An event as the stream tells it."""
    one = event(seq, status, reason="So it is.").as_dict()
    return {"type": "event", "event": {"type": "event", "store_id": "s", "event": one}}


RESULT = {"type": "result", "success": True, "result": {"seq": 4}}
START = {"type": "event", "event": {"type": "start", "store_id": "s", "reset": False}}
RESET = {"type": "event", "event": {"type": "start", "store_id": "s", "reset": True}}
END = {"type": "event", "event": {"type": "end", "store_id": "s"}}


@pytest.fixture
async def serve() -> AsyncIterator[Any]:
    runners = []

    async def start(house: FakeHouse) -> str:
        app = web.Application()
        app.router.add_get("/api/websocket", house.serve)
        runner = web.AppRunner(app)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/"

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_a_house_is_watched_over_lost_connections(serve: Any) -> None:
    fake = FakeHouse(
        [RESULT, START, told(1, "searching"), told(2, "cancelled"), END],
        [RESULT, START, told(3, "searching")],
        [RESULT, RESET, told(1, "failed")],
    )
    house = House(await serve(fake), SECRET, clock=NoWaiting())
    seen = []
    async with aclosing(house.events()) as events:
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
    assert [asked["since_seq"] for asked in fake.asked] == [0, 2, 3]
    assert [asked.get("store_id") for asked in fake.asked] == [None, "s", "s"]


async def test_a_house_that_refuses_says_why_without_the_token(serve: Any) -> None:
    address = await serve(FakeHouse())
    with pytest.raises(HouseError, match="refuses the token") as caught:
        await House(address, "wrong-canary").story()
    assert "wrong-canary" not in str(caught.value)
    unknown = {
        "type": "result",
        "success": False,
        "error": {"code": "unknown_command", "message": MARKUP},
    }
    house = House(await serve(FakeHouse([unknown], [unknown])), SECRET)
    with pytest.raises(HouseError, match="is Music Agregator set up"):
        await house.story()
    strange = told(1, "searching")
    strange["event"]["event"]["status"] = "dreaming"
    house = House(await serve(FakeHouse([RESULT], [RESULT, START, strange])), SECRET)
    with pytest.raises(HouseError, match="another version"):
        await house.story()
    with pytest.raises(HouseError, match="No answer"):
        await House("http://127.0.0.1:9", SECRET).events().__anext__()
    view = LiveView(House("http://127.0.0.1:9", SECRET))
    await view._watching
    assert "No answer from Home Assistant" in view.value


VARIABLES = {
    "MUSIC_AGREGATOR_QBITTORRENT_URL": "http://127.0.0.1:8080",
    "MUSIC_AGREGATOR_INDEXER_URL": "http://127.0.0.1:1/api",
    "MUSIC_AGREGATOR_INDEXER_API_KEY": SECRET,
}


def test_settings_come_from_the_environment_and_show_no_secret() -> None:
    questions = []

    def ask(question: str) -> str:
        questions.append(question)
        return f" {SECRET} "

    settings = settings_of(
        {
            **VARIABLES,
            "MUSIC_AGREGATOR_QBITTORRENT_USERNAME": "me",
            "MUSIC_AGREGATOR_INDEXER_3_URL": f"http://127.0.0.1:2/api/{SECRET}",
            "MUSIC_AGREGATOR_INDEXER_3_NAME": "Third",
        },
        ask,
    )
    assert questions == [
        "qBittorrent's password for me: ",
        "Third's API key (empty: none): ",
    ]
    assert [one.name for one in settings.indexers] == ["Indexer 1", "Third"]
    assert settings.indexers[0].api_key == SECRET
    assert settings.indexers[1].api_key == SECRET
    assert SECRET not in repr(settings)
    assert settings.instance == settings_of(VARIABLES).instance
    other = {**VARIABLES, "MUSIC_AGREGATOR_DATABASE": "sqlite:///other.db"}
    assert settings.instance != settings_of(other).instance


@pytest.mark.parametrize("lacking", ["QBITTORRENT_URL", "INDEXER_URL"])
def test_what_lacks_is_named(lacking: str) -> None:
    some = {k: v for k, v in VARIABLES.items() if not k.endswith(lacking)}
    with pytest.raises(NotConfiguredError, match=f"MUSIC_AGREGATOR_{lacking}"):
        settings_of(some)
