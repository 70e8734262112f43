"""Titles a second: ours beside other parsers of release titles, on one core."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from guessit import guessit
from music_agregator.titles import parse_title
import PTN
import PTT

CORPUS = Path(__file__).parents[2] / "tests/core/titles"
SECONDS = 3.0


def titles() -> list[str]:
    """Return the titles of the labelled corpus."""
    lines = (
        line
        for path in sorted(CORPUS.glob("*.tsv"))
        for line in path.read_text().splitlines()
    )
    return [line.split("\t")[0] for line in lines if not line.startswith("#")]


def rate(parse: Callable[[str], object], corpus: list[str]) -> float:
    """Return the best rate of several rounds (titles a second)."""
    best = 0.0
    until = perf_counter() + SECONDS
    while perf_counter() < until or not best:
        begun = perf_counter()
        for title in corpus:
            parse(title)
        best = max(best, len(corpus) / (perf_counter() - begun))
    return best


def main() -> None:
    """Print the rates, and by how much ours is faster."""
    corpus = titles()
    few = corpus[::10]
    # Without the cache, which a corpus read twice would only measure.
    ours = rate(parse_title.__wrapped__, corpus)
    print(f"{len(corpus)} titles; the best of {SECONDS:g} seconds each\n")
    print(f"{'music_agregator':22}{ours:10,.0f} titles/s   goal 20,000")
    for name, parse, some in (
        ("parse-torrent-name", PTN.parse, few),
        ("parsett (PTT)", PTT.parse_title, few),
        ("guessit", guessit, few[:20]),
    ):
        theirs = rate(parse, some)
        print(f"{name:22}{theirs:10,.0f} titles/s   {ours / theirs:6.1f} x slower")


if __name__ == "__main__":
    main()
