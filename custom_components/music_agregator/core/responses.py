"""What the core answers to a request, in the form that every host returns."""

from dataclasses import asdict, dataclass
from typing import Any

from .decision.explain import Translate, sentence, with_sentences
from .model import Album, AlbumMatch, Candidate, Run
from .search.finder import SearchResult


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitorResponse:
    """The answer to a request for an album."""

    run: Run
    created: bool
    year: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the response of the action."""
        run = self.run
        return {
            "run_id": run.run_id,
            "album_id": run.album_id,
            "quality": run.quality.value,
            "artist": run.artist,
            "album": run.album_title,
            "year": self.year,
            "mode": run.mode.value,
            "status": run.status.value,
            "created": self.created,
            "seq": run.seq,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResponse:
    """The answer to a search: what a request would pick."""

    album: Album
    result: SearchResult

    def as_dict(self, *, limit: int, translate: Translate = sentence) -> dict[str, Any]:
        """Return the ranked table, with every reason and score in words."""
        found = self.result
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
                    **with_sentences(candidate, translate),
                }
                for candidate in ranked
            ],
        }


def run_data(run: Run) -> dict[str, Any]:
    """Return a run, in the fields of the actions' responses."""
    data = {**asdict(run), "ladder": list(run.ladder), "title": run.album_title}
    del data["album_title"], data["download_id"]
    if run.requested_by is None:
        del data["requested_by"]
    return data


def candidate_data(
    candidate: Candidate, translate: Translate = sentence
) -> dict[str, Any]:
    """Return a saved candidate, with every reason and score in words."""
    return {
        "rank": candidate.rank,
        "accepted": candidate.accepted,
        "tried": candidate.tried,
        **with_sentences(candidate, translate),
    }


def match_data(match: AlbumMatch) -> dict[str, Any]:
    """Return an album that a text may mean, and how well it fits."""
    return {**album_data(match.album), "score": match.score}


def album_data(album: Album) -> dict[str, Any]:
    """Return what distinguishes an album from others of its name."""
    return {
        "album_id": album.album_id,
        "artist": album.artist,
        "album": album.title,
        "first_release_date": album.first_release_date,
        "type": album.primary_type,
        "secondary_types": list(album.secondary_types),
        "disambiguation": album.disambiguation,
    }
