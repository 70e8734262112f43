"""Two hours with faults of every kind at random: nothing lost, twice, or anybody else's."""

from collections.abc import Callable
from pathlib import Path
import random

import pytest

from tests.soak import soak

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(240),
    pytest.mark.usefixtures("socket_enabled"),
]


async def test_faults_of_every_kind(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    seed = random.randrange(10**6)
    report = await soak(tmp_path, seed=seed, seconds=7_200.0, speed=150.0)
    record_property("seed", seed)
    # What does not end within two minutes is among them, with the seed.
    assert report.wrongs == [], report
    assert report.asked > 20, report
    assert len(report.faults) > 5, report
    *_, second, _, last = report.memory[-4:]
    assert last < second * 1.05, report
