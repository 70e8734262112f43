"""Canaries in every field that may hold a secret, looked for in every output."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
import json
import logging
import traceback
from typing import Any
from urllib.parse import quote

from homeassistant.components import automation
from homeassistant.components.diagnostics import DOMAIN as DIAGNOSTICS
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)
from sqlalchemy import Connection, inspect, text

from custom_components.music_agregator.bridge.recorder_database import RecorderDatabase
from custom_components.music_agregator.const import DOMAIN, EVENT_STATUS
from custom_components.music_agregator.core.errors import ClientAuthError, StoreError
from sandbox import catalogue as c
from sandbox.catalogue import OFFERS
from sandbox.torznab import Seeded, Torznab
from tests.fakes import FakeTorrentClient, ManualClock, light_torrent
from tests.helpers import until
from tests.homeassistant.test_entities import press

from .conftest import Addresses
from .helpers import Act, state, until_ended

CANARY = "canary7f3a"


def poisoned(one: Seeded) -> Seeded:
    """A torrent whose trackers are secrets."""
    announce = f"http://127.0.0.1:9/{CANARY}-announce/".encode()
    return replace(
        one,
        torrent=one.torrent.replace(
            b"8:announce23:http://127.0.0.1:9/sek/",
            b"8:announce%d:%s" % (len(announce), announce),
        ),
        magnet=one.magnet.replace("passkey-77", f"{CANARY}-magnet"),
    )


class PoisonedTorznab(Torznab):
    """An indexer whose guids and links are secrets."""

    def item(self, number: str, one: Seeded, base: str) -> str:
        item = super().item(number, one, base)
        return item.replace(
            f"<guid>{base}/{number}", f"<guid>{base}/{number}?passkey={CANARY}-guid"
        )


@pytest.fixture
def indexer() -> Torznab:
    return PoisonedTorznab(
        [poisoned(light_torrent(offer)) for offer in OFFERS], f"{CANARY}-key"
    )


@pytest.fixture
def entry(hass: HomeAssistant, addresses: Addresses) -> MockConfigEntry:
    entry = MockConfigEntry(
        domain=DOMAIN,
        version=2,
        title="Music Agregator",
        data={
            "url": f"http://127.0.0.1:8080/?token={CANARY}-client-url",
            "username": f"{CANARY}-user",
            "password": f"{CANARY}-password",
            "api_key": f"{CANARY}-client-key",
            "verify_ssl": True,
        },
        options={"upkeep": {"musicbrainz_url": addresses.musicbrainz}},
        subentries_data=[
            ConfigSubentryData(
                data={
                    "name": "Sandbox",
                    "url": f"{addresses.torznab}?passkey={CANARY}-indexer-url",
                    "api_key": f"{CANARY}-key",
                },
                subentry_type="indexer",
                title="Sandbox",
                unique_id=f"{addresses.torznab}?passkey={CANARY}-indexer-url",
            )
        ],
    )
    entry.add_to_hass(hass)
    return entry


def tables(connection: Connection) -> Iterator[tuple[str, str]]:
    """Every row of every table, ours and the recorder's."""
    for name in inspect(connection).get_table_names():
        for row in connection.execute(text(f'SELECT * FROM "{name}"')):
            yield name, repr(tuple(row))


