"""The entities, and what becomes of them over a reload."""

import asyncio
from datetime import timedelta
from functools import partial
from unittest.mock import patch

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.music_agregator.const import DOMAIN
from custom_components.music_agregator.core.errors import (
    ClientUnavailableError,
    RunEndedError,
)
from sandbox import catalogue as c
from sandbox.musicbrainz import MusicBrainz
from sandbox.torznab import Torznab
from tests.fakes import FakeTorrentClient, ManualClock
from tests.helpers import until

from .helpers import Act, shows, state, until_ended

ACTIVE = "sensor.music_agregator_active_workflows"
STATUS = "sensor.music_agregator_latest_status"
PROGRESS = "sensor.music_agregator_download_progress"
EVENT = "event.music_agregator_status"
GLASS = "the_paper_lanterns_glass_harbour"
NAEVE = "angstrom_sohne_naeve_ca_ira"


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
    async with asyncio.timeout(30):
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
    async with asyncio.timeout(30):
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


def everything(hass: HomeAssistant, entry_id: str) -> dict[str, object]:
    """Every state of ours, with its attributes, by its entity's id."""
    registry = er.async_get(hass)
    return {
        one.entity_id: (state(hass, one.entity_id).state, dict(found.attributes))
        for one in er.async_entries_for_config_entry(registry, entry_id)
        if (found := state(hass, one.entity_id))
    }


@pytest.mark.long
async def test_they_are_the_same_after_a_reload(
    hass: HomeAssistant, act: Act, loaded: MockConfigEntry, client: FakeTorrentClient
) -> None:
    await act("monitor_album", album_id=c.TIN_WEATHER.album_id, quality="hi_res")
    await until_ended(hass)
    await act(
        "monitor_album",
        album_id=c.GLASS_HARBOUR.album_id,
        quality="any",
        mode="interactive",
    )
    await until(
        lambda: state(hass, f"sensor.{GLASS}_status").state == "awaiting_selection"
    )
    client.step = 0.0
    await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until(lambda: state(hass, STATUS).state == "downloading")
    (torrent,) = client.torrents.values()
    torrent["progress"] = 0.07
    await until(lambda: state(hass, f"sensor.{NAEVE}_progress").state == "7")
    # The announcer has a pace of its own.
    await until(lambda: state(hass, EVENT).attributes["event_type"] == "downloading")
    await hass.async_block_till_done()
    before = everything(hass, loaded.entry_id)
    assert len(before) == 9 + 3 * 5 + 1
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await until(lambda: everything(hass, loaded.entry_id) == before)


async def test_an_album_has_a_device_while_it_is_of_interest(
    hass: HomeAssistant,
    act: Act,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    clock: ManualClock,
    device_registry: dr.DeviceRegistry,
) -> None:
    client.step = 0.0
    answer = await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until(lambda: hass.states.get(f"sensor.{NAEVE}_status"))
    await until(lambda: state(hass, f"sensor.{NAEVE}_status").state == "downloading")
    device = next(d for d in devices(hass, loaded) if "Næve" in (d.name or ""))
    assert device.name == "Ångström & Söhne - Næve: Ça Ira!"
    assert device.model == "Any"
    service = device_registry.async_get_device_by_identifier(
        (DOMAIN, loaded.entry_id), loaded.entry_id
    )
    assert service is not None
    assert device.via_device_id == service.id
    attributes = state(hass, f"sensor.{NAEVE}_status").attributes
    assert (attributes["run_id"], attributes["quality"]) == (answer["run_id"], "any")
    assert state(hass, f"button.{NAEVE}_cancel").state == "unknown"
    assert state(hass, f"button.{NAEVE}_try_again").state == "unavailable"
    assert hass.states.get(f"select.{NAEVE}_release") is None
    await press(hass, f"button.{NAEVE}_cancel")
    await until(lambda: state(hass, f"sensor.{NAEVE}_status").state == "cancelled")
    assert (
        "Cancelled on request"
        in state(hass, f"sensor.{NAEVE}_status").attributes["reason"]
    )
    assert state(hass, f"button.{NAEVE}_cancel").state == "unavailable"
    client.step = 0.5
    await press(hass, f"button.{NAEVE}_try_again")
    await until(lambda: state(hass, f"sensor.{NAEVE}_status").state == "downloaded")
    await until(lambda: state(hass, f"sensor.{NAEVE}_progress").state == "100")
    assert state(hass, f"button.{NAEVE}_try_again").state == "unavailable"
    # The same device all along, and it goes with its entities a day after the end.
    assert [d.id for d in devices(hass, loaded) if "Næve" in (d.name or "")] == [
        device.id
    ]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=23))
    await hass.async_block_till_done()
    assert hass.states.get(f"sensor.{NAEVE}_status")
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=25))
    await hass.async_block_till_done()
    assert hass.states.get(f"sensor.{NAEVE}_status") is None
    assert all("Næve" not in (d.name or "") for d in devices(hass, loaded))
    # Nor does it come back by itself.
    clock.advance(90_000)
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert all("Næve" not in (d.name or "") for d in devices(hass, loaded))


async def test_a_device_whose_time_came_while_nobody_looked_goes(
    hass: HomeAssistant, act: Act, loaded: MockConfigEntry, clock: ManualClock
) -> None:
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until_ended(hass)
    assert len(devices(hass, loaded)) == 3
    await hass.config_entries.async_unload(loaded.entry_id)
    clock.advance(90_000)
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()
    assert len(devices(hass, loaded)) == 2


