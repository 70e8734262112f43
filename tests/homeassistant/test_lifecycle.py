"""Set up, reload, stop: runs go on, nothing lingers; and questions for a person."""

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from sqlalchemy import Connection, inspect

from custom_components.music_agregator.bridge.recorder_database import RecorderDatabase
from custom_components.music_agregator.const import DOMAIN
from custom_components.music_agregator.core.errors import StoreError
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient
from tests.helpers import run_tasks

from .helpers import Act, until_ended


async def until_downloading(entry: MockConfigEntry) -> None:
    async with asyncio.timeout(30):
        while [r.status for r in entry.runtime_data.app.live_runs] != ["downloading"]:
            await asyncio.sleep(0.005)


async def test_a_run_goes_on_over_a_reload(
    hass: HomeAssistant, act: Act, loaded: MockConfigEntry, client: FakeTorrentClient
) -> None:
    client.step = 0.0
    answer = await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until_downloading(loaded)
    assert await hass.config_entries.async_reload(loaded.entry_id)
    assert loaded.state is ConfigEntryState.LOADED
    client.step = 0.5
    await until_ended(hass)
    told = (await act("get_events", run_id=answer["run_id"]))["events"]
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    assert told[-1]["status"] == "downloaded"
    assert [t["added"] for t in client.torrents.values()] == [1]


async def test_a_stop_is_clean(
    hass: HomeAssistant, act: Act, loaded: MockConfigEntry, client: FakeTorrentClient
) -> None:
    """Entries are not unloaded when Home Assistant stops: the shutdown job is ours."""
    client.step = 0.0
    await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until_downloading(loaded)
    (task,) = run_tasks()
    await hass.async_stop(force=True)
    assert task.done()


async def test_set_up_waits_for_nobody(
    hass: HomeAssistant, entry: MockConfigEntry, client: FakeTorrentClient
) -> None:
    client.go_away()
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def fix(client: Any, issue_id: str, choice: str) -> dict[str, Any]:
    """Answer an issue as a person does in the browser."""
    answer = await client.post(
        "/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": issue_id}
    )
    assert answer.status == HTTPStatus.OK
    flow = await answer.json()
    assert flow["type"] == "menu"
    assert flow["menu_options"] == ["add_again", "give_up"]
    answer = await client.post(
        f"/api/repairs/issues/fix/{flow['flow_id']}", json={"next_step_id": choice}
    )
    assert answer.status == HTTPStatus.OK
    return await answer.json()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("choice", "status"), [("add_again", "downloaded"), ("give_up", "cancelled")]
)
async def test_the_only_torrent_that_is_gone_is_asked_about(
    hass: HomeAssistant,
    act: Act,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    hass_client: ClientSessionGenerator,
    issue_registry: ir.IssueRegistry,
    choice: str,
    status: str,
) -> None:
    assert await async_setup_component(hass, "repairs", {})
    client.step = 0.0
    answer = await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until_downloading(loaded)
    client.torrents.clear()
    issue_id = f"missing_torrent_{answer['run_id']}"
    async with asyncio.timeout(30):
        while issue_registry.async_get_issue(DOMAIN, issue_id) is None:
            await asyncio.sleep(0.005)
    issue = issue_registry.async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.translation_placeholders == {
        "artist": "Ångström & Söhne",
        "album": "Næve: Ça Ira!",
    }
    client.step = 0.5
    done = await fix(await hass_client(), issue_id, choice)
    assert done["type"] == "create_entry"
    await until_ended(hass)
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None
    (run,) = (await act("get_runs"))["runs"]
    assert run["status"] == status


async def test_nothing_is_left_after_a_removal(
    hass: HomeAssistant, act: Act, loaded: MockConfigEntry, client: FakeTorrentClient
) -> None:
    before = {*Path(hass.config.config_dir).rglob("*")}
    client.step = 0.0
    await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until_downloading(loaded)
    loaded.runtime_data.app.restored.emit()

    def tables(connection: Connection) -> list[str]:
        names = inspect(connection).get_table_names()
        return [name for name in names if name.startswith(DOMAIN)]

    database = RecorderDatabase(hass)
    assert len(await database.read(tables)) == 11
    await hass.config_entries.async_remove(loaded.entry_id)
    await hass.async_block_till_done()
    assert await database.read(tables) == []
    registries = (
        er.async_get(hass).entities.values(),
        iter(dr.async_get(hass).devices),
    )
    for entries in registries:
        assert not [one for one in entries if loaded.entry_id in str(one)]
    assert not [i for i in ir.async_get(hass).issues if i[0] == DOMAIN]
    assert not [
        state.entity_id
        for state in hass.states.async_all()
        if state.entity_id.split(".")[0]
        in {"binary_sensor", "button", "event", "select", "sensor"}
    ]
    left = {*Path(hass.config.config_dir).rglob("*")} - before
    assert not [path for path in left if DOMAIN in path.name]
    # The music is not ours to take away.
    assert len(client.torrents) == 1


@pytest.mark.long
async def test_disabled_and_enabled_again(
    hass: HomeAssistant, act: Act, loaded: MockConfigEntry, client: FakeTorrentClient
) -> None:
    client.step = 0.0
    await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until_downloading(loaded)
    set_disabled = hass.config_entries.async_set_disabled_by
    await set_disabled(loaded.entry_id, ConfigEntryDisabler.USER)
    assert loaded.state is ConfigEntryState.NOT_LOADED
    with pytest.raises(ServiceValidationError):
        await act("get_runs")
    await set_disabled(loaded.entry_id, None)
    await hass.async_block_till_done()
    client.step = 0.5
    await until_ended(hass)
    (run,) = (await act("get_runs"))["runs"]
    assert run["status"] == "downloaded"


async def test_a_store_that_goes_away_during_set_up(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(self: object, since: float) -> None:
        raise StoreError

    with monkeypatch.context() as patch:
        patch.setattr(
            "custom_components.music_agregator.core.events.history.History.recent_events",
            refuse,
        )
        assert not await hass.config_entries.async_setup(entry.entry_id)
    states = [entry.state]
    assert await hass.config_entries.async_reload(entry.entry_id)
    states.append(entry.state)
    assert states == [ConfigEntryState.SETUP_RETRY, ConfigEntryState.LOADED]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_set_up_that_fails_late_leaves_no_run_behind(
    hass: HomeAssistant,
    act: Act,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Or the next set-up would have every run twice."""

    async def break_down(*_: object) -> None:
        raise RuntimeError

    client.step = 0.0
    await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until_downloading(loaded)
    await hass.config_entries.async_unload(loaded.entry_id)
    with monkeypatch.context() as patch:
        patch.setattr("custom_components.music_agregator.async_check_store", break_down)
        assert not await hass.config_entries.async_setup(loaded.entry_id)
    assert run_tasks() == []
    assert await hass.config_entries.async_reload(loaded.entry_id)
    assert len(run_tasks()) == 1
