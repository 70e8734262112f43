"""EventBus: every event once, in order, also for a slow watcher."""

import asyncio
from itertools import count as counter

import pytest
from sqlalchemy import Connection

from custom_components.music_agregator.core.common.clock import SYSTEM_CLOCK
from custom_components.music_agregator.core.errors import StoreUnavailableError
from custom_components.music_agregator.core.events import (
    subscription as subscription_module,
)
from custom_components.music_agregator.core.events.bus import EventBus
from custom_components.music_agregator.core.events.journal import Journal
from custom_components.music_agregator.core.events.subscription import Subscription
from custom_components.music_agregator.core.model import AlbumEvent, WorkflowStatus as S
from custom_components.music_agregator.core.store import events, schema
from custom_components.music_agregator.core.store.engine_database import EngineDatabase
from tests.contracts import ALBUM_ID, new_run

_numbers = counter()

OTHER_ALBUM = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def bus(database: EngineDatabase) -> EventBus:
    await database.write(schema.prepare)
    return EventBus(database)


@pytest.fixture
def journal(database: EngineDatabase, bus: EventBus) -> Journal:
    return Journal(database, bus, SYSTEM_CLOCK)


async def tell(journal: Journal, count: int, album_id: str | None = None) -> None:
    """Commit that many events."""
    for number in range(count):
        if number % 2 == 0:
            run = new_run(str(next(_numbers)), album_id or ALBUM_ID)
            run = await journal.record(run, S.FETCHING_METADATA)
        else:
            await journal.record(run, S.FAILED)


async def read(subscription: Subscription, count: int) -> list[int]:
    async with asyncio.timeout(30):
        return [(await anext(subscription)).seq for _ in range(count)]


async def assert_silent(subscription: Subscription) -> None:
    """Nothing more is to come."""
    task = asyncio.create_task(anext(subscription))
    done, _ = await asyncio.wait({task}, timeout=0.05)
    assert not done
    task.cancel()


@pytest.mark.parametrize("since", range(7))
async def test_whoever_comes_later_gets_exactly_the_rest(
    bus: EventBus, journal: Journal, since: int
) -> None:
    await tell(journal, 4)
    subscription = bus.subscribe(since)
    await tell(journal, 2)
    assert await read(subscription, 6 - since) == list(range(since + 1, 7))
    await assert_silent(subscription)


async def test_a_slow_subscriber_is_caught_up_from_the_store(
    bus: EventBus, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription_module, "QUEUE_LENGTH", 4)
    monkeypatch.setattr(events, "PAGE", 3)
    slow, quick = bus.subscribe(0), bus.subscribe(0)
    reading = asyncio.create_task(read(quick, 23))
    await tell(journal, 10)
    assert await read(slow, 1) == [1]
    await tell(journal, 13)
    assert await reading == list(range(1, 24))
    assert await read(slow, 22) == list(range(2, 24))
    await assert_silent(slow)


async def test_topics_and_all_topics_at_once(bus: EventBus, journal: Journal) -> None:
    mine = bus.subscribe(0, album_id=OTHER_ALBUM)
    everything = bus.subscribe(0)
    await tell(journal, 4)
    await tell(journal, 2, OTHER_ALBUM)
    assert await read(everything, 6) == [1, 2, 3, 4, 5, 6]
    assert await read(mine, 2) == [5, 6]


async def test_a_failing_listener_harms_nobody(
    bus: EventBus, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[AlbumEvent] = []

    def broken(event: AlbumEvent) -> None:
        raise ZeroDivisionError

    bus.published.connect(broken)
    stop = bus.published.connect(heard.append)
    await tell(journal, 2)
    stop()
    await tell(journal, 1, OTHER_ALBUM)
    assert [event.seq for event in heard] == [1, 2]
    assert "A listener failed" in caplog.text


async def test_a_store_that_cannot_be_read_loses_nothing(
    bus: EventBus,
    journal: Journal,
    database: EngineDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await tell(journal, 2)
    subscription = bus.subscribe(0)

    async def away(fn: object, *args: object, **kwargs: object) -> None:
        raise StoreUnavailableError

    with monkeypatch.context() as patch:
        patch.setattr(database, "read", away)
        with pytest.raises(StoreUnavailableError):
            await anext(subscription)
    assert await read(subscription, 2) == [1, 2]


async def test_a_cancelled_read_loses_nothing(
    bus: EventBus, journal: Journal, database: EngineDatabase
) -> None:
    await tell(journal, 2)
    subscription = bus.subscribe(0)
    read_now = database.read

    async def slow(fn: object, *args: object, **kwargs: object) -> object:
        await asyncio.Event().wait()
        return None

    database.read = slow  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(anext(subscription))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    database.read = read_now  # type: ignore[method-assign]
    assert await read(subscription, 2) == [1, 2]


async def test_closing_ends_the_iteration(bus: EventBus, journal: Journal) -> None:
    subscription = bus.subscribe(0)
    reading = asyncio.create_task(read(subscription, 1))
    await asyncio.sleep(0.01)
    bus.close()
    with pytest.raises(StopAsyncIteration):
        await subscription.__anext__()
    with pytest.raises((StopAsyncIteration, RuntimeError)):
        await reading


async def test_what_was_queued_before_the_store_was_lost_hides_nothing(
    bus: EventBus, journal: Journal, database: EngineDatabase
) -> None:
    await tell(journal, 4)
    subscription = bus.subscribe(4)
    reading = asyncio.create_task(anext(subscription))
    await asyncio.sleep(0.05)
    await tell(journal, 2, OTHER_ALBUM)
    assert (await reading).seq == 5

    def lose(connection: Connection) -> None:
        schema.drop(connection)
        schema.prepare(connection)

    # The sixth is still queued.
    await database.write(lose)
    bus.rewind()
    await tell(journal, 2)
    assert await read(subscription, 2) == [1, 2]


async def test_a_store_made_anew_is_read_from_its_start(
    bus: EventBus, journal: Journal, database: EngineDatabase
) -> None:
    subscription = bus.subscribe(0)
    await tell(journal, 4)
    assert await read(subscription, 4) == [1, 2, 3, 4]

    def lose(connection: Connection) -> None:
        schema.drop(connection)
        schema.prepare(connection)

    await database.write(lose)
    bus.rewind()
    await tell(journal, 2)
    assert await read(subscription, 2) == [1, 2]
