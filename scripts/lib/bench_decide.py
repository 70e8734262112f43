"""Decisions: how long 1,000 releases take, and whether the event loop is held up."""

import asyncio
from random import Random
from statistics import median
from time import perf_counter

from beets.autotag.distance import string_dist
from bench_corpus import titles
from music_agregator.decision import decide
from music_agregator.model import Album, Edition, Release, Track
from music_agregator.quality import QualityProfile
from music_agregator.titles import parse_title
from music_agregator.titles.matching import AlbumMatcher

COUNT = 1_000
ROUNDS = 15
BEAT = 0.001


def wanted() -> Album:
    """Return an album with an edition that was timed."""
    tracks = tuple(Track(title=str(n), length_ms=270_000) for n in range(10))
    edition = Edition(
        edition_id="e", title="Slow Cartography", date="1987", tracks=tracks
    )
    return Album(
        album_id="a",
        title="Slow Cartography",
        artist="Ferro Mere",
        artists=("Ferro Mere",),
        aliases=("Mere, Ferro",),
        first_release_date="1987-03-09",
        editions=(edition,),
    )


def releases() -> list[Release]:
    """Return a mix of the album, badly named, and of everything else."""
    random = Random(1987)
    names = [
        f"Ferro Mere - Slow Cartography ({year}) [{quality}]"
        for year in range(1987, 2027)
        for quality in ("FLAC", "MP3 320", "FLAC 24-96", "V0", "WEB FLAC")
    ]
    others = titles()
    mix = [random.choice(names if n % 2 else others) for n in range(COUNT)]
    return [
        Release(
            guid=str(number),
            title=title,
            size_bytes=300_000_000 + number,
            seeders=random.randrange(500),
            download_url="http://127.0.0.1/x",
        )
        for number, title in enumerate(mix)
    ]


def milliseconds() -> float:
    """Return how long one decision takes, the median of several."""
    album, mix = wanted(), releases()
    times = []
    for _ in range(ROUNDS):
        parse_title.cache_clear()
        begun = perf_counter()
        decide(album, QualityProfile.LOSSLESS, mix)
        times.append(perf_counter() - begun)
    return median(times) * 1000


async def longest_gap() -> float:
    """Return for how long the event loop stood still during a decision (ms)."""
    album, mix = wanted(), releases()
    gaps = []
    for _ in range(ROUNDS):
        parse_title.cache_clear()
        deciding = asyncio.create_task(
            asyncio.to_thread(decide, album, QualityProfile.LOSSLESS, mix)
        )
        longest, before = 0.0, perf_counter()
        while not deciding.done():
            await asyncio.sleep(BEAT)
            now = perf_counter()
            longest, before = max(longest, now - before - BEAT), now
        gaps.append(longest)
    return median(gaps) * 1000


def matches() -> tuple[float, float]:
    """Return how many names a second ours and beets' distance compare."""
    album = wanted()
    pairs = [tuple(title.split(" - ", 1)) for title in titles() if " - " in title]
    begun = perf_counter()
    for _ in range(ROUNDS):
        fresh = AlbumMatcher(album)
        for artist, title in pairs:
            fresh.artist_match(artist)
            fresh.title_match(title)
    ours = ROUNDS * len(pairs) / (perf_counter() - begun)
    begun = perf_counter()
    for artist, title in pairs:
        string_dist(artist, album.artist)
        string_dist(title, album.title)
    return ours, len(pairs) / (perf_counter() - begun)


def main() -> None:
    """Print the measures beside their goals."""
    print(f"{COUNT:,} releases parsed and decided: {milliseconds():6.1f} ms   goal 150")
    gap = asyncio.run(longest_gap())
    print(f"the event loop stood still for:      {gap:6.1f} ms   goal 20")
    ours, theirs = matches()
    print(f"names matched:  {ours:10,.0f} /s")
    print(f"beets' distance:{theirs:10,.0f} /s   {ours / theirs:6.1f} x slower")


if __name__ == "__main__":
    main()
