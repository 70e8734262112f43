"""The sentences of the core, in English, by their codes; `sentences.json` has them."""

from collections.abc import Mapping
import json
from pathlib import Path

_FILE = Path(__file__).parent / "sentences.json"
_SENTENCES: Mapping[str, Mapping[str, str]] = json.loads(_FILE.read_text("utf-8"))

# Why a candidate was rejected, and where its score comes from.
CANDIDATES = _SENTENCES["candidates"]
# Why a run ended, and what to change.
ENDS = _SENTENCES["ends"]
# What went wrong: the messages of the errors.
ERRORS = _SENTENCES["errors"]
