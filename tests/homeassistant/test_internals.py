"""What Home Assistant does not promise may go: one feature is lost, and somebody says so."""

import sys
from types import SimpleNamespace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.music_agregator.bridge import ha_internals
from custom_components.music_agregator.bridge.ha_internals import Feature
from custom_components.music_agregator.bridge.permissions import async_is_exposed
from custom_components.music_agregator.const import DOMAIN
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient, ManualClock
from tests.helpers import until

from .helpers import Act, until_ended

PARTS = {
    "homeassistant.components.lovelace.resources": Feature.CARD,
    "homeassistant.components.lovelace.const": Feature.CARD,
    "homeassistant.components.conversation.agent_manager": Feature.SENTENCES,
    "homeassistant.components.http.auth": Feature.COVERS,
}


@pytest.mark.parametrize("part", PARTS)
async def test_a_part_that_has_gone_takes_one_feature_with_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    part: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for component in ("homeassistant", "conversation", "http"):
        assert await async_setup_component(hass, component, {})
    monkeypatch.setitem(sys.modules, part, None)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await hass.services.async_call(
        DOMAIN,
        "monitor_album",
        {"album_id": c.GLASS_HARBOUR.album_id, "quality": "lossless"},
        blocking=True,
    )
    await until_ended(hass)
    (album,) = entry.runtime_data.albums
    assert album.status == "downloaded"
    album.has_cover = True
    assert (album.cover is None) == (PARTS[part] is Feature.COVERS)
    lost = {
        issue_id
        for domain, issue_id in ir.async_get(hass).issues
        if domain == DOMAIN and issue_id.startswith("feature_lost")
    }
    assert lost == {PARTS[part]}
    lines = [one for one in caplog.records if "does not work" in one.getMessage()]
    assert len(lines) == 1


async def test_an_assistant_of_which_nothing_is_known_sees_nothing(
    hass: HomeAssistant, loaded: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = "homeassistant.components.homeassistant.exposed_entities"
    monkeypatch.setitem(sys.modules, part, None)
    assert not async_is_exposed(hass, loaded, "conversation")
    assert async_is_exposed(hass, loaded, None)
    assert (DOMAIN, Feature.ASSISTANTS) in ir.async_get(hass).issues


async def test_another_shape_is_no_better_than_none(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = SimpleNamespace(async_get=lambda _: object())
    monkeypatch.setattr(ha_internals, "dr", another)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    async_fire_time_changed(hass, fire_all=True)
    await hass.async_block_till_done()
    issues = ir.async_get(hass).issues
    assert (DOMAIN, Feature.REGISTRIES) in issues


def records(hass: HomeAssistant) -> tuple[int, int]:
    """How many devices and entities the registries remember, there or deleted."""
    devices: Any = dr.async_get(hass)
    entities = er.async_get(hass)
    return (
        len(devices.devices) + len(devices._deleted_devices),  # noqa: SLF001
        len(entities.entities) + len(entities.deleted_entities),
    )


@pytest.mark.long
async def test_albums_that_come_and_go_leave_nothing_behind(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    clock: ManualClock,
    act: Act,
) -> None:
    async_fire_time_changed(hass, fire_all=True)
    await hass.async_block_till_done()
    before = records(hass)
    for album in (c.GLASS_HARBOUR, c.TIN_WEATHER, c.SLOW_CARTOGRAPHY, c.NAEVE):
        answer = await act("monitor_album", album_id=album.album_id, quality="any")
        await until_ended(hass)
        assert records(hass) > before
        runtime = loaded.runtime_data
        await runtime.app.history.dismiss(answer["run_id"])
        runtime.albums.async_dismiss(answer["run_id"])
        await hass.async_block_till_done()
        async_fire_time_changed(hass, fire_all=True)
        await hass.async_block_till_done()
        assert records(hass) == before


async def test_without_the_option_an_album_has_no_entities(
    hass: HomeAssistant, entry: MockConfigEntry, client: FakeTorrentClient
) -> None:
    options = {**entry.options, "upkeep": {**entry.options["upkeep"]}}
    options["upkeep"]["album_entities"] = False
    hass.config_entries.async_update_entry(entry, options=options, version=3)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    before = records(hass)
    client.step = 0.0
    await hass.services.async_call(
        DOMAIN,
        "monitor_album",
        {"album_id": c.GLASS_HARBOUR.album_id, "quality": "lossless"},
        blocking=True,
    )
    await until(lambda: client.torrents)
    await hass.async_block_till_done()
    assert records(hass) == before
    assert [album.name for album in entry.runtime_data.albums] == [
        "The Paper Lanterns - Glass Harbour"
    ]
    latest = hass.states.get("sensor.music_agregator_latest_status")
    assert latest is not None
    assert latest.attributes["album"] == "Glass Harbour"


async def test_what_qbittorrent_told_is_unavailable_while_it_is_away(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    clock: ManualClock,
    act: Act,
) -> None:
    client.step = 0.0
    await act("monitor_album", album_id=c.GLASS_HARBOUR.album_id, quality="lossless")
    await until(
        lambda: [r.status for r in loaded.runtime_data.app.live_runs] == ["downloading"]
    )
    await hass.async_block_till_done()

    def states() -> dict[str, str]:
        names = ("progress", "time_left", "download_progress", "status")
        return {
            state.entity_id: state.state
            for state in hass.states.async_all("sensor")
            if state.entity_id.endswith(names)
        }

    assert "unavailable" not in states().values()
    client.go_away()
    await until(lambda: loaded.runtime_data.app.client_health.is_up is False)
    await hass.async_block_till_done()
    away = {name for name, value in states().items() if value == "unavailable"}
    assert len(away) == 3
    assert not any(name.endswith("status") for name in away)
    client.error = None
    clock.advance(60.0)
    await until(lambda: loaded.runtime_data.app.client_health.is_up)
    await hass.async_block_till_done()
    assert "unavailable" not in states().values()


async def test_namesakes_are_told_apart(
    hass: HomeAssistant, loaded: MockConfigEntry, client: FakeTorrentClient
) -> None:
    runtime = loaded.runtime_data
    client.step = 0.0
    for album in (c.GLASS_HARBOUR, c.TIN_WEATHER):
        await hass.services.async_call(
            DOMAIN,
            "monitor_album",
            {"album_id": album.album_id, "quality": "any"},
            blocking=True,
        )
    await until_album(runtime)
    first, second = runtime.albums
    assert runtime.albums.label(first) == first.name
    second.artist, second.title = first.artist, first.title
    assert runtime.albums.label(second) == f"{first.name} ({second.release_date[:4]})"
    assert runtime.albums.label(first) != runtime.albums.label(second)


async def until_album(runtime: Any) -> None:
    await until(lambda: all(album.release_date for album in runtime.albums))
