"""What agents and custom sentences have: the tools of the Assist API, and the intents."""

from collections.abc import Awaitable, Callable
import json
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import intent, llm
from homeassistant.setup import async_setup_component
import probatio
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
)

from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient
from tests.helpers import until

from .helpers import Act

# Together they take their time.
pytestmark = pytest.mark.long

type Call = Callable[..., Awaitable[Any]]

NAMES = [
    "search_album",
    "monitor_album",
    "get_progress",
    "choose_release",
    "cancel_album",
]


@pytest.fixture
def llm_context(hass_admin_user: MockUser) -> llm.LLMContext:
    return llm.LLMContext(
        platform="test",
        context=Context(user_id=hass_admin_user.id),
        language="en",
        assistant="conversation",
        device_id=None,
    )


@pytest.fixture
async def api(
    hass: HomeAssistant, loaded: MockConfigEntry, llm_context: llm.LLMContext
) -> llm.APIInstance:
    for component in ("homeassistant", "conversation", "llm"):
        assert await async_setup_component(hass, component, {})
    await hass.async_block_till_done()
    return await llm.async_get_api(hass, "assist", llm_context)


@pytest.fixture
def call(api: llm.APIInstance) -> Call:
    async def ask(name: str, **arguments: Any) -> Any:
        found = await api.async_call_tool(
            llm.ToolInput(tool_name=f"music_agregator__{name}", tool_args=arguments)
        )
        assert len(json.dumps(found.data)) < 4_000
        return found

    return ask


async def test_an_agent_sees_the_tools(api: llm.APIInstance) -> None:
    ours = [tool for tool in api.tools if tool.integration == "music_agregator"]
    assert [tool.name for tool in ours] == [f"music_agregator__{n}" for n in NAMES]
    assert "Music Agregator" in api.api_prompt
    for tool in ours:
        schema = probatio.to_openapi(
            tool.parameters, custom_serializer=api.custom_serializer
        )
        assert schema["type"] == "object"
        assert tool.title
        assert tool.description
    by_name = {tool.name.partition("__")[2]: tool.annotations for tool in ours}
    assert [name for name in NAMES if by_name[name].read_only] == [
        "search_album",
        "get_progress",
    ]
    assert [name for name in NAMES if by_name[name].destructive] == ["cancel_album"]
    assert [name for name in NAMES if by_name[name].open_world] == [
        "search_album",
        "monitor_album",
        "choose_release",
    ]


async def test_an_agent_gets_an_album(
    hass: HomeAssistant,
    call: Call,
    client: FakeTorrentClient,
    llm_context: llm.LLMContext,
) -> None:
    client.step = 0.0
    called = async_capture_events(hass, "call_service")
    found = await call("search_album", album="glass harbor by paper lanterns")
    assert found.data["albums"][0]["album_id"] == c.GLASS_HARBOUR.album_id
    got = await call("monitor_album", album="glass harbor", artist="paper lanterns")
    assert not got.error
    assert got.data["answer"] == (
        "Getting Glass Harbour by The Paper Lanterns, from 2011, in lossless."
    )
    assert {event.context.user_id for event in called} == {
        llm_context.context and llm_context.context.user_id
    }
    progress = await call("get_progress")
    (album,) = progress.data["albums"]
    assert album["run_id"] == got.data["run_id"]
    assert not (await call("cancel_album", album="glass harbour")).error
    assert (await call("get_progress")).data["answer"] == "No album is on its way."


async def test_the_tools_for_lists_work_with_ours(
    api: llm.APIInstance, loaded: MockConfigEntry
) -> None:
    async def use(tool: str, **arguments: Any) -> Any:
        asked = llm.ToolInput(tool_name=f"todo__{tool}", tool_args=arguments)
        found = await api.async_call_tool(asked)
        assert not found.error
        return found.data

    name = "Music Agregator Wanted"
    await use("HassListAddItem", name=name, item="stories")
    (wish,) = loaded.runtime_data.pending
    await until(lambda: loaded.runtime_data.pending.find(wish.uid).matches)
    (item,) = (await use("get_items", todo_list=name))["items"]
    assert item["summary"] == "Stories"
    assert "1. Ebb - Stories" in item["description"]
    await use("HassListRemoveItem", name=name, item="Stories")
    assert (await use("get_items", todo_list=name))["items"] == []


