"""What Home Assistant's own pages say of us: logbook, system health, diagnostics."""

import asyncio

from homeassistant.components.logbook import DOMAIN as LOGBOOK
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    get_system_health_info,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.music_agregator.const import DOMAIN, EVENT_STATUS
from custom_components.music_agregator.core.errors import ClientUnavailableError
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient, ManualClock
from tests.helpers import until

from .helpers import Act, state, until_ended


@pytest.mark.parametrize(
    ("language", "done", "going"),
    [
        ("en", "Downloaded", "Downloading 50 %"),
        ("de", "Heruntergeladen", "Lädt herunter 50 %"),
    ],
)
async def test_the_logbook_speaks_in_words(
    hass: HomeAssistant,
    act: Act,
    hass_ws_client: WebSocketGenerator,
    client: FakeTorrentClient,
    language: str,
    done: str,
    going: str,
) -> None:
    hass.config.language = language
    await async_get_translations(hass, language, "entity", [DOMAIN])
    start = dt_util.utcnow().isoformat()
    assert await async_setup_component(hass, LOGBOOK, {})
    fired = async_capture_events(hass, EVENT_STATUS)
    for album in (c.GLASS_HARBOUR, c.UNHEARD):
        await act("monitor_album", album_id=album.album_id, quality="lossless")
        await until_ended(hass)
    await until(lambda: fired[-1].data["status"] == "not_found")
    hass.bus.async_fire(EVENT_STATUS, {"status": "brand_new"})
    await async_wait_recording_done(hass)
    socket = await hass_ws_client(hass)
    await socket.send_json_auto_id({"type": "logbook/get_events", "start_time": start})
    entries = (await socket.receive_json())["result"]
    ours = [entry for entry in entries if entry.get("domain") == DOMAIN]
    messages = [(entry["name"], entry["message"]) for entry in ours]
    assert ("The Paper Lanterns - Glass Harbour", done) in messages
    assert ("The Paper Lanterns - Glass Harbour", going) in messages
    *_, (name, message), last = messages
    assert name == "Ferro Mere - The Unheard Side"
    assert "No indexer has this album" in message
    assert last == ("Music Agregator", "brand new")


async def info(hass: HomeAssistant) -> dict[str, object]:
    found = await get_system_health_info(hass, DOMAIN)
    return {
        key: await value if asyncio.iscoroutine(value) else value
        for key, value in found.items()
    }


async def test_system_health(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    act: Act,
    client: FakeTorrentClient,
    clock: ManualClock,
    aioclient_mock: AiohttpClientMocker,
) -> None:
    await until(lambda: state(hass, "binary_sensor.sandbox_connectivity").state == "on")
    aioclient_mock.get(loaded.options["upkeep"]["musicbrainz_url"], text="")
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    assert await info(hass) == {
        "is_loaded": True,
        "musicbrainz": "ok",
        "qbittorrent": "ok",
        "indexers": 1,
        "indexers_down": 0,
        "active_workflows": 0,
        "events": 0,
    }
    client.error = ClientUnavailableError("no answer")
    await clock.until_waiting(45)
    clock.advance(46)
    sensor = "binary_sensor.music_agregator_qbittorrent"
    await until(lambda: state(hass, sensor).state == "off")
    assert (await info(hass))["qbittorrent"] == {
        "type": "failed",
        "error": "client_unavailable",
    }
    await hass.config_entries.async_unload(loaded.entry_id)
    assert await info(hass) == {"is_loaded": False}
