"""States are written at a quiet pace, however busy a second is."""

import asyncio
from collections import defaultdict
from itertools import pairwise

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
import pytest

from custom_components.music_agregator import entity
from custom_components.music_agregator.core.model import WorkflowStatus as S
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient
from tests.helpers import until

from .helpers import Act, state, until_ended

PAUSE = 0.2


# Read before anything is patched.
USUAL = (entity.WRITE_SECONDS, entity.PROGRESS_SECONDS)


def test_the_pace_of_a_house() -> None:
    assert USUAL == (1.0, 5.0)


@pytest.fixture(autouse=True)
def pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a house, but five times as fast."""
    monkeypatch.setattr(entity, "WRITE_SECONDS", PAUSE)
    monkeypatch.setattr(entity, "PROGRESS_SECONDS", PAUSE * 5)


@pytest.mark.long
async def test_no_entity_writes_faster_and_nothing_is_lost(
    hass: HomeAssistant, act: Act, client: FakeTorrentClient
) -> None:
    written: dict[str, list[float]] = defaultdict(list)
    told: list[str] = []

    @callback
    def follow(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        entity_id = event.data["entity_id"]
        if new is None or event.data["old_state"] is None:
            return
        written[entity_id].append(hass.loop.time())
        if entity_id == "event.music_agregator_status":
            told.append(new.attributes.get("event_type", new.state))

    hass.bus.async_listen("state_changed", follow)
    client.step = 0.01
    answer = await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until_ended(hass)
    events = (await act("get_events", run_id=answer["run_id"]))["events"]
    assert len(events) > 15
    statuses = [event["status"] for event in events]
    distinct = [status for status in statuses if status != S.DOWNLOADING]
    async with asyncio.timeout(30):
        await until(lambda: told[-1:] == ["downloaded"])
    await until(
        lambda: (
            state(hass, "sensor.music_agregator_latest_status").state == "downloaded"
        )
    )
    # Only the progress of a download that went on meanwhile is left out.
    assert [status for status in told if status != S.DOWNLOADING] == distinct
    assert 1 <= told.count("downloading") < statuses.count("downloading")
    for entity_id, times in written.items():
        pauses = [after - before for before, after in pairwise(times)]
        # A busy machine is late with one write, and in time with the next.
        assert all(pause >= PAUSE / 2 for pause in pauses), (entity_id, pauses)
    progress = "sensor.angstrom_sohne_naeve_ca_ira_progress"
    assert state(hass, progress).state == "100"
    assert len(written[progress]) <= 4


async def test_what_waits_is_told_when_its_entity_goes(
    hass: HomeAssistant, act: Act, client: FakeTorrentClient
) -> None:
    told: list[str] = []

    @callback
    def follow(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if (
            event.data["entity_id"] == "event.music_agregator_status"
            and new is not None
            and (status := new.attributes.get("event_type"))
            and new.state != "unavailable"
        ):
            told.append(status)

    hass.bus.async_listen("state_changed", follow)
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until_ended(hass)
    events = (await act("get_events"))["events"]
    entry = hass.config_entries.async_entries("music_agregator")[0]
    announced = entry.runtime_data.app.history
    async with asyncio.timeout(30):
        while await announced.cursor("announcer") < len(events):
            await asyncio.sleep(0.005)
    assert len(told) < len(events)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert told == [event["status"] for event in events]
