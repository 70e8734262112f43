"""Who may: looking needs a login, asking the to-do list, deleting files an administrator."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.auth.models import User
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import intent, llm
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.music_agregator import llm as our_llm
from custom_components.music_agregator.bridge.permissions import async_todo_entity_id
from custom_components.music_agregator.const import DOMAIN, EVENT_STATUS
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient
from tests.helpers import until

from .helpers import until_ended

type As = Callable[..., Awaitable[Any]]

ALBUM = {"album_id": c.GLASS_HARBOUR.album_id, "quality": "lossless"}


def reader(hass: HomeAssistant) -> MockUser:
    """Somebody who may only look."""
    user = MockUser(name="Reader").add_to_hass(hass)
    user.mock_policy({"entities": {"all": {"read": True}}})
    return user


def asker(hass: HomeAssistant, entry: MockConfigEntry) -> MockUser:
    """Somebody who controls the to-do list, and nothing else."""
    user = MockUser(name="Anna").add_to_hass(hass)
    entity_id = async_todo_entity_id(hass, entry)
    assert entity_id is not None
    user.mock_policy({"entities": {"entity_ids": {entity_id: True}}})
    return user


async def call(hass: HomeAssistant, user: User | None, action: str, **data: Any) -> Any:
    context = Context(user_id=user.id) if user else Context()
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True, context=context
    )


async def test_whoever_may_only_look_changes_nothing(
    hass: HomeAssistant, loaded: MockConfigEntry, client: FakeTorrentClient
) -> None:
    client.step = 0.0
    run = await call(hass, None, "monitor_album", **ALBUM)
    user = reader(hass)
    for action, data in (
        ("monitor_album", ALBUM),
        ("select_release", {"run_id": run["run_id"], "rank": 1}),
        ("cancel", {"run_id": run["run_id"]}),
        ("cancel", {"run_id": run["run_id"], "delete_files": True}),
        ("retry", {"run_id": run["run_id"]}),
    ):
        with pytest.raises(Unauthorized):
            await call(hass, user, action, **data)
    assert len((await call(hass, user, "get_runs"))["runs"]) == 1
    assert (await call(hass, user, "get_events"))["events"]
    assert (await call(hass, user, "search_album", album="Glass Harbour"))["albums"]
    assert not [name for name in client.calls if name.startswith("remove")]


async def test_files_are_deleted_for_administrators_only(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    hass_admin_user: User,
) -> None:
    client.step = 0.0
    anna = asker(hass, loaded)
    run = await call(hass, anna, "monitor_album", **ALBUM)
    await until(lambda: client.torrents)
    with pytest.raises(Unauthorized):
        await call(hass, anna, "cancel", run_id=run["run_id"], delete_files=True)
    await call(hass, hass_admin_user, "cancel", run_id=run["run_id"], delete_files=True)
    await until(lambda: "remove delete_files=True" in client.calls)


async def test_a_run_knows_who_asked(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    anna = asker(hass, loaded)
    fired = async_capture_events(hass, EVENT_STATUS)
    answer = await call(hass, anna, "monitor_album", **ALBUM)
    await until_ended(hass)
    known = {"user_id": anna.id, "name": "Anna"}
    (run,) = (await call(hass, anna, "get_runs"))["runs"]
    assert run["requested_by"] == known
    events = (await call(hass, anna, "get_events", run_id=answer["run_id"]))["events"]
    assert all(event["data"]["requested_by"] == known for event in events)
    await until(lambda: fired)
    assert fired[-1].data["data"]["requested_by"] == known
    # Another start still knows it.
    assert await hass.config_entries.async_reload(loaded.entry_id)
    (run,) = (await call(hass, None, "get_runs"))["runs"]
    assert run["requested_by"] == known


async def test_a_line_of_the_list_knows_who_added_it(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    anna = asker(hass, loaded)
    await hass.services.async_call(
        "todo",
        "add_item",
        {
            "entity_id": async_todo_entity_id(hass, loaded),
            "item": "Glass Harbour by The Paper Lanterns",
        },
        blocking=True,
        context=Context(user_id=anna.id),
    )
    app = loaded.runtime_data.app

    async def requested() -> list[Any]:
        return [run.requested_by for run in await app.history.runs()]

    async with asyncio.timeout(30):
        while not (found := await requested()):
            await asyncio.sleep(0.005)
    await until_ended(hass)
    assert [one.name for one in found] == ["Anna"]


async def test_sockets_of_readers(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
) -> None:
    await call(hass, None, "monitor_album", **ALBUM)
    await until_ended(hass)
    (run,) = (await call(hass, None, "get_runs"))["runs"]
    socket = await hass_ws_client(hass, hass_read_only_access_token)
    await socket.send_json_auto_id({"type": f"{DOMAIN}/albums"})
    answer = await socket.receive_json()
    assert answer["success"]
    assert answer["result"]["may_ask"] is False
    await socket.send_json_auto_id(
        {"type": f"{DOMAIN}/dismiss", "run_id": run["run_id"]}
    )
    refused = await socket.receive_json()
    assert (refused["success"], refused["error"]["code"]) == (False, "unauthorized")
    socket = await hass_ws_client(hass)
    await socket.send_json_auto_id({"type": f"{DOMAIN}/albums"})
    assert (await socket.receive_json())["result"]["may_ask"] is True


async def test_an_unknown_run_is_a_typed_answer_and_no_line(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    socket = await hass_ws_client(hass)
    for run_id in ("nothing", "é", "x" * 5_000):
        await socket.send_json_auto_id({"type": f"{DOMAIN}/dismiss", "run_id": run_id})
        answer = await socket.receive_json()
        assert answer["error"]["code"] == "run_not_found"
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


def tools(hass: HomeAssistant, assistant: str) -> Any:
    context = llm.LLMContext(
        platform="test",
        context=Context(),
        language="en",
        assistant=assistant,
        device_id=None,
    )
    return our_llm.async_get_tools(hass, context, llm.LLM_API_ASSIST)


async def test_an_assistant_sees_only_what_is_exposed(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    for component in ("homeassistant", "intent"):
        assert await async_setup_component(hass, component, {})
    entity_id = async_todo_entity_id(hass, loaded)
    assert entity_id is not None
    async_expose_entity(hass, "conversation", entity_id, True)
    assert tools(hass, "conversation") is not None
    async_expose_entity(hass, "conversation", entity_id, False)
    assert tools(hass, "conversation") is None
    response = await intent.async_handle(
        hass,
        DOMAIN,
        "MusicAgregatorGetAlbum",
        {"album": {"value": "Glass Harbour by The Paper Lanterns"}},
        assistant="conversation",
    )
    assert (
        response.speech["plain"]["speech"] == "Music isn't exposed to this assistant."
    )
    assert loaded.runtime_data.app.live_runs == []


async def test_the_tools_can_be_turned_off(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    entity_id = async_todo_entity_id(hass, loaded)
    assert entity_id is not None
    async_expose_entity(hass, "conversation", entity_id, True)
    options = {**loaded.options, "voice": {"llm_tools": False}}
    hass.config_entries.async_update_entry(loaded, options=options)
    await hass.async_block_till_done()
    assert tools(hass, "conversation") is None
