"""Titles a second, and how many are read right: ours beside other parsers, in one run.

Two packages share the module name PTN, so that each peer lives in a folder of its own and
is run in a process of its own. Peers know films: what they call the title is parted at its
dash, and counts as artist and album.
"""

from collections.abc import Callable, Sequence
from importlib.metadata import distributions
import json
from pathlib import Path
import subprocess
import sys
from time import perf_counter
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bench_corpus import CORPUS, titles

from custom_components.music_agregator.core.titles import parse_title
from tests.core.titles.title_cases import TitleCase, read_cases

PEERS = ROOT / ".tools/peers"
SECONDS = 3.0

# How each peer is called, by its name on PyPI.
CALLS = {
    "parse-torrent-name": "from PTN import parse",
    "parse-torrent-title": "from PTN import parse",
    "parsett": "from PTT import parse_title as parse",
    "guessit": "from guessit import guessit as parse",
}
_CHILD = """
import json, sys
from time import perf_counter
sys.path.insert(0, sys.argv[1])
exec(sys.argv[2])
titles, cases = json.load(sys.stdin)
begun = perf_counter()
for title in titles:
    parse(title)
seconds = perf_counter() - begun
read = []
for title in cases:
    try:
        found = parse(title).get("title")
    except Exception:
        found = None
    read.append(found if isinstance(found, str) else None)
json.dump({"rate": len(titles) / seconds, "read": read}, sys.stdout)
"""


class Figures(NamedTuple):
    """How fast a parser is, and how many names it reads right."""

    rate: float
    right: dict[str, int]


def rate(parse: Callable[[str], object], corpus: Sequence[str]) -> float:
    """Return the best rate of several rounds (titles a second)."""
    best = 0.0
    until = perf_counter() + SECONDS
    while perf_counter() < until or not best:
        begun = perf_counter()
        for title in corpus:
            parse(title)
        best = max(best, len(corpus) / (perf_counter() - begun))
    return best


def labelled() -> dict[str, list[TitleCase]]:
    """Return the cases of each file that say how names are read."""
    return {
        path.stem: [one for one in read_cases(path) if one.wrong("names") is not None]
        for path in sorted((CORPUS / "cases").glob("*.tsv"))
    }


def ours(corpus: list[str], cases: dict[str, list[TitleCase]]) -> Figures:
    """Return our own figures, without the cache that a corpus read twice would measure."""
    right = {
        name: sum(not one.wrong("names") for one in some)
        for name, some in cases.items()
    }
    return Figures(rate(parse_title.__wrapped__, corpus), right)


def peer(name: str, corpus: list[str], cases: dict[str, list[TitleCase]]) -> Figures:
    """Return the figures of a peer."""
    every = [one for some in cases.values() for one in some]
    # guessit takes tens of milliseconds a title.
    few = corpus[:: 50 if name == "guessit" else 10]
    asked = json.dumps([few, [one.title for one in every]])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _CHILD, PEERS / name, CALLS[name]],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    read = iter(answer["read"])
    right = {
        file: sum(one.is_named(*_names(next(read))) for one in some)
        for file, some in cases.items()
    }
    return Figures(answer["rate"], right)


def _names(title: str | None) -> tuple[str, str]:
    artist, dash, album = (title or "").partition(" - ")
    return (artist, album) if dash else ("-", "-")


def _version(name: str) -> str:
    found = (
        d.version
        for d in distributions(path=[str(PEERS / name)])
        if d.name.lower() == name
    )
    return next(found, "?")


def main() -> None:
    """Print the figures of all parsers."""
    corpus, cases = titles(), labelled()
    print(f"{len(corpus)} titles for the speed, and names read right of:", end="")
    print(*(f"  {name} {len(some)}" for name, some in cases.items()), sep="")
    figures = {"music_agregator": ours(corpus, cases)}
    figures |= {f"{n} {_version(n)}": peer(n, corpus, cases) for n in CALLS}
    for name, one in figures.items():
        shares = (
            f"{100 * one.right[file] / len(some):7.1f} %"
            for file, some in cases.items()
        )
        print(f"{name:28}{one.rate:10,.0f} titles/s", *shares)


if __name__ == "__main__":
    main()
