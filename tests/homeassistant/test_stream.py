"""The websocket: replay, then live, each event once."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
from sqlalchemy import Connection

from custom_components.music_agregator.bridge.recorder_database import RecorderDatabase
from custom_components.music_agregator.core.store import schema
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient

from .helpers import Act, until_ended


async def subscribe(socket: Any, **values: Any) -> dict[str, Any]:
    """Subscribe, and return the stream's first message."""
    await socket.send_json_auto_id({"type": "music_agregator/subscribe", **values})
    answer = await socket.receive_json()
    assert answer["success"], answer
    return (await socket.receive_json())["event"]  # type: ignore[no-any-return]


async def read(socket: Any, count: int) -> list[dict[str, Any]]:
    found = []
    async with asyncio.timeout(30):
        for _ in range(count):
            message = (await socket.receive_json())["event"]
            assert message["type"] == "event"
            found.append(message["event"])
    return found


async def test_replay_then_live(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    act: Act,
    loaded: MockConfigEntry,
) -> None:
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until_ended(hass)
    socket = await hass_ws_client(hass)
    start = await subscribe(socket, since_seq=2)
    app = loaded.runtime_data.app
    assert start == {"type": "start", "store_id": app.store_id, "reset": False}
    assert [event["seq"] for event in await read(socket, 3)] == [3, 4, 5]
    await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    live = await read(socket, 7)
    assert [event["seq"] for event in live] == list(range(6, 13))
    assert live == (await act("get_events", since_seq=5, limit=7))["events"]


async def test_one_topic_only(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, act: Act
) -> None:
    for album in (c.UNHEARD, c.TIN_WEATHER):
        await act("monitor_album", album_id=album.album_id, quality="hi_res")
        await until_ended(hass)
    socket = await hass_ws_client(hass)
    album_id = c.TIN_WEATHER.album_id
    await subscribe(socket, since_seq=0, album_id=album_id, quality="hi_res")
    told = await read(socket, 5)
    assert {event["album_id"] for event in told} == {album_id}
    await subscribe(socket, since_seq=0, album_id=album_id, quality="any")
    await subscribe(socket)
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    assert (await read(socket, 1))[0]["album_id"] == c.UNHEARD.album_id


@pytest.mark.parametrize(
    "values", [{"since_seq": 99}, {"since_seq": 3, "store_id": "another"}]
)
async def test_a_watcher_of_a_lost_store_is_told(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    act: Act,
    values: dict[str, Any],
) -> None:
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until_ended(hass)
    socket = await hass_ws_client(hass)
    assert (await subscribe(socket, **values))["reset"] is True
    assert (await read(socket, 1))[0]["seq"] == 1


async def test_a_store_lost_while_watching_is_told(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    act: Act,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
) -> None:
    client.step = 0.0
    await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    socket = await hass_ws_client(hass)
    first = await subscribe(socket, since_seq=0)
    await read(socket, 7)
    app = loaded.runtime_data.app

    def lose(connection: Connection) -> None:
        schema.drop(connection)

    await RecorderDatabase(hass).write(lose)
    client.step = 0.5
    message = (await socket.receive_json())["event"]
    assert (message["type"], message["reset"]) == ("start", True)
    assert message["store_id"] == app.store_id != first["store_id"]
    assert (await read(socket, 1))[0]["seq"] == 1
    await until_ended(hass)


async def test_unsubscribing_and_unloading_end_the_stream(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    loaded: MockConfigEntry,
) -> None:
    socket = await hass_ws_client(hass)
    await subscribe(socket)
    await socket.send_json_auto_id({"type": "unsubscribe_events", "subscription": 1})
    assert (await socket.receive_json())["success"]
    await subscribe(socket)
    await hass.config_entries.async_unload(loaded.entry_id)
    assert (await socket.receive_json())["event"]["type"] == "end"
    await socket.send_json_auto_id({"type": "music_agregator/subscribe"})
    answer = await socket.receive_json()
    assert answer["error"]["code"] == "not_found"
    for wrong in ({"since_seq": -1}, {"quality": "best"}):
        await socket.send_json_auto_id({"type": "music_agregator/subscribe", **wrong})
        assert (await socket.receive_json())["error"]["code"] == "invalid_format"
