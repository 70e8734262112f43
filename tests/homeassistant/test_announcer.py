"""Told at least once: Home Assistant's bus, over restarts."""

import asyncio
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, Event, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.music_agregator.bridge.announcer import FIRED_CURSOR
from custom_components.music_agregator.bridge.recorder_database import RecorderDatabase
from custom_components.music_agregator.const import EVENT_STATUS
from custom_components.music_agregator.core.errors import StoreUnavailableError
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient

from .helpers import Act, until_ended


async def until_fired(fired: list[Event], count: int) -> None:
    async with asyncio.timeout(30):
        while len(fired) < count:
            await asyncio.sleep(0.005)


def numbers(fired: list[Event]) -> list[int]:
    return [event.data["seq"] for event in fired]


async def test_nothing_is_fired_before_home_assistant_has_started(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    fired = async_capture_events(hass, EVENT_STATUS)
    hass.set_state(CoreState.not_running)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.services.async_call(
        "music_agregator",
        "monitor_album",
        {"album_id": c.UNHEARD.album_id, "quality": "any"},
        blocking=True,
    )
    await until_ended(hass)
    assert fired == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await until_fired(fired, 5)
    assert numbers(fired) == [1, 2, 3, 4, 5]
    assert not any(event.data["replayed"] for event in fired)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.long
async def test_what_was_committed_and_not_fired_is_fired_by_the_next_start(
    hass: HomeAssistant, act: Act, loaded: MockConfigEntry, client: FakeTorrentClient
) -> None:
    fired = async_capture_events(hass, EVENT_STATUS)
    client.step = 0.0
    await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until_fired(fired, 7)
    # As if Home Assistant had died after the third.
    async with asyncio.timeout(30):
        while await loaded.runtime_data.app.history.cursor(FIRED_CURSOR) < 7:
            await asyncio.sleep(0.005)
    await loaded.runtime_data.app.history.keep_cursor(FIRED_CURSOR, 3)
    fired.clear()
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await until_fired(fired, 4)
    assert numbers(fired) == [4, 5, 6, 7]
    assert all(event.data["replayed"] for event in fired)
    client.step = 0.5
    await until_ended(hass)
    # One or two: every look at the client brings the download further.
    async with asyncio.timeout(30):
        while fired[-1].data["status"] != "downloaded":
            await asyncio.sleep(0.005)
    assert not any(event.data["replayed"] for event in fired[4:])


@pytest.mark.long
async def test_nothing_is_fired_twice_over_a_reload(
    hass: HomeAssistant, act: Act, loaded: MockConfigEntry
) -> None:
    fired = async_capture_events(hass, EVENT_STATUS)
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until_fired(fired, 5)
    async with asyncio.timeout(30):
        while await loaded.runtime_data.app.history.cursor(FIRED_CURSOR) < 5:
            await asyncio.sleep(0.005)
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until_fired(fired, 10)
    assert numbers(fired) == list(range(1, 11))


async def test_a_database_that_is_away_delays_the_announcement(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fired = async_capture_events(hass, EVENT_STATUS)
    monkeypatch.setattr(
        "custom_components.music_agregator.bridge.announcer._PAUSE", 0.01
    )
    hass.set_state(CoreState.not_running)
    assert await hass.config_entries.async_setup(entry.entry_id)
    read = RecorderDatabase.read
    failures = 2

    async def away(
        self: RecorderDatabase, fn: Any, *args: object, **kwargs: object
    ) -> object:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreUnavailableError
        return await read(self, fn, *args, **kwargs)

    monkeypatch.setattr(RecorderDatabase, "read", away)
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    async with asyncio.timeout(30):
        while failures:
            await asyncio.sleep(0.005)
    await hass.services.async_call(
        "music_agregator",
        "monitor_album",
        {"album_id": c.UNHEARD.album_id, "quality": "any"},
        blocking=True,
    )
    await until_fired(fired, 5)
    assert "Cannot read the events to announce" in caplog.text
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_listener_that_raises_stops_neither_the_others_nor_the_events(
    hass: HomeAssistant,
    act: Act,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class BrokenError(Exception):
        pass

    def broken(*_: object) -> None:
        raise BrokenError

    fired = async_capture_events(hass, EVENT_STATUS)
    runtime = loaded.runtime_data
    seen: list[int] = []
    for signal in (runtime.announcer.fired, runtime.app.bus.published):
        signal.connect(broken)
    runtime.announcer.fired.connect(lambda event: seen.append(event.seq))
    runtime.app.monitor.progress.connect(broken)
    runtime.app.restored.connect(broken)
    await act("monitor_album", album_id=c.GLASS_HARBOUR.album_id, quality="any")
    await until_ended(hass)
    (run,) = (await act("get_runs"))["runs"]
    assert run["status"] == "downloaded"
    await until_fired(fired, run["seq"])
    assert numbers(fired) == seen == list(range(1, run["seq"] + 1))
    assert "A listener failed" in caplog.text
