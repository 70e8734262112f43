"""Feed the readers what nobody should send: changed titles, feeds and torrents.

`python -m tests.fuzz titles 600` goes on for ten minutes; the suite takes a few hundred
rounds. Nothing but the typed errors may be raised, and no input may take longer than its
length explains.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
import sys
from time import perf_counter, thread_time
from typing import NamedTuple

from custom_components.music_agregator.core.errors import MusicAgregatorError
from custom_components.music_agregator.core.magnets import parse_magnet, parse_torrent
from custom_components.music_agregator.core.titles import parse_title, parse_title_for
from custom_components.music_agregator.core.titles.wanted import WantedNames
from custom_components.music_agregator.core.torznab import parse_caps, parse_results

CORPUS = Path(__file__).parent / "core/titles"
LARGEST = 1 << 16
# How many times longer four times the input may take, before it counts as worse than
# linear; and what is too short to be measured (seconds).
WORST_RATIO = 12.0
MEASURABLE = 0.02


class Target(NamedTuple):
    """A reader, what it is fed, and what the changes are made of."""

    read: Callable[[bytes], object]
    seeds: Sequence[bytes]
    pieces: Sequence[bytes]


def _read_title(data: bytes) -> None:
    title = data.decode(errors="surrogateescape")
    parse_title.cache_clear()
    parse_title(title)
    names = WantedNames(artists=(title[:9], "VA"), titles=(title[10:30], "C"))
    parse_title_for(title, names)


def _read_feed(data: bytes) -> None:
    for read in (lambda body: parse_results(body, base_url="http://x"), parse_caps):
        with suppress(MusicAgregatorError):
            read(data)


def _read_torrent(data: bytes) -> None:
    for read in (parse_torrent, lambda body: parse_magnet(body.decode("latin-1"))):
        with suppress(MusicAgregatorError):
            read(data)


def _titles() -> list[bytes]:
    lines = (
        line
        for path in sorted(CORPUS.glob("*.tsv"))
        for line in path.read_bytes().splitlines()
    )
    return [line.split(b"\t")[0] for line in lines if not line.startswith(b"#")]


_FEED = (
    b'<?xml version="1.0" encoding="UTF-8"?><rss xmlns:torznab="http://torznab.com/'
    b'schemas/2015/feed"><channel><item><title>A - B</title><guid>g</guid><link>http://x'
    b"/1</link><size>1</size><pubDate>Mon, 02 Nov 2026 10:00:00 +0000</pubDate>"
    b'<torznab:attr name="seeders" value="1"/><enclosure url="magnet:?xt=urn:btih:'
    b'c9e15763f722f23e98a29decdfae341b98d53056" length="5"/></item></channel></rss>'
)
_CAPS = (
    b'<caps><server title="x"/><limits max="100"/><searching><music-search available="yes"'
    b' supportedParams="q,artist,album"/></searching><categories><category id="3000"/>'
    b"</categories></caps>"
)
_TORRENT = (
    b"d8:announce19:http://127.0.0.1/an7:comment1:c4:infod5:filesld6:lengthi5e4:pathl1:a"
    b"eee4:name1:n12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaa7:privatei1eee"
)
_MAGNET = (
    b"magnet:?xt=urn:btih:c9e15763f722f23e98a29decdfae341b98d53056&dn=a&tr=http%3A%2F%2Fx"
    b"&xt=urn:btmh:1220caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e"
)

_TITLE_PIECES = (
    " - ,(,),[,],-,_,., ,24,/96,bit, FLAC,MP3,320,1999,V0,Live,&amp;,\u2013,CD,\u300c"
    ',\U0001f525,",Discography'
)
_FEED_PIECES = (
    '<item> </item> <title> &lt; &#0; &a; <!DOCTYPE ]]> <![CDATA[ value=" -1 \0 magnet:?'
    " 999999999999999999999999999999"
)
_TORRENT_PIECES = "d l e i i1e 0: 1:a 99999999: - le de 4:info &xt=urn:btih: % %00 lllllllll ddddd i-0e"

TARGETS = {
    "titles": Target(
        _read_title, _titles(), [*_TITLE_PIECES.encode().split(b","), b"\xff"]
    ),
    "torznab": Target(
        _read_feed,
        [_FEED, _CAPS, b'<error code="100" description="x"/>'],
        _FEED_PIECES.encode().split(),
    ),
    "torrents": Target(
        _read_torrent, [_TORRENT, _MAGNET], _TORRENT_PIECES.encode().split()
    ),
}


def changed(random: Random, target: Target) -> bytes:
    """Return a seed after some changes: cut, doubled, spliced, repeated."""
    data = bytearray(random.choice(target.seeds))
    for _ in range(random.randint(1, 8)):
        start = random.randint(0, len(data))
        end = min(start + random.choice((1, 4, 20, 200)), len(data))
        match random.randrange(6):
            case 0:
                del data[start:end]
            case 1:
                data[start:start] = random.choice(target.pieces)
            case 2:
                data[start:start] = random.choice(target.pieces) * random.randint(
                    1, 400
                )
            case 3:
                data[start:start] = data[start:end] * random.randint(1, 50)
            case 4:
                data[start:end] = random.randbytes(end - start)
            case _:
                other = random.choice(target.seeds)
                data[start:end] = other[: random.randint(0, len(other))]
        del data[LARGEST:]
    return bytes(data)


def run(name: str, rounds: int, seed: int = 1) -> int:
    """Feed one reader some inputs; raise what it raises but should not."""
    target, random = TARGETS[name], Random(seed)
    for _ in range(rounds):
        target.read(changed(random, target))
    return rounds


def seconds_for(target: Target, data: bytes) -> float:
    """Return the best of three measures, in seconds of this thread's own time."""
    best = 60.0
    for _ in range(3):
        begun = thread_time()
        target.read(data)
        best = min(best, thread_time() - begun)
    return best


def is_worse_than_linear(target: Target, data: bytes) -> bool:
    """Return whether four times the input takes far more than four times as long."""
    long = seconds_for(target, data * 4)
    return long > MEASURABLE and long > WORST_RATIO * seconds_for(target, data)


def main(name: str, seconds: float) -> None:
    """Fuzz one reader for a while and say what came of it."""
    target, random = TARGETS[name], Random()
    until = perf_counter() + seconds
    count, slowest = 0, 0.0
    while (now := perf_counter()) < until:
        data = changed(random, target)
        try:
            target.read(data)
        except Exception:
            print(f"{name}: {data!r}")
            raise
        count += 1
        slowest = max(slowest, perf_counter() - now)
        if perf_counter() - now > MEASURABLE and is_worse_than_linear(target, data):
            sys.exit(f"{name}: worse than linear: {data!r}")
    print(f"{name}: {count:,} inputs, the slowest {slowest * 1000:.1f} ms, no finding")


if __name__ == "__main__":
    names = [argument for argument in sys.argv[1:] if argument in TARGETS]
    rest = [float(a) for a in sys.argv[1:] if a not in TARGETS]
    for chosen in names or TARGETS:
        main(chosen, rest[0] if rest else 60.0)
