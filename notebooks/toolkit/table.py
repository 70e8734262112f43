"""CandidateTable: releases to sort, to filter and to choose from."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

import anywidget
from music_agregator.decision.explain import with_sentences
from music_agregator.model import Candidate
import traitlets

from .displayable import Table
from .ranking import Row

# Shown while nothing is chosen.
HINT = "<p>Choose a release to see why it is where it is.</p>"

_HERE = Path(__file__).parent


class CandidateTable(anywidget.AnyWidget):
    """A table of candidates; `chosen` is the key of one, or None."""

    _esm = _HERE / "table.js"
    _css = _HERE / "table.css"

    # Values that no order changes, and the order: key, rank, accepted, score, reason.
    offers = traitlets.List(traitlets.Dict()).tag(sync=True)
    ranks = traitlets.List(traitlets.List()).tag(sync=True)
    chosen = traitlets.Int(allow_none=True, default_value=None).tag(sync=True)

    def show(self, rows: Iterable[Row]) -> None:
        """Replace the candidates; the chosen one stays chosen."""
        rows = list(rows)
        offers = sorted(map(_offer, rows), key=lambda offer: offer["key"])
        with self.hold_sync():
            self.offers = offers
            self.ranks = [
                [row.key, row.rank, row.accepted, row.score, row.reason] for row in rows
            ]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the shown rows, in order."""
        offers = {offer["key"]: offer for offer in self.offers}
        names = ("rank", "accepted", "score", "reason")
        return [
            {**offers[key], **dict(zip(names, told, strict=True))}
            for key, *told in self.ranks
        ]


def _offer(row: Row) -> dict[str, Any]:
    """Return the values of a release that no order changes."""
    size = row.size_bytes
    return {
        "key": row.key,
        "title": row.title,
        "quality": row.quality,
        "size": None if size is None else round(size / 1_000_000, 1),
        "seeders": row.seeders,
        "indexers": row.indexers,
    }


def details(candidate: Candidate) -> str:
    """Return a candidate as HTML, with every reason and every part of its score."""
    data = with_sentences(candidate)
    reasons = "".join(f"<li>{escape(r['sentence'])}</li>" for r in data["reasons"])
    parts = Table(
        ("part", "points", "of", "because"),
        [(p["name"], p["points"], p["weight"], p["sentence"]) for p in data["parts"]],
    )
    against = f"<p>Against it:</p><ul>{reasons}</ul>" if reasons else ""
    return (
        f"<p><b>{candidate.rank}. {escape(data['title'])}</b>:"
        f" {data['score']:g} points</p>"
        f"{against}{parts._repr_html_()}"
    )
