"""The words of release titles, from `words.toml`."""

from pathlib import Path
import tomllib
from typing import Any

FILE: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "words.toml").read_text("utf-8")
)

# What people call the music in front of the artist.
GENRES = frozenset(FILE["genres"].split())
# Who published a record, as titles name them.
LABELS = frozenset(FILE["labels"].split())
MONTHS = (
    "january february march april may june july august september october november"
    " december".split()
)
