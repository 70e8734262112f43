"""What whoever asks hears at once, in the form that every host passes on."""

from dataclasses import dataclass
from typing import Any

from .finder import Findings
from .model import Album, Run
from .sentences import Speak, in_words, plain, sentence


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitorAnswer:
    """What whoever asks hears at once."""

    run: Run
    created: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the answer of the action."""
        run = self.run
        return {
            "run_id": run.run_id,
            "album_id": run.album_id,
            "quality": run.quality.value,
            "mode": run.mode.value,
            "status": run.status.value,
            "created": self.created,
            "seq": run.seq,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchAnswer:
    """What a search would lead to."""

    album: Album
    findings: Findings

    def as_dict(self, *, limit: int, speak: Speak = sentence) -> dict[str, Any]:
        """Return the ranked table, with every reason and score in words."""
        found = self.findings
        ranked = found.candidates[:limit]
        return {
            "album_id": self.album.album_id,
            "artist": self.album.artist,
            "album": self.album.title,
            "quality": found.profile.value,
            "queries": [query.text for query in found.queries],
            "indexers": [report.as_dict() for report in found.reports],
            "found": len(found.candidates),
            "accepted": len(found.accepted),
            "candidates": [
                {
                    "rank": candidate.rank,
                    "accepted": candidate.accepted,
                    **in_words(plain(candidate), speak),
                }
                for candidate in ranked
            ],
        }
