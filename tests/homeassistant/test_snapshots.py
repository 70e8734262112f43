"""Snapshots of entities, devices, diagnostics and every action's response."""

import re
from typing import Any

from homeassistant.components.diagnostics import DOMAIN as DIAGNOSTICS
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from custom_components.music_agregator.services import SERVICES
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient
from tests.helpers import until

from .helpers import Act, state, until_ended

# What is another in every run of the tests.
_ULID = re.compile(r"(?<![0-9A-Z])01[0-9A-HJKMNP-TV-Z]{24}(?![0-9A-Z])")
_HEX = re.compile(r"\b[0-9a-f]{32}\b")
_PORT = re.compile(r"127\.0\.0\.1:\d+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+\d\d:\d\d")
_TIMES = {
    "at",
    "created_at",
    "modified_at",
    "next_search_at",
    "seconds",
    "since",
    "until",
    "updated_at",
}


def steady(value: Any, name: str = "") -> Any:
    """Return a value without what is another every time."""
    if isinstance(value, dict):
        return {
            steady(key): steady(one, str(key))
            for key, one in sorted(value.items(), key=lambda item: str(item[0]))
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [steady(one) for one in value]
    if name in _TIMES and value is not None:
        return "TIME"
    if isinstance(value, str):
        for pattern, word in (
            (_ULID, "ULID"),
            (_HEX, "HEX"),
            (_PORT, "ADDRESS"),
            (_TIME, "TIME"),
        ):
            value = pattern.sub(word, value)
    return value


@pytest.fixture
async def busy(
    hass: HomeAssistant, act: Act, loaded: MockConfigEntry, client: FakeTorrentClient
) -> dict[str, str]:
    """One of each: had, not found, asked about, and on its way."""
    ids = {}
    for album, quality in ((c.GLASS_HARBOUR, "lossless"), (c.UNHEARD, "any")):
        answer = await act("monitor_album", album_id=album.album_id, quality=quality)
        ids[album.title] = answer["run_id"]
        await until_ended(hass)
    asked = await act(
        "monitor_album",
        album_id=c.SLOW_CARTOGRAPHY.album_id,
        quality=["hi_res", "lossless"],
        mode="interactive",
    )
    ids["asked"] = asked["run_id"]
    select = "select.ferro_mere_slow_cartography_release"
    await until(lambda: hass.states.get(select))
    client.step = 0.0
    await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until(
        lambda: (
            state(hass, "sensor.music_agregator_latest_status").state == "downloading"
        )
    )
    await until(lambda: state(hass, "binary_sensor.sandbox_connectivity").state == "on")
    await hass.async_block_till_done()
    return ids


async def test_entities_and_devices(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    busy: dict[str, str],
    snapshot: SnapshotAssertion,
) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), loaded.entry_id)
    shown = {}
    for entity in sorted(entities, key=lambda one: one.entity_id):
        state = hass.states.get(entity.entity_id)
        assert state is not None
        shown[entity.entity_id] = {
            "unique_id": entity.unique_id,
            "translation_key": entity.translation_key,
            "category": entity.entity_category,
            "state": state.state,
            "attributes": dict(state.attributes),
        }
    assert steady(shown) == snapshot(name="entities")
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)
    told = {
        device.name: {
            "identifiers": list(device.identifiers),
            "model": device.model,
            "entry_type": device.entry_type,
            "configuration_url": device.configuration_url,
            "has_parent": device.via_device_id is not None,
        }
        for device in devices
    }
    assert steady(told) == snapshot(name="devices")


async def test_diagnostics(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    busy: dict[str, str],
    hass_client: ClientSessionGenerator,
    snapshot: SnapshotAssertion,
) -> None:
    assert await async_setup_component(hass, DIAGNOSTICS, {})
    found = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert steady(found) == snapshot


async def test_every_response(
    hass: HomeAssistant, act: Act, busy: dict[str, str], snapshot: SnapshotAssertion
) -> None:
    asked = {"run_id": busy["asked"]}
    names = {"artist": "Ferro Mere", "album": "Slow Cartography"}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("search_album", {"album": "Glass Harbour"}),
        ("search_releases", {**names, "quality": "hi_res"}),
        ("monitor_album", {"album_id": c.NAEVE.album_id, "quality": "any"}),
        ("get_runs", {"limit": 2, "offset": 1}),
        ("get_events", {"run_id": busy["Glass Harbour"], "limit": 6}),
        ("get_candidates", {**asked, "limit": 1, "offset": 1}),
        ("select_release", {**asked, "rank": 2}),
        ("cancel", {**asked, "delete_files": True}),
        ("retry", {"run_id": busy["The Unheard Side"]}),
    ]
    assert {name for name, _ in calls} == {name for name, *_ in SERVICES}
    for name, data in calls:
        answer = await act(name, **data)
        # Other runs go on meanwhile.
        answer.pop("seq", None)
        assert steady(answer) == snapshot(name=name)
