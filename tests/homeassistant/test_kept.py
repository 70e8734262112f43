"""What version 0.1.0 left behind is opened as it was: database, entry, registries, list.

Made by that version in the story that `tests/kept/README.md` tells.
"""

from collections.abc import AsyncIterator
import gzip
import json
from typing import Any

from homeassistant.components.websocket_api import DOMAIN as WEBSOCKET
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    RegistryEntryWithDefaults,
    async_capture_events,
    mock_device_registry,
    mock_registry,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
from sqlalchemy import Connection

from custom_components.music_agregator import condition, trigger
from custom_components.music_agregator.bridge.recorder_database import RecorderDatabase
from custom_components.music_agregator.config.options import OPTIONS_SCHEMA
from custom_components.music_agregator.const import DOMAIN, EVENT_STATUS
from custom_components.music_agregator.core.store.tables import METADATA
from custom_components.music_agregator.services import SERVICES
from tests.fakes import FakeTorrentClient, ManualClock
from tests.helpers import until
from tests.servers import ROOT

from .conftest import Addresses

FOLDER = ROOT / "tests/kept"
KEPT: dict[str, Any] = json.loads(
    gzip.decompress((FOLDER / "home_assistant.json.gz").read_bytes())
)


def write_tables(connection: Connection) -> None:
    """Write the tables as that version left them."""
    dumped = gzip.decompress((FOLDER / "recorder.sql.gz").read_bytes()).decode()
    for statement in dumped.split(";\n"):
        connection.exec_driver_sql(statement)


def device(entry: MockConfigEntry, one: dict[str, Any]) -> dr.DeviceEntry:
    identifiers: Any = {tuple(identifier) for identifier in one["identifiers"]}
    return dr.DeviceEntry(
        id=one["id"],
        config_entry_id=entry.entry_id,
        config_subentry_id=one["config_subentry_id"],
        identifiers=identifiers,
        name=one["name"],
        via_device_id=one["via_device_id"],
    )


@pytest.fixture
async def kept(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    addresses: Addresses,
    client: FakeTorrentClient,
    clock: ManualClock,
) -> AsyncIterator[MockConfigEntry]:
    """An entry of that version, with all that it had; not set up yet."""
    old = KEPT["entry"]
    clock.advance(KEPT["now"] - clock.now())
    client.torrents = KEPT["torrents"]
    client.step = 0.0
    hass_storage.update(KEPT["storage"])
    (subentry,) = old["subentries"]
    entry = MockConfigEntry(
        domain=DOMAIN,
        entry_id=old["entry_id"],
        title=old["title"],
        data=old["data"],
        options={
            **old["options"],
            "upkeep": {"musicbrainz_url": addresses.musicbrainz},
        },
        version=old["version"],
        minor_version=old["minor_version"],
        subentries_data=[
            ConfigSubentryDataWithId(
                data={**subentry["data"], "url": addresses.torznab},
                subentry_id=subentry["subentry_id"],
                subentry_type=subentry["subentry_type"],
                title=subentry["title"],
                unique_id=addresses.torznab,
            )
        ],
    )
    entry.add_to_hass(hass)
    mock_device_registry(
        hass,
        {one["id"]: device(entry, one) for one in KEPT["devices"]},
    )
    mock_registry(
        hass,
        {
            one["entity_id"]: RegistryEntryWithDefaults(
                entity_id=one["entity_id"],
                id=one["id"],
                unique_id=one["unique_id"],
                platform=one["platform"],
                config_entry_id=entry.entry_id,
                config_subentry_id=one["config_subentry_id"],
                device_id=one["device_id"],
                disabled_by=one["disabled_by"]
                and er.RegistryEntryDisabler(one["disabled_by"]),
            )
            for one in KEPT["entities"]
        },
    )
    await RecorderDatabase(hass).write(write_tables)
    yield entry
    clock.fly()
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def opened(hass: HomeAssistant, kept: MockConfigEntry) -> MockConfigEntry:
    """The entry, set up by this version."""
    assert await hass.config_entries.async_setup(kept.entry_id)
    await hass.async_block_till_done()
    return kept


async def ask(hass: HomeAssistant, action: str, **data: Any) -> dict[str, Any]:
    response = await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True
    )
    assert response is not None
    return dict(response)


def number(state: str) -> float | str:
    """A state as a number, if it is one: the registry's options only format it."""
    try:
        return float(state)
    except ValueError:
        return state


