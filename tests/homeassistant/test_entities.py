"""The entities, and what becomes of them over a reload."""

import asyncio

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient

from .test_services import Act, until_ended

ACTIVE = "sensor.music_agregator_active_workflows"
STATUS = "sensor.music_agregator_latest_status"
PROGRESS = "sensor.music_agregator_download_progress"


def state(hass: HomeAssistant, entity_id: str) -> State:
    found = hass.states.get(entity_id)
    assert found is not None, hass.states.async_entity_ids()
    return found


async def test_they_follow_a_run(
    hass: HomeAssistant, act: Act, client: FakeTorrentClient
) -> None:
    assert [state(hass, e).state for e in (ACTIVE, STATUS, PROGRESS)] == [
        "0",
        "unknown",
        "unknown",
    ]
    client.step = 0.0
    await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    async with asyncio.timeout(10):
        while state(hass, STATUS).state != "downloading":
            await asyncio.sleep(0.005)
    assert state(hass, ACTIVE).state == "1"
    attributes = state(hass, STATUS).attributes
    assert attributes["album"] == "Næve: Ça Ira!"
    assert attributes["artist"] == "Ångström & Söhne"
    assert (attributes["quality"], attributes["seq"]) == ("any", 7)
    assert state(hass, PROGRESS).state == "0"
    (torrent,) = client.torrents.values()
    torrent["progress"] = 0.07
    async with asyncio.timeout(10):
        while state(hass, PROGRESS).state != "7":
            await asyncio.sleep(0.005)
    client.step = 0.5
    await until_ended(hass)
    assert [state(hass, e).state for e in (ACTIVE, STATUS, PROGRESS)] == [
        "0",
        "downloaded",
        "100",
    ]
    assert len(state(hass, STATUS).attributes["options"]) == 15
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until_ended(hass)
    assert state(hass, STATUS).state == "not_found"
    assert "No indexer has this album" in state(hass, STATUS).attributes["reason"]


async def test_they_are_the_same_after_a_reload(
    hass: HomeAssistant,
    act: Act,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    entity_registry: er.EntityRegistry,
) -> None:
    client.step = 0.0
    await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    async with asyncio.timeout(10):
        while state(hass, STATUS).state != "downloading":
            await asyncio.sleep(0.005)
    before = {e: state(hass, e).as_dict_json for e in (ACTIVE, STATUS, PROGRESS)}
    values = {
        e: (state(hass, e).state, dict(state(hass, e).attributes)) for e in before
    }
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    after = {e: (state(hass, e).state, dict(state(hass, e).attributes)) for e in before}
    assert after == values
    entries = er.async_entries_for_config_entry(entity_registry, loaded.entry_id)
    assert {entry.unique_id for entry in entries} == {
        f"{loaded.entry_id}_{key}"
        for key in ("active_workflows", "latest_status", "download_progress")
    }


async def test_they_belong_to_the_services_device(
    hass: HomeAssistant, loaded: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> None:
    (device,) = dr.async_entries_for_config_entry(device_registry, loaded.entry_id)
    assert device.entry_type is dr.DeviceEntryType.SERVICE
