"""Count the requests of a wanted list in a simulated month, for lists of any length."""

import asyncio
from pathlib import Path
import sys
import tempfile
import time
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[2]))

from custom_components.music_agregator.core.background.wanted_list import REQUESTS
from custom_components.music_agregator.core.model import MonitorRequest
from custom_components.music_agregator.core.quality import QualityProfile
from custom_components.music_agregator.core.store import wanted
from tests.core.background.looking import DAY, Looking
from tests.core.background.test_wanted import made_up
from tests.fakes import KeptDatabase, LightWorld

DAYS = 30
COUNTS = (1, 10, 30)


async def month(folder: Path, count: int) -> bool:
    """Let a month pass for so many albums that nobody has."""
    database = KeptDatabase(f"sqlite:///{folder / f'{count}.db'}")
    albums = made_up(count)
    started = time.monotonic()
    with patch("sandbox.musicbrainz.ALBUMS", albums):
        async with LightWorld(database=database) as world:
            looking = Looking(world)
            for album in albums:
                request = MonitorRequest(
                    album_id=album.album_id, quality=QualityProfile.ANY
                )
                await world.app.request(request)
            while world.app.live_runs:
                await asyncio.sleep(0.01)
            feeds, searches = looking.feeds, looking.searches
            head = await world.app.history.head()
            await looking.passes(DAYS * DAY)
            rows = await world.database.read(wanted.page, after=None, limit=10_000)
            feeds, searches = looking.feeds - feeds, looking.searches - searches
            is_quiet = await world.app.history.head() == head
    await database.close_for_good()
    searched = sum(row.searches - 1 for row in rows)
    print(
        f"{count:3} albums, {DAYS} days: {feeds} feeds (at most {DAYS * 96 + 1}),"
        f" {searched / count:.1f} searches an album with {searches / searched:.1f}"
        f" requests each (at most {REQUESTS});"
        f" {(feeds + searches) / DAYS / 24:.1f} requests an hour"
        f" ({time.monotonic() - started:.0f} s)"
    )
    return (
        feeds <= DAYS * 96 + 1
        and searches <= searched * REQUESTS
        and all(row.searches <= DAYS + 4 for row in rows)
        and is_quiet
    )


async def run() -> bool:
    """Count for every length."""
    with tempfile.TemporaryDirectory() as folder:
        good: list[Any] = [await month(Path(folder), count) for count in COUNTS]
    return all(good)


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(run()) else 1)
