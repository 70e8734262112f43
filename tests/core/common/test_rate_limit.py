"""One request at a time, at a distance: people first, and no turn is lost."""

import asyncio
from itertools import pairwise

import pytest

from custom_components.music_agregator.core.common.rate_limit import (
    RateLimit,
    Urgency,
    UrgentLock,
)
from custom_components.music_agregator.core.common.single_flight import SingleFlight
from tests.fakes import ManualClock


async def test_people_go_first_and_the_distance_is_kept() -> None:
    clock = ManualClock()
    limit = RateLimit(clock, 1.0)
    turns: list[tuple[str, float]] = []

    async def take(name: str, urgency: Urgency) -> None:
        await limit.wait(urgency)
        turns.append((name, clock.monotonic()))

    waiting = [
        asyncio.create_task(take(f"run {number}", Urgency.RUN)) for number in range(5)
    ]
    await asyncio.sleep(0)
    waiting += [
        asyncio.create_task(take("list", Urgency.WANTED)),
        asyncio.create_task(take("person", Urgency.PERSON)),
    ]
    await asyncio.gather(*waiting)
    assert [name for name, _ in turns] == [
        "run 0",
        "person",
        *(f"run {number}" for number in range(1, 5)),
        "list",
    ]
    times = [at for _, at in turns]
    assert all(b - a >= 0.999 for a, b in pairwise(times))


async def test_whoever_leaves_gives_the_turn_back() -> None:
    clock = ManualClock()
    limit = RateLimit(clock, 1.0)
    await limit.wait()
    began = clock.monotonic()
    leaving = [asyncio.create_task(limit.wait()) for _ in range(60)]
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    await limit.wait()
    assert clock.monotonic() - began == pytest.approx(1.0)


@pytest.mark.parametrize("seconds", [-86_400.0, 86_400.0, -10 * 31_557_600.0])
async def test_a_clock_that_is_set_stops_nobody(seconds: float) -> None:
    clock = ManualClock()
    limit = RateLimit(clock, 1.0)
    await limit.wait()
    clock.set(seconds)
    began = clock.monotonic()
    await limit.wait()
    assert clock.monotonic() - began <= 1.0


async def test_the_most_urgent_gets_the_lock_next() -> None:
    lock = UrgentLock(ManualClock())
    held: list[str] = []

    async def take(name: str, urgency: Urgency) -> None:
        async with lock.hold(urgency):
            held.append(name)
            await asyncio.sleep(0)
            assert held[-1] == name

    waiting = [asyncio.create_task(take(f"run {n}", Urgency.RUN)) for n in range(4)]
    await asyncio.sleep(0)
    waiting.append(asyncio.create_task(take("list", Urgency.WANTED)))
    waiting.append(asyncio.create_task(take("person", Urgency.PERSON)))
    waiting[2].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert held == ["run 0", "person", "run 1", "run 3", "list"]


async def test_a_call_in_flight_ends_with_its_last_caller_and_is_forgotten() -> None:
    flight = SingleFlight[int]()
    begun: list[str] = []
    may_end = asyncio.Event()

    async def work(key: str) -> int:
        begun.append(key)
        await may_end.wait()
        return len(begun)

    both = [asyncio.create_task(flight.call("a", work)) for _ in range(2)]
    await asyncio.sleep(0)
    both[0].cancel()
    await asyncio.sleep(0)
    assert len(flight) == 1
    both[1].cancel()
    await asyncio.gather(*both, return_exceptions=True)
    again = asyncio.create_task(flight.call("a", work))
    await asyncio.sleep(0)
    may_end.set()
    assert await again == 2
    for number in range(100):
        await flight.call(str(number), work)
    await asyncio.sleep(0)
    assert len(flight) == 0