async def test_an_album_without_a_name_yet_is_renamed(
    hass: HomeAssistant,
    act: Act,
    loaded: MockConfigEntry,
    clock: ManualClock,
    musicbrainz: MusicBrainz,
) -> None:
    musicbrainz.is_away = True
    asking = asyncio.create_task(
        act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    )
    await clock.until_waiting(8)
    clock.advance(10)
    await asking
    short = f"Album {c.NAEVE.album_id[:8]}"
    await until(lambda: any(d.name == short for d in devices(hass, loaded)))
    musicbrainz.is_away = False
    async with asyncio.timeout(30):
        while not any("Næve" in (d.name or "") for d in devices(hass, loaded)):
            clock.advance(70)
            await asyncio.sleep(0.01)
    await until_ended(hass)


async def test_a_choice_is_made_in_the_select(
    hass: HomeAssistant, act: Act, loaded: MockConfigEntry
) -> None:
    await act(
        "monitor_album",
        album_id=c.GLASS_HARBOUR.album_id,
        quality="any",
        mode="interactive",
    )
    select = f"select.{GLASS}_release"
    await until(lambda: hass.states.get(select))
    await until(lambda: state(hass, select).state == "unknown")
    first, second, none = state(hass, select).attributes["options"]
    assert first.startswith("1. FLAC · 7 MB · 14 seeders · The Paper Lanterns")
    assert none == "none"
    await hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": select, "option": second},
        blocking=True,
    )
    await until(lambda: state(hass, select).state == "unavailable")
    await until_ended(hass)
    events = (await act("get_events"))["events"]
    picked = next(e for e in events if e["status"] == "adding_torrent")
    assert (picked["data"]["rank"], picked["data"]["chosen_by"]) == (2, "person")


async def test_none_of_them_is_a_choice(
    hass: HomeAssistant, act: Act, loaded: MockConfigEntry
) -> None:
    await act(
        "monitor_album",
        album_id=c.GLASS_HARBOUR.album_id,
        quality="any",
        mode="interactive",
    )
    select = f"select.{GLASS}_release"
    await until(lambda: hass.states.get(select))
    await until(lambda: state(hass, select).state == "unknown")
    await hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": select, "option": "none"},
        blocking=True,
    )
    await until_ended(hass)
    assert state(hass, f"sensor.{GLASS}_status").state == "not_found"


async def test_what_answers_is_seen(
    hass: HomeAssistant,
    act: Act,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    indexer: Torznab,
    clock: ManualClock,
) -> None:
    sensors = (
        "binary_sensor.music_agregator_qbittorrent",
        "binary_sensor.sandbox_connectivity",
    )
    for sensor in sensors:
        await until(partial(shows, hass, sensor, "on"))
    client.error = ClientUnavailableError("no answer")
    indexer.api_key = "changed"
    await clock.until_waiting(45)
    clock.advance(3_601)
    for sensor, error in zip(
        sensors, ("client_unavailable", "indexer_auth"), strict=True
    ):
        await until(partial(shows, hass, sensor, "off"))
        assert state(hass, sensor).attributes["error"] == error
    client.error = None
    await clock.until_waiting(45)
    clock.advance(46)
    await until(lambda: state(hass, sensors[0]).state == "on")
    device = next(d for d in devices(hass, loaded) if d.name == "Sandbox")
    (subentry_id,) = loaded.subentries
    assert device.config_subentry_id == subentry_id


async def test_the_wanted_and_the_downloads_are_counted(
    hass: HomeAssistant, act: Act, client: FakeTorrentClient
) -> None:
    client.step = 0.0
    await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until(
        lambda: state(hass, "sensor.music_agregator_downloads_in_progress").state == "1"
    )
    assert state(hass, "sensor.music_agregator_wanted_albums").state == "0"
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until(
        lambda: state(hass, "sensor.music_agregator_wanted_albums").state == "1"
    )


async def test_the_event_entity_tells_every_status(
    hass: HomeAssistant, act: Act, client: FakeTorrentClient
) -> None:
    entity = "event.music_agregator_status"
    told: list[str] = []

    @callback
    def follow(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if new is not None:
            told.append(new.attributes["event_type"])

    async_track_state_change_event(hass, entity, follow)
    client.step = 1.0
    answer = await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until(lambda: told[-1:] == ["downloaded"])
    events = (await act("get_events", run_id=answer["run_id"]))["events"]
    assert told == [event["status"] for event in events]
    attributes = state(hass, entity).attributes
    assert attributes["album"] == "Næve: Ça Ira!"
    assert attributes["seq"] == events[-1]["seq"]


async def test_an_error_of_a_button_is_translated(
    hass: HomeAssistant, act: Act, loaded: MockConfigEntry, client: FakeTorrentClient
) -> None:
    client.step = 0.0
    answer = await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until(lambda: state(hass, STATUS).state == "downloading")
    with (
        patch.object(
            loaded.runtime_data.app,
            "cancel",
            side_effect=RunEndedError(run_id=answer["run_id"]),
        ),
        pytest.raises(ServiceValidationError) as caught,
    ):
        await press(hass, f"button.{NAEVE}_cancel")
    assert caught.value.translation_key == "run_ended"


async def press(hass: HomeAssistant, entity_id: str) -> None:
    await hass.services.async_call(
        "button", "press", {"entity_id": entity_id}, blocking=True
    )


def devices(hass: HomeAssistant, entry: MockConfigEntry) -> list[dr.DeviceEntry]:
    return dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