async def test_entities_and_devices_keep_their_ids(
    hass: HomeAssistant, opened: MockConfigEntry
) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), opened.entry_id)
    assert {(e.entity_id, e.unique_id, e.id, e.device_id) for e in entities} == {
        (e["entity_id"], e["unique_id"], e["id"], e["device_id"])
        for e in KEPT["entities"]
    }
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), opened.entry_id)
    assert {(d.id, *sorted(d.identifiers)) for d in devices} == {
        (d["id"], *sorted((DOMAIN, name) for _, name in d["identifiers"]))
        for d in KEPT["devices"]
    }
    for entity_id, before in KEPT["states"].items():
        state = hass.states.get(entity_id)
        assert state is not None, entity_id
        if entity_id.startswith("event."):
            # Without the restored state, which Home Assistant keeps, it begins empty.
            continue
        assert sorted(state.attributes) == before["attributes"], entity_id
        # Whether a service answers is found out again.
        if not entity_id.startswith("binary_sensor."):
            assert number(state.state) == number(before["state"]), entity_id


async def test_every_response_is_as_it_was(
    hass: HomeAssistant, opened: MockConfigEntry
) -> None:
    shown = KEPT["shown"]
    assert await ask(hass, "get_runs") == shown["get_runs"]
    assert await ask(hass, "get_events", limit=500) == shown["get_events"]
    for run_id, before in shown["get_candidates"].items():
        assert await ask(hass, "get_candidates", run_id=run_id) == before


async def test_the_card_and_the_list_show_the_same(
    hass: HomeAssistant, opened: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    socket = await hass_ws_client(hass)
    await socket.send_json({"id": 1, "type": "music_agregator/albums"})
    albums = (await socket.receive_json())["result"]
    before = KEPT["shown"]["albums"]
    assert albums.keys() == {*before, "may_ask"}
    assert albums["albums"] == before["albums"]
    items = await hass.services.async_call(
        "todo",
        "get_items",
        {"entity_id": [*KEPT["shown"]["todo"]]},
        blocking=True,
        return_response=True,
    )
    assert items == KEPT["shown"]["todo"]


async def test_what_was_live_goes_on_and_nothing_is_told_twice(
    hass: HomeAssistant, opened: MockConfigEntry, client: FakeTorrentClient
) -> None:
    fired = async_capture_events(hass, EVENT_STATUS)
    (asking,) = [
        run
        for run in KEPT["shown"]["get_runs"]["runs"]
        if run["status"] == "awaiting_selection"
    ]
    client.step = 0.5
    await ask(hass, "select_release", run_id=asking["run_id"], rank=1)
    await until(lambda: not opened.runtime_data.app.live_runs)
    runs = (await ask(hass, "get_runs"))["runs"]
    assert [run["status"] for run in runs] == [
        "downloaded",
        "downloaded",
        "cancelled",
        "not_found",
        "downloaded",
    ]
    told = KEPT["shown"]["get_events"]["events"][-1]["seq"]
    await until(lambda: fired and fired[-1].data["seq"] == runs[0]["seq"])
    assert min(event.data["seq"] for event in fired) == told + 1


async def test_the_interface_is_the_same(
    hass: HomeAssistant, opened: MockConfigEntry
) -> None:
    """Actions, options, triggers, conditions, commands, tables: what there was is there."""
    found: dict[str, Any] = {
        "services": {
            name: sorted(str(key) for key in schema.schema)
            for name, _, schema, _ in SERVICES
        },
        "options": {
            str(name): sorted(str(field) for field in form.schema.schema)
            for name, form in OPTIONS_SCHEMA.schema.items()
        },
        "tables": {
            table.name: sorted(column.name for column in table.columns)
            for table in METADATA.sorted_tables
        },
        "triggers": sorted(await trigger.async_get_triggers(hass)),
        "conditions": sorted(await condition.async_get_conditions(hass)),
        "websocket": sorted(
            name for name in hass.data[WEBSOCKET] if name.startswith(DOMAIN)
        ),
    }
    for part, before in KEPT["surface"].items():
        if isinstance(before, dict):
            for name, fields in before.items():
                assert set(fields) <= set(found[part][name])
        else:
            assert set(before) <= set(found[part])


def test_what_is_kept_is_small() -> None:
    for path in FOLDER.glob("*.gz"):
        assert path.stat().st_size < 100_000
