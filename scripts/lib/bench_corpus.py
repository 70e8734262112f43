"""The titles of the labelled corpus, for the benches."""

from pathlib import Path

CORPUS = Path(__file__).parents[2] / "tests/core/titles"


def titles() -> list[str]:
    """Return the titles of the labelled corpus."""
    lines = (
        line
        for path in sorted(CORPUS.glob("*.tsv"))
        for line in path.read_text().splitlines()
    )
    return [line.split("\t")[0] for line in lines if not line.startswith("#")]
