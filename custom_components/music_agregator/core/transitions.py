"""The table of statuses: which may follow which, and which end a run."""

from .errors import IllegalTransitionError
from .model import WorkflowStatus as S

ENDS = frozenset({S.DOWNLOADED, S.ALREADY_OWNED, S.NOT_FOUND, S.CANCELLED, S.FAILED})

# `cancelled` and `failed` may also follow every status that is not an end.
_FOLLOWERS: dict[S | None, frozenset[S]] = {
    None: frozenset({S.FETCHING_METADATA}),
    S.FETCHING_METADATA: frozenset({S.CHECKING_OWNED}),
    S.CHECKING_OWNED: frozenset({S.SEARCHING, S.ALREADY_OWNED}),
    S.SEARCHING: frozenset({S.PARSING_RESULTS}),
    S.PARSING_RESULTS: frozenset({S.ADDING_TORRENT, S.AWAITING_SELECTION, S.NOT_FOUND}),
    S.AWAITING_SELECTION: frozenset({S.ADDING_TORRENT, S.NOT_FOUND}),
    S.ADDING_TORRENT: frozenset({S.COMPLETE, S.ADDING_TORRENT, S.NOT_FOUND}),
    S.COMPLETE: frozenset({S.DOWNLOADING}),
    S.DOWNLOADING: frozenset(
        {S.DOWNLOADING, S.STALLED, S.DOWNLOADED, S.DOWNLOAD_FAILED}
    ),
    S.STALLED: frozenset({S.DOWNLOADING, S.DOWNLOAD_FAILED}),
    S.DOWNLOAD_FAILED: frozenset({S.ADDING_TORRENT, S.NOT_FOUND}),
}
_ALWAYS = frozenset({S.CANCELLED, S.FAILED})


def followers(status: S | None) -> frozenset[S]:
    """Return the statuses that may follow a status; None stands before the first."""
    if status in ENDS:
        return frozenset()
    own = _FOLLOWERS[status]
    return own if status is None else own | _ALWAYS


def check(status: S | None, following: S) -> None:
    """Raise IllegalTransitionError if the second may not follow the first."""
    if following not in followers(status):
        raise IllegalTransitionError(f"{following} may not follow {status}")
