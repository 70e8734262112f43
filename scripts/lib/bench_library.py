"""100,000 tracks in the library: the first scan, and one that finds nothing new."""

import asyncio
from pathlib import Path
import resource
import shutil
import sys
import tempfile
import time

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from custom_components.music_agregator.core.common.clock import SYSTEM_CLOCK
from custom_components.music_agregator.core.library.index import LibraryIndex
from custom_components.music_agregator.core.store import schema
from custom_components.music_agregator.core.store.engine_database import EngineDatabase
from sandbox.audio import write_track
from sandbox.catalogue import GLASS_HARBOUR

TRACKS = 100_000
PER_ALBUM = 10
_ALBUMS_PER_FILE = 1_000
_BEAT = 0.005


def make(folder: Path) -> None:
    """Make that many tracks: few files under many names."""
    track = write_track(folder, GLASS_HARBOUR, 1, "Slipway", 1.0, codec="flac")
    for album in range(TRACKS // PER_ALBUM):
        if album % _ALBUMS_PER_FILE == 0:
            # A file can only have so many names.
            data = track.read_bytes()
            track.unlink()
            track.write_bytes(data)
        place = folder / f"Artist {album % 500}" / f"Album {album}"
        place.mkdir(parents=True)
        for number in range(PER_ALBUM):
            (place / f"{number:02}.flac").hardlink_to(track)
    track.unlink()


async def longest_stop(until: asyncio.Event) -> float:
    """Return the longest time for which the event loop stood still."""
    longest = 0.0
    while not until.is_set():
        before = time.perf_counter()
        await asyncio.sleep(_BEAT)
        longest = max(longest, time.perf_counter() - before - _BEAT)
    return longest


async def scan(shelf: LibraryIndex, title: str) -> float:
    """Scan once, and print how long it took."""
    done = asyncio.Event()
    watching = asyncio.create_task(longest_stop(done))
    before = time.perf_counter()
    read = await shelf.scan()
    took = time.perf_counter() - before
    done.set()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{title}: {took:.1f} s, {read:,} files read, the event loop stood still for"
        f" {await watching * 1000:.0f} ms at most, {memory:.0f} MB of memory at most"
    )
    return took


async def measure() -> int:
    """Make the files, scan them twice; return the exit code."""
    folder = Path(tempfile.mkdtemp(prefix="music_agregator-"))
    try:
        make(folder)
        database = EngineDatabase(f"sqlite:///{folder / 'store.db'}")
        await database.write(schema.prepare)
        shelf = LibraryIndex(database, SYSTEM_CLOCK, (str(folder),))
        await scan(shelf, f"first scan of {TRACKS:,} tracks")
        again = await scan(shelf, "scan with nothing new (goal: 10 s)")
        await database.close()
    finally:
        shutil.rmtree(folder)
    return int(again > 10.0)


if __name__ == "__main__":
    sys.exit(asyncio.run(measure()))
