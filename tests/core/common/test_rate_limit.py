"""One request at a time, at a distance: people first, and no turn is lost."""

import asyncio
from itertools import pairwise

import pytest

from custom_components.music_agregator.core.common.rate_limit import RateLimit, Urgency
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
