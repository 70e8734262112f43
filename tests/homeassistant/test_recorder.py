"""The Database port on the recorder's engine, and what the recorder may do to us."""

import asyncio
from collections.abc import Callable
from functools import partial
import logging
from queue import SimpleQueue
from typing import Any

from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.const import DOMAIN as RECORDER_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy import Connection, event, text

from custom_components.music_agregator.bridge.recorder_database import RecorderDatabase
from custom_components.music_agregator.const import DOMAIN
from custom_components.music_agregator.core.errors import StoreError
from custom_components.music_agregator.core.store import cursors, schema
from custom_components.music_agregator.core.store.database import Database
from custom_components.music_agregator.core.store.transaction import transact
from sandbox import catalogue as c
from tests.contracts import DatabaseContract, Look
from tests.fakes import FakeTorrentClient, ManualClock

from .helpers import Act, until_ended


class TestRecorderDatabase(DatabaseContract):
    @pytest.fixture
    def port(self, hass: HomeAssistant) -> RecorderDatabase:
        return RecorderDatabase(hass)

    @pytest.fixture
    def look(self, hass: HomeAssistant, recorder_mock: Recorder) -> Look:
        def look(fn: Callable[[Connection], Any]) -> Any:
            assert recorder_mock.engine is not None
            found: SimpleQueue[Any] = SimpleQueue()
            work = partial(transact, recorder_mock.engine, fn, durable=False)
            recorder_mock.async_add_executor_job(lambda: found.put(work()))
            return found.get(timeout=10)

        return look

    async def test_a_write_survives_a_power_cut(self, store: RecorderDatabase) -> None:
        synchronous = await store.write(
            lambda c: c.execute(text("PRAGMA synchronous")).scalar_one()
        )
        assert synchronous == 2

    async def test_a_recorder_that_changes_its_engine_is_waited_for(
        self, hass: HomeAssistant, store: Database, recorder_mock: Recorder
    ) -> None:
        """As it does when it moves a damaged database aside."""
        clock = ManualClock(short=0)
        store = RecorderDatabase(hass, clock)
        engine, recorder_mock.engine = recorder_mock.engine, None
        writing = asyncio.create_task(store.write(lambda c: cursors.put(c, "x", 1)))
        await clock.until_waiting(1)
        recorder_mock.engine = engine
        clock.advance(1)
        await writing


@pytest.mark.long
async def test_a_backup_that_locks_the_database_is_waited_for(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    act: Act,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The run stands still while a backup holds the lock, and ends well."""
    caplog.set_level(logging.INFO)
    assert recorder_mock.engine is not None
    event.listen(recorder_mock.engine, "checkout", _impatient)
    assert await recorder_mock.lock_database()
    asking = asyncio.create_task(
        act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    )
    await clock.until_waiting(8)
    assert not asking.done()
    # Once for the writers, and once for the readers if one came along.
    told = caplog.text.count("The database is locked or away")
    assert told - caplog.text.count("The database is back") in {1, 2}
    assert recorder_mock.unlock_database()
    async with asyncio.timeout(30):
        while not asking.done():
            # The lock is let go a moment later.
            clock.advance(8)
            await asyncio.sleep(0.01)
    await asking
    await until_ended(hass)
    (run,) = (await act("get_runs"))["runs"]
    assert run["status"] == "downloaded"


def _impatient(connection: Any, *_: object) -> None:
    """The recorder waits 5 s for a lock; here it does not."""
    connection.execute("PRAGMA busy_timeout=10")


async def test_the_purge_leaves_us_alone(
    hass: HomeAssistant, act: Act, recorder_mock: Recorder
) -> None:
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until_ended(hass)
    before = (await act("get_events"))["events"]
    await hass.services.async_call(
        RECORDER_DOMAIN, "purge", {"keep_days": 0, "repack": True}, blocking=True
    )
    await async_wait_recording_done(hass)
    assert (await act("get_events"))["events"] == before


async def test_a_lost_database_is_made_again_and_said(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    act: Act,
    client: FakeTorrentClient,
    issue_registry: ir.IssueRegistry,
) -> None:
    client.step = 0.0
    await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    async with asyncio.timeout(30):
        while loaded.runtime_data.app.live_runs[0].status != "downloading":
            await asyncio.sleep(0.005)
    await RecorderDatabase(hass).write(schema.drop)
    client.step = 0.5
    await until_ended(hass)
    (run,) = (await act("get_runs"))["runs"]
    assert run["status"] == "downloaded"
    assert issue_registry.async_get_issue(DOMAIN, "store_restored") is not None


async def test_tables_of_a_later_version_stop_the_set_up(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    database = RecorderDatabase(hass)
    await database.write(
        lambda connection: schema.prepare(connection, version=schema.VERSION + 1)
    )
    await database.write(lambda connection: cursors.put(connection, "mine", 3))
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.error_reason_translation_key == "store_too_new"
    assert await database.read(lambda connection: cursors.get(connection, "mine")) == 3


async def test_a_store_that_refuses_is_tried_again_later(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(self: object, fn: object, **kwargs: object) -> None:
        raise StoreError

    with monkeypatch.context() as patch:
        patch.setattr(RecorderDatabase, "write", refuse)
        assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.reason == "The recorder's database refused. The log says more"
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
