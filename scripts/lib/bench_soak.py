"""Run a soak: hours of the clock port's time, with faults of every kind at random.

`bench_soak.py [hours] [seed]`; two hours take about a minute.
"""

import asyncio
import logging
from pathlib import Path
import random
import sys
import tempfile

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.soak import soak

SPEED = 150.0


async def main(hours: float, seed: int) -> int:
    """Run it, and say what it came to."""
    print(f"seed {seed}: {hours:g} h of the clock's time")
    with tempfile.TemporaryDirectory() as folder:
        report = await soak(
            Path(folder), seed=seed, seconds=hours * 3_600.0, speed=SPEED
        )
    print(f"asked {report.asked} times; ended: {dict(sorted(report.ended.items()))}")
    print(f"faults: {dict(sorted(report.faults.items()))}")
    print(f"memory by quarter: {report.memory} MB")
    print("wrong: " + ("; ".join(report.wrongs) or "nothing"))
    return bool(report.wrongs)


logging.basicConfig(level=logging.CRITICAL)
given = sys.argv[1:]
sys.exit(
    asyncio.run(
        main(
            float(given[0]) if given else 2.0,
            int(given[1]) if len(given) > 1 else random.randrange(10**6),
        )
    )
)