async def test_an_agent_chooses(call: Call, act: Act, hass: HomeAssistant) -> None:
    await act(
        "monitor_album",
        album_id=c.SLOW_CARTOGRAPHY.album_id,
        quality=["hi_res", "lossless"],
        mode="interactive",
    )
    refused = await call("choose_release", rank=1, album="tin weather")
    assert refused.error
    (album,) = hass.config_entries.async_entries("music_agregator")[
        0
    ].runtime_data.albums
    await until(lambda: album.status == "awaiting_selection")
    found = await call("get_progress", album="slow cartography")
    second = found.data["albums"][0]["releases"][1]
    chosen = await call("choose_release", rank=second["rank"])
    assert chosen.data["answer"] == (
        "Taking release 2 for Slow Cartography by Ferro Mere."
    )
    run_id = found.data["albums"][0]["run_id"]
    events = (await act("get_events", run_id=run_id))["events"]
    picked = next(e for e in events if e["status"] == "adding_torrent")
    assert picked["data"]["title"] == second["title"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("search_album", {}),
        ("search_album", {"album": ""}),
        ("search_album", {"album": "x" * 501}),
        ("monitor_album", {"album": "Glass Harbour", "quality": "perfect"}),
        ("monitor_album", {"album": 7}),
        ("monitor_album", {"album": "stories"}),
        ("monitor_album", {"album": "Nothing of the kind"}),
        ("choose_release", {"rank": 0}),
        ("choose_release", {"rank": 1}),
        ("cancel_album", {"album": "Glass Harbour"}),
        ("cancel_album", {}),
        ("get_progress", {"run": 1}),
    ],
)
async def test_bad_input_is_refused_politely(
    call: Call, loaded: MockConfigEntry, name: str, arguments: dict[str, Any]
) -> None:
    found = await call(name, **arguments)
    assert found.error
    assert found.data.get("error") or found.data.get("answer")
    assert await loaded.runtime_data.app.history.runs() == []


async def test_without_an_entry_there_are_no_tools(
    hass: HomeAssistant, api: llm.APIInstance, loaded: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_unload(loaded.entry_id)
    again = await llm.async_get_api(hass, "assist", api.llm_context)
    assert [t for t in again.tools if t.integration == "music_agregator"] == []


async def handle(hass: HomeAssistant, name: str, **slots: Any) -> dict[str, Any]:
    response = await intent.async_handle(
        hass,
        "test",
        f"MusicAgregator{name}",
        {slot: {"value": value} for slot, value in slots.items()},
        context=Context(),
        language="de",
    )
    return response.as_dict()


async def test_the_intents_answer_in_the_language_of_the_asker(
    hass: HomeAssistant, loaded: MockConfigEntry, client: FakeTorrentClient
) -> None:
    client.step = 0.0
    assert await async_setup_component(hass, "intent", {})
    await hass.async_block_till_done()

    def words(answer: dict[str, Any]) -> str:
        return str(answer["speech"]["plain"]["speech"])

    got = await handle(
        hass,
        "GetAlbum",
        album="glass harbour",
        artist="the paper lanterns",
        quality="lossless",
    )
    assert words(got) == (
        "Ich hole Glass Harbour von The Paper Lanterns, aus dem Jahr 2011, in"
        " verlustfreier Qualität."
    )
    assert got["response_type"] == "action_done"
    asked = await handle(hass, "GetAlbum", album="stories")
    assert words(asked).startswith("Welches ist gemeint: Stories von Ebb")
    assert asked["response_type"] == "query_answer"
    unknown = await handle(hass, "SearchAlbum", album="nothing of the kind")
    assert words(unknown) == "Ich kenne kein Album wie „nothing of the kind“."
    told = await handle(hass, "GetProgress")
    assert "Glass Harbour von The Paper Lanterns" in words(told)
    refused = await handle(hass, "ChooseRelease", rank=1)
    assert (refused["response_type"], refused["data"]["code"]) == (
        "error",
        "failed_to_handle",
    )
    cancelled = await handle(hass, "CancelAlbum")
    assert words(cancelled) == "Abgebrochen: Glass Harbour von The Paper Lanterns."
