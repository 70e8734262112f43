"""The card is served and registered, the covers need a login, and all of it is removed."""

from typing import Any

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.music_agregator.bridge.app_factory import covers_folder
from custom_components.music_agregator.frontend import CARD_URL
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient
from tests.helpers import until

from .helpers import Act, until_ended

ALBUM = c.GLASS_HARBOUR.album_id


@pytest.fixture
async def frontend(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "frontend", {})
    assert await async_setup_component(hass, "lovelace", {})


async def add(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


def resources(hass: HomeAssistant) -> list[str]:
    return [item["url"] for item in hass.data[LOVELACE_DATA].resources.async_items()]


async def test_dashboards_load_the_card_while_there_is_an_entry(
    hass: HomeAssistant,
    frontend: None,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    found = hass.data[LOVELACE_DATA].resources
    assert isinstance(found, ResourceStorageCollection)
    await found.async_get_info()
    other = {"res_type": "module", "url": "/local/other.js"}
    await found.async_create_item(other)
    # Left of an earlier version.
    await found.async_create_item({"res_type": "module", "url": f"{CARD_URL}?v=0.0.1"})
    await add(hass, entry)
    urls = resources(hass)
    assert urls == ["/local/other.js", f"{CARD_URL}?v=0.1.0"]
    client = await hass_client()
    answer = await client.get(urls[1])
    assert answer.status == 200
    assert "javascript" in answer.content_type
    module = await answer.text()
    assert "customElements.define" in module
    assert len(module.encode()) < 40_000
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert resources(hass) == urls
    await hass.config_entries.async_remove(entry.entry_id)
    assert resources(hass) == ["/local/other.js"]


async def test_with_dashboards_in_yaml_it_is_an_extra_module(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    onboarding = "homeassistant.components.onboarding.async_is_onboarded"
    monkeypatch.setattr(onboarding, lambda _: True)
    yaml = {"frontend": {}, "lovelace": {"resource_mode": "yaml", "resources": []}}
    for component in ("lovelace", "frontend"):
        assert await async_setup_component(hass, component, yaml)
    await add(hass, entry)
    extra = hass.data[DATA_EXTRA_MODULE_URL]
    assert f"{CARD_URL}?v=0.1.0" in extra.urls
    page = await (await (await hass_client()).get("/")).text()
    assert f'import("{CARD_URL}?v=0.1.0")' in page
    await hass.config_entries.async_remove(entry.entry_id)
    assert not [url for url in extra.urls if CARD_URL in url]


async def test_covers_are_drawn_where_there_are_none(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def none(album_id: str) -> None:
        assert album_id == ALBUM

    monkeypatch.setattr(loaded.runtime_data.covers, "get", none)
    path = f"/api/music_agregator/cover/{ALBUM}"
    answer = await (await hass_client()).get(path)
    assert (answer.status, answer.content_type) == (200, "image/svg+xml")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'"
    assert (await (await hass_client_no_auth()).get(path)).status == 401

    async def late(_: str) -> None:
        raise TimeoutError

    monkeypatch.setattr(loaded.runtime_data.covers, "get", late)
    answer = await (await hass_client()).get(path)
    assert (answer.status, answer.content_type) == (200, "image/svg+xml")
    assert answer.headers["Cache-Control"] == "no-store"


async def test_covers_go_with_the_entry(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    folder = covers_folder(hass)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ALBUM).write_bytes(b"picture")
    await hass.config_entries.async_remove(loaded.entry_id)
    assert not folder.exists()


async def test_the_albums_on_show_and_what_comes_after(
    hass: HomeAssistant,
    act: Act,
    client: FakeTorrentClient,
    hass_ws_client: WebSocketGenerator,
) -> None:
    client.step = 0.0
    await act("monitor_album", album_id=ALBUM, quality="lossless")
    await until(lambda: bool(client.torrents))
    socket = await hass_ws_client(hass)

    async def ask(kind: str, **values: Any) -> dict[str, Any]:
        await socket.send_json_auto_id({"type": f"music_agregator/{kind}", **values})
        while True:
            answer: dict[str, Any] = await socket.receive_json()
            if answer["type"] == "result":
                return answer

    known = (await ask("albums"))["result"]
    (album,) = known["albums"]
    assert (album["artist"], album["album"]) == ("The Paper Lanterns", "Glass Harbour")
    assert album["found"] == "FLAC"
    assert album["chosen"] == 1
    assert album["step"] == album["status"]
    assert album["began_at"] < album["at"]
    refused = await ask("dismiss", run_id=album["run_id"])
    assert not refused["success"]
    await ask(
        "subscribe",
        since_seq=known["seq"],
        store_id=known["store_id"],
        live=True,
    )
    (torrent,) = client.torrents.values()
    torrent["progress"] = 0.07
    progress = None
    while progress is None or progress["percent"] != 7:
        message = (await socket.receive_json())["event"]
        if message["type"] == "progress":
            progress = message
        elif message["type"] == "event":
            assert message["event"]["seq"] > known["seq"]
    assert progress["run_id"] == album["run_id"]
    client.step = 0.5
    await until_ended(hass)
    other = await hass_ws_client(hass)
    await other.send_json_auto_id(
        {"type": "music_agregator/dismiss", "run_id": album["run_id"]}
    )
    assert (await other.receive_json())["success"]
    while message["type"] != "gone":
        message = (await socket.receive_json())["event"]
    assert message["run_id"] == album["run_id"]
    assert (await ask("albums"))["result"]["albums"] == []
    # Nor does it come back.
    entry = hass.config_entries.async_entries("music_agregator")[0]
    assert await hass.config_entries.async_reload(entry.entry_id)
    again = (await ask("albums"))["result"]
    assert again["albums"] == []
    # A later subscriber no longer hears of it.
    assert again["seq"] == await entry.runtime_data.app.history.head()
    assert hass.states.get("sensor.the_paper_lanterns_glass_harbour_status") is None