@pytest.mark.long
async def test_secrets_stay(
    hass: HomeAssistant,
    act: Act,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    clock: ManualClock,
    indexer: Torznab,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    fired = async_capture_events(hass, "*")
    shown: dict[str, Any] = {}
    assert await async_setup_component(hass, DIAGNOSTICS, {})
    assert await async_setup_component(
        hass,
        automation.DOMAIN,
        {
            automation.DOMAIN: {
                "id": "traced",
                "triggers": {"trigger": f"{DOMAIN}.choice_needed"},
                "actions": {"event": "traced"},
            }
        },
    )
    socket = await hass_ws_client(hass)
    await socket.send_json_auto_id({"type": f"{DOMAIN}/subscribe", "since_seq": 0})

    # A choice, a .torrent, a redirect, a search; then failures of every kind.
    album = {"album_id": c.GLASS_HARBOUR.album_id, "quality": "any"}
    asked = await act("monitor_album", **album, mode="interactive")
    await until(lambda: any(e.event_type == "traced" for e in fired))
    shown["select"] = await act("select_release", run_id=asked["run_id"], rank=1)
    await until_ended(hass)
    for other in (c.TIDEPOOL_SAMPLER, c.NAEVE, c.UNHEARD):
        shown[other.title] = await act(
            "monitor_album", album_id=other.album_id, quality="any"
        )
    await until_ended(hass)
    shown["search"] = await act("search_releases", **album)
    shown["albums"] = await act("search_album", album="Glass Harbour")
    shown["candidates"] = await act("get_candidates", run_id=asked["run_id"])
    assert shown["candidates"]["total"] == 3
    shown["retry"] = await act("retry", run_id=asked["run_id"])
    client.step = 0.0
    run = await act("monitor_album", album_id=c.TIN_WEATHER.album_id, quality="any")
    await until(lambda: hass.states.get("button.odd_socket_tin_weather_cancel"))
    await press(hass, "button.odd_socket_tin_weather_cancel")
    await until_ended(hass)
    shown["retried"] = await act("retry", run_id=run["run_id"])
    shown["cancel"] = await act("cancel", run_id=shown["retried"]["run_id"])
    errors: list[str] = []
    client.error = ClientAuthError("refused")
    indexer.api_key = "changed"
    await until(lambda: any(wait <= 45 for wait in clock.waits))
    clock.advance(3_601)
    await until(
        lambda: state(hass, "binary_sensor.sandbox_connectivity").state == "off"
    )
    for action, data in (
        ("search_releases", album),
        ("monitor_album", {"album": "Nothing", "quality": "any"}),
        ("select_release", {"run_id": asked["run_id"], "rank": 1}),
    ):
        with pytest.raises(HomeAssistantError) as caught:
            await act(action, **data)
        errors.append("".join(traceback.format_exception(caught.value)))

    def broken(connection: Connection) -> None:
        connection.execute(
            text("INSERT INTO music_agregator_links VALUES (:a, :a)"), {"a": CANARY}
        )

    with pytest.raises(StoreError) as failure:
        await RecorderDatabase(hass).write(broken)
    errors.append("".join(traceback.format_exception(failure.value)))

    shown["errors"] = errors
    shown["events"] = await act("get_events", limit=500)
    shown["runs"] = await act("get_runs")
    shown["diagnostics"] = await get_diagnostics_for_config_entry(
        hass, hass_client, loaded
    )
    assert shown["diagnostics"]["runs"]
    shown["fired"] = [event.as_dict() for event in fired]
    assert any(event.event_type == EVENT_STATUS for event in fired)
    shown["states"] = [state.as_dict() for state in hass.states.async_all()]
    shown["devices"] = [
        device.dict_repr
        for device in dr.async_entries_for_config_entry(
            dr.async_get(hass), loaded.entry_id
        )
    ]
    shown["entities"] = [
        entity.extended_dict
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), loaded.entry_id
        )
    ]
    shown["issues"] = [
        issue.to_json() | {"data": issue.data, "words": issue.translation_placeholders}
        for issue in ir.async_get(hass).issues.values()
    ]
    shown["flows"] = [
        {name: value for name, value in flow.items() if name != "context"}
        for flow in hass.config_entries.flow.async_progress()
    ]
    messages: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while not messages or messages[-1].get("event", {}).get("event", {}).get(
            "seq", 0
        ) < len(shown["events"]["events"]):
            messages.append(await socket.receive_json())
    shown["socket"] = messages
    await socket.send_json_auto_id({"type": "trace/contexts"})
    contexts = (await socket.receive_json())["result"]
    (context,) = contexts.values()
    await socket.send_json_auto_id(
        {
            "type": "trace/get",
            "domain": context["domain"],
            "item_id": context["item_id"],
            "run_id": context["run_id"],
        }
    )
    shown["trace"] = (await socket.receive_json())["result"]
    assert "choices" in json.dumps(shown["trace"])
    shown["log"] = [
        record.getMessage() + (record.exc_text or "")
        for record in caplog.records
        # The stand-ins' own log, and what SQLite was told to do.
        if not record.name.startswith(("aiohttp", "sqlalchemy", "aiosqlite"))
    ]
    assert len(shown["log"]) > 100
    await async_wait_recording_done(hass)
    rows = await get_instance(hass).async_add_executor_job(
        lambda: [*_rows(get_instance(hass).engine)]
    )
    shown["rows"] = [row for name, row in rows if name != "music_agregator_links"]
    kept = [row for name, row in rows if name == "music_agregator_links"]

    for where, what in shown.items():
        told = repr(what)
        for canary in (CANARY, quote(CANARY)):
            assert canary not in told, (where, told[told.index(canary) - 200 :][:400])
    # The canaries were really there.
    for name in ("guid", "key", "magnet", "announce"):
        assert any(f"{CANARY}-{name}" in row for row in kept), name


def _rows(engine: Any) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        return list(tables(connection))
