"""What a person is told of, and how it is mended."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.music_agregator.bridge.recorder_database import RecorderDatabase
from custom_components.music_agregator.const import DOMAIN
from custom_components.music_agregator.core.errors import (
    ClientAuthError,
    ClientBannedError,
)
from custom_components.music_agregator.core.model import WorkflowStatus
from custom_components.music_agregator.core.store import schema
from sandbox import catalogue as c
from sandbox.catalogue import OFFERS
from sandbox.torznab import API_KEY, Torznab
from tests.fakes import FakeTorrentClient, ManualClock
from tests.helpers import until

from .conftest import Addresses
from .helpers import state

type Mend = Callable[..., Any]


def issues(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    return {
        issue_id: issue
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.active
    }


@pytest.fixture
async def mend(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_client: ClientSessionGenerator
) -> Mend:
    """Begin the flow of an issue, or send it what a person entered."""
    assert await async_setup_component(hass, "repairs", {})
    http = await hass_client()

    async def mend(target: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        if data is None:
            path, body = "", {"handler": DOMAIN, "issue_id": target}
        else:
            path, body = f"/{target}", data
        answer = await http.post(f"/api/repairs/issues/fix{path}", json=body)
        assert answer.status == 200, await answer.text()
        await hass.async_block_till_done()
        return await answer.json()  # type: ignore[no-any-return]

    return mend


async def next_check(clock: ManualClock, seconds: float = 46) -> None:
    await clock.until_waiting(45)
    clock.advance(seconds)


async def test_a_refused_login_asks_for_another(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    clock: ManualClock,
) -> None:
    def flows() -> list[Any]:
        return list(loaded.async_get_active_flows(hass, {SOURCE_REAUTH}))

    client.error = ClientAuthError("refused")
    await next_check(clock)
    await until(flows)
    await next_check(clock)
    assert len(flows()) == 1
    client.error = None
    await next_check(clock)
    await until(lambda: not flows())


async def test_a_ban_is_lifted_by_a_person(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    clock: ManualClock,
    mend: Mend,
) -> None:
    client.error = ClientBannedError("banned")
    await next_check(clock)
    await until(lambda: "client_banned" in issues(hass))
    assert not list(loaded.async_get_active_flows(hass, {SOURCE_REAUTH}))
    form = await mend("client_banned")
    assert form["step_id"] == "confirm"
    form = await mend(form["flow_id"], {})
    assert form["errors"] == {"base": "banned"}
    client.error = None
    done = await mend(form["flow_id"], {})
    assert done["type"] == "create_entry"
    await until(lambda: "client_banned" not in issues(hass))


async def test_a_ban_that_ends_by_itself_is_no_issue_any_more(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    clock: ManualClock,
) -> None:
    client.error = ClientBannedError("banned")
    await next_check(clock)
    await until(lambda: "client_banned" in issues(hass))
    client.error = None
    await next_check(clock)
    await until(lambda: "client_banned" not in issues(hass))


async def test_an_indexer_that_fails_for_a_day(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    indexer: Torznab,
    clock: ManualClock,
    mend: Mend,
    addresses: Addresses,
) -> None:
    (subentry_id,) = loaded.subentries
    name = f"indexer_failing_{subentry_id}"
    indexer.api_key = "changed"
    await next_check(clock, 3_601)
    sensor = "binary_sensor.sandbox_connectivity"
    await until(lambda: state(hass, sensor).state == "off")
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=23))
    await hass.async_block_till_done()
    assert name not in issues(hass)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=25))
    await until(lambda: name in issues(hass))
    words = issues(hass)[name].translation_placeholders
    assert words == {"indexer": "Sandbox", "error": "indexer_auth"}
    form = await mend(name)
    assert form["step_id"] == "correct"
    assert form["description_placeholders"] == {"indexer": "Sandbox"}
    data = {"name": "Sandbox", "url": addresses.torznab, "priority": 25}
    form = await mend(form["flow_id"], data)
    assert form["errors"] == {"base": "invalid_api_key"}
    done = await mend(form["flow_id"], {**data, "api_key": "changed"})
    assert done["type"] == "create_entry"
    assert loaded.subentries[subentry_id].data["api_key"] == "changed"
    await until(lambda: name not in issues(hass))
    await until(lambda: state(hass, sensor).state == "on")


async def fail_for_a_day(
    hass: HomeAssistant, indexer: Torznab, clock: ManualClock
) -> None:
    indexer.api_key = "changed"
    await next_check(clock, 3_601)
    await until(
        lambda: state(hass, "binary_sensor.sandbox_connectivity").state == "off"
    )
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=25))
    await until(lambda: issues(hass))


async def test_an_indexer_that_is_back_is_no_issue_any_more(
    hass: HomeAssistant, loaded: MockConfigEntry, indexer: Torznab, clock: ManualClock
) -> None:
    await fail_for_a_day(hass, indexer, clock)
    indexer.api_key = API_KEY
    await next_check(clock, 12_000)
    await until(lambda: not issues(hass))


async def test_an_indexer_is_tried_again_as_it_is(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    indexer: Torznab,
    clock: ManualClock,
    mend: Mend,
    addresses: Addresses,
) -> None:
    (subentry,) = loaded.subentries.values()
    hass.config_entries.async_update_subentry(
        loaded, subentry, data={**subentry.data, "priority": 25}
    )
    await hass.async_block_till_done()
    await fail_for_a_day(hass, indexer, clock)
    app = loaded.runtime_data.app
    indexer.api_key = API_KEY
    (name,) = issues(hass)
    form = await mend(name)
    data = {"name": "Sandbox", "url": addresses.torznab, "priority": 25}
    done = await mend(form["flow_id"], data)
    assert done["type"] == "create_entry"
    await until(lambda: loaded.runtime_data.app is not app)
    await until(lambda: not issues(hass))


async def test_an_indexer_that_was_deleted_is_no_issue_any_more(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    indexer: Torznab,
    clock: ManualClock,
    mend: Mend,
) -> None:
    await fail_for_a_day(hass, indexer, clock)
    (name,) = issues(hass)
    (subentry_id,) = loaded.subentries
    form = await mend(name)
    hass.config_entries.async_remove_subentry(loaded, subentry_id)
    await hass.async_block_till_done()
    await until(lambda: not issues(hass))
    assert form["type"] == "form"


async def test_nothing_is_asked_for_what_is_disabled(
    hass: HomeAssistant, loaded: MockConfigEntry, indexer: Torznab, clock: ManualClock
) -> None:
    await fail_for_a_day(hass, indexer, clock)
    await hass.config_entries.async_set_disabled_by(
        loaded.entry_id, ConfigEntryDisabler.USER
    )
    assert issues(hass) == {}


async def test_a_lost_history_is_acknowledged(
    hass: HomeAssistant, loaded: MockConfigEntry, mend: Mend
) -> None:
    loaded.runtime_data.app.restored.emit()
    assert "store_restored" in issues(hass)
    form = await mend("store_restored")
    done = await mend(form["flow_id"], {})
    assert done["type"] == "create_entry"
    assert issues(hass) == {}


async def test_too_little_room_is_said_until_there_is_enough(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    act: Callable[..., Any],
    client: FakeTorrentClient,
    clock: ManualClock,
) -> None:
    client.free_bytes = 50_000_000
    await act("monitor_album", album_id=c.GLASS_HARBOUR.album_id, quality="lossless")
    await until(lambda: "no_room" in issues(hass))
    issue = issues(hass)["no_room"]
    assert not issue.is_fixable
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["free"] == "50 MB"
    assert "Glass Harbour" in issue.translation_placeholders["albums"]
    client.free_bytes = None
    await clock.until_waiting(60)
    clock.advance(61)
    await until(lambda: "no_room" not in issues(hass))


async def test_torrents_that_nobody_knows_are_named(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    clock: ManualClock,
) -> None:
    tag = f"music_agregator:{loaded.entry_id}:01RUN"
    client.torrents["a" * 40] = {
        "hashes": {"v1": "a" * 40, "v2": None},
        "name": "Something",
        "phase": "paused",
        "progress": 0.1,
        "tags": ["music_agregator", tag],
    }
    await next_check(clock, 3_601)
    await until(lambda: "unknown_torrents" in issues(hass))
    placeholders = issues(hass)["unknown_torrents"].translation_placeholders
    assert placeholders == {"names": "- `Something`"}
    kept = dict(client.torrents)
    client.torrents.clear()
    await next_check(clock, 3_601)
    await until(lambda: "unknown_torrents" not in issues(hass))
    client.torrents.update(kept)
    await next_check(clock, 3_601)
    await until(lambda: "unknown_torrents" in issues(hass))
    # Taken away while nothing of ours was loaded: what the last life noticed is over.
    await hass.config_entries.async_unload(loaded.entry_id)
    client.torrents.clear()
    await hass.config_entries.async_setup(loaded.entry_id)
    assert "unknown_torrents" not in issues(hass)


async def test_another_database_is_noticed_at_the_next_start(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    act: Callable[..., Any],
    client: FakeTorrentClient,
    clock: ManualClock,
) -> None:
    """The recorder's database was replaced while nothing of ours was loaded."""
    client.step = 0.0
    answer = await act(
        "monitor_album", album_id=c.GLASS_HARBOUR.album_id, quality="lossless"
    )
    app = loaded.runtime_data.app
    await until(lambda: app.live_runs[0].status is WorkflowStatus.DOWNLOADING)
    (torrent,) = client.torrents.values()
    torrent["name"] = OFFERS[0].name
    await hass.config_entries.async_unload(loaded.entry_id)
    await RecorderDatabase(hass, clock).write(schema.drop)
    await hass.config_entries.async_setup(loaded.entry_id)
    await until(lambda: "store_restored" in issues(hass))
    app = loaded.runtime_data.app
    await until(lambda: bool(app.live_runs))
    assert [run.run_id for run in app.live_runs] == [answer["run_id"]]
    ir.async_delete_issue(hass, DOMAIN, "store_restored")
    await hass.config_entries.async_reload(loaded.entry_id)
    assert "store_restored" not in issues(hass)
