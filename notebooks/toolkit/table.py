"""CandidateTable: releases to sort, to filter and to choose from."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

import anywidget
from music_agregator.quality import Quality
from music_agregator.sentences import in_words
import traitlets

from .ranking import Row, first_reason
from .shown import Table

_HERE = Path(__file__).parent


class CandidateTable(anywidget.AnyWidget):
    """A table of candidates; `chosen` is the key of one, or None."""

    _esm = _HERE / "table.js"
    _css = _HERE / "table.css"

    rows = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.Int(allow_none=True, default_value=None).tag(sync=True)

    def show(self, rows: Iterable[Row]) -> None:
        """Show candidates in place of those before; what is chosen stays chosen."""
        self.rows = [_line(row) for row in rows]


def _line(row: Row) -> dict[str, Any]:
    """Return what the table shows of a candidate: no link, and no more than it needs."""
    data = row.data
    size = data["size_bytes"]
    return {
        "key": row.key,
        "rank": row.rank,
        "accepted": row.accepted,
        "title": data["title"],
        "quality": str(Quality.from_dict(data["quality"])),
        "size": None if size is None else round(size / 1_000_000, 1),
        "seeders": data["seeders"],
        "indexers": ", ".join(data["indexers"]),
        "score": data["score"],
        "reason": first_reason(data),
    }


def details(row: Row | None) -> str:
    """Return all that is known of a candidate as HTML: every reason, every part."""
    if row is None:
        return "<p>Choose a release to see why it is where it is.</p>"
    data = in_words(row.data)
    reasons = "".join(f"<li>{escape(r['sentence'])}</li>" for r in data["reasons"])
    parts = Table(
        ("part", "points", "of", "because"),
        [(p["name"], p["points"], p["weight"], p["sentence"]) for p in data["parts"]],
    )
    against = f"<p>Against it:</p><ul>{reasons}</ul>" if reasons else ""
    return (
        f"<p><b>{row.rank}. {escape(data['title'])}</b>: {data['score']:g} points</p>"
        f"{against}{parts._repr_html_()}"
    )
