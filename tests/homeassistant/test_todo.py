"""The to-do list: written on, ticked off, renamed, deleted, and the same after a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.components.conversation import async_converse
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.music_agregator.core.errors import MetadataUnavailableError
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient

from .helpers import Act, until_ended

# Together they take their time.
pytestmark = pytest.mark.long

LIST = "todo.music_agregator_wanted"
NAME = "Odd Socket - Tin Weather"

type Item = dict[str, Any]
type Items = Callable[[Callable[[list[Item]], bool]], Awaitable[list[Item]]]


@pytest.fixture
def items(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Items:
    async def read(good: Callable[[list[Item]], bool]) -> list[Item]:
        """Ask over the websocket until the list is as it should be."""
        socket = await hass_ws_client(hass)
        async with asyncio.timeout(20):
            while True:
                await socket.send_json_auto_id(
                    {"type": "todo/item/list", "entity_id": LIST}
                )
                answer = await socket.receive_json()
                found: list[Item] = answer["result"]["items"]
                if good(found):
                    return found
                await asyncio.sleep(0.01)

    return read


async def do(hass: HomeAssistant, action: str, **data: Any) -> None:
    await hass.services.async_call(
        "todo", action, {"entity_id": LIST, **data}, blocking=True
    )


async def add(hass: HomeAssistant, text: str) -> None:
    await do(hass, "add_item", item=text)


async def test_a_line_becomes_an_album_on_disk(
    hass: HomeAssistant, loaded: MockConfigEntry, items: Items
) -> None:
    await add(hass, "The Paper Lanterns - Glass Harbour [flac]")
    (item,) = await items(lambda found: [i["status"] for i in found] == ["completed"])
    assert item["summary"] == "The Paper Lanterns - Glass Harbour"
    assert item["due"] == "2011-04-02"
    assert item["description"] == "Downloaded"
    (run,) = await loaded.runtime_data.app.history.runs()
    assert run.quality == "lossless"
    state = hass.states.get(LIST)
    assert state is not None
    assert state.state == "0"
    for change in ({"status": "needs_action"}, {"rename": "Another"}):
        with pytest.raises(ServiceValidationError) as caught:
            await do(hass, "update_item", item=item["uid"], **change)
        assert caught.value.translation_key == "todo_done"
    await do(hass, "remove_item", item=[item["uid"]])
    assert await items(lambda found: not found) == []


async def test_what_is_not_found_waits_and_may_be_renamed(
    hass: HomeAssistant, loaded: MockConfigEntry, items: Items
) -> None:
    await add(hass, "the unheard side by ferro mere")
    (item,) = await items(lambda found: "again" in str(found[0].get("description")))
    assert item["status"] == "needs_action"
    assert item["description"].startswith("Not found: ")
    await do(hass, "update_item", item=item["uid"], rename="tin weather by odd socket")
    await items(lambda found: [i["summary"] for i in found] == [NAME])
    await until_ended(hass)
    assert await loaded.runtime_data.app.history.wanted() == 1


async def test_a_line_that_may_mean_several_is_asked_back(
    hass: HomeAssistant, loaded: MockConfigEntry, items: Items
) -> None:
    await add(hass, "stories in hi-res")
    (item,) = await items(lambda found: "Which one" in str(found[0]["description"]))
    assert item["summary"] == "stories in hi-res"
    assert item["description"].endswith(
        "1. Ebb - Stories (2010, Album); 2. Flow - Stories (2012, Album)"
    )
    # A restart forgets nothing.
    assert await hass.config_entries.async_reload(loaded.entry_id)
    assert await items(lambda found: found == [item]) == [item]
    with pytest.raises(ServiceValidationError) as caught:
        await do(hass, "update_item", item=item["uid"], rename="3")
    assert caught.value.translation_key == "todo_number"
    await do(hass, "update_item", item=item["uid"], rename="2")
    await items(lambda found: found[0]["summary"] == "Flow - Stories")
    (run,) = await loaded.runtime_data.app.history.runs()
    assert (run.artist, run.quality) == ("Flow", "hi_res")


async def test_a_line_that_is_no_album_stays_until_it_is_struck_out(
    hass: HomeAssistant, loaded: MockConfigEntry, items: Items
) -> None:
    await add(hass, "Nothing of the kind")
    (item,) = await items(lambda found: "MusicBrainz" in str(found[0]["description"]))
    await do(hass, "update_item", item=item["uid"], status="completed")
    assert await items(lambda found: not found) == []
    await add(hass, "Nothing of the kind")
    (item,) = await items(bool)
    await do(hass, "remove_item", item=[item["uid"]])
    assert await items(lambda found: not found) == []
    assert await loaded.runtime_data.app.history.runs() == []


async def test_what_is_on_its_way_is_ended_by_deleting_or_ticking(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    items: Items,
) -> None:
    client.step = 0.0
    await add(hass, c.GLASS_HARBOUR.album_id)
    await add(hass, f"https://musicbrainz.org/release-group/{c.NAEVE.album_id}")
    found = await items(
        lambda found: [i["description"] for i in found] == ["Downloading, 0 %"] * 2
    )
    with pytest.raises(ServiceValidationError) as caught:
        await do(hass, "update_item", item=found[0]["uid"], rename="Another")
    assert caught.value.translation_key == "todo_busy"
    await do(hass, "remove_item", item=[found[0]["uid"]])
    await do(hass, "update_item", item=found[1]["uid"], status="completed")
    assert await items(lambda found: not found) == []
    runs = await loaded.runtime_data.app.history.runs()
    assert {run.status for run in runs} == {"cancelled"}
    assert client.torrents == {}


async def test_a_line_that_is_changed_while_it_is_looked_up_begins_nothing(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    items: Items,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = loaded.runtime_data.app
    request, may_answer = app.request, asyncio.Event()

    async def slow(asked: Any) -> Any:
        await may_answer.wait()
        return await request(asked)

    monkeypatch.setattr(app, "request", slow)
    for text in ("glass harbour", "naeve", "slow cartography"):
        await add(hass, text)
    first, second, third = await items(lambda found: len(found) == 3)
    await do(hass, "remove_item", item=[first["uid"]])
    await do(hass, "update_item", item=second["uid"], rename="the unheard side")
    may_answer.set()
    names = {"Ferro Mere - The Unheard Side", "Ferro Mere - Slow Cartography"}
    await items(lambda found: {i["summary"] for i in found} == names)
    titles = {run.album_title: run.status for run in await app.history.runs()}
    assert titles.get("Glass Harbour", "cancelled") == "cancelled"
    assert set(titles) - {"Glass Harbour"} == {"The Unheard Side", "Slow Cartography"}
    assert third["summary"] == "slow cartography"


async def test_while_musicbrainz_is_away_a_line_waits(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    items: Items,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(*_: Any, **__: Any) -> Any:
        raise MetadataUnavailableError

    with monkeypatch.context() as patched:
        patched.setattr(loaded.runtime_data.app, "request", away)
        await add(hass, "tin weather by odd socket")
        await items(lambda found: "tried again" in str(found[0]["description"]))
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await items(lambda found: [i["summary"] for i in found] == [NAME])


async def test_the_built_in_sentences_work_with_it(
    hass: HomeAssistant, loaded: MockConfigEntry, items: Items
) -> None:
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, component, {})
    await hass.async_block_till_done()

    async def say(text: str, language: str = "en") -> str:
        result = await async_converse(hass, text, None, Context(), language=language)
        return str(result.response.response_type.value)

    name = "music agregator wanted"
    said = await say(f"add the unheard side by ferro mere to my {name} list")
    assert said == "action_done"
    (item,) = await items(lambda found: "again" in str(found[0].get("description")))
    assert item["summary"] == "Ferro Mere - The Unheard Side"
    said = await say(f"complete ferro mere - the unheard side on my {name} list")
    assert said == "action_done"
    assert await items(lambda found: not found) == []
    assert await loaded.runtime_data.app.history.wanted() == 0
    said = await say(f"setze the unheard side auf die {name} liste", "de")
    assert said == "action_done"
    (item,) = await items(lambda found: "again" in str(found[0].get("description")))
    said = await say(f"remove {item['summary']} from my {name} list")
    assert said == "action_done"
    assert await items(lambda found: not found) == []


async def test_what_was_looked_for_long_ago_is_still_on_it(
    hass: HomeAssistant, loaded: MockConfigEntry, act: Act, items: Items
) -> None:
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until_ended(hass)
    (run,) = await loaded.runtime_data.app.history.runs()
    loaded.runtime_data.albums.async_dismiss(run.run_id)
    (item,) = await items(lambda found: len(found) == 1 and "again" in str(found))
    assert (item["summary"], item["due"]) == (
        "Ferro Mere - The Unheard Side",
        "1991-01-01",
    )
    await do(hass, "remove_item", item=[item["uid"]])
    assert await items(lambda found: not found) == []
    assert await loaded.runtime_data.app.history.wanted() == 0
