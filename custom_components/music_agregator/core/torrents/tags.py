"""Tags: by which a torrent is known as ours, and as which run's.

What does not carry our tag is never touched: `is_ours` is asked before every change.
"""

from .client import TorrentState

TAG = "music_agregator"


def run_tag(instance: str, run_id: str) -> str:
    """Return the tag with our instance and the run of a torrent."""
    return f"{TAG}:{instance}:{run_id}"


def run_of(state: TorrentState, instance: str) -> str | None:
    """Return the first run that a torrent is tagged with; None if it is not ours."""
    prefix = f"{TAG}:{instance}:"
    found = sorted(tag for tag in state.tags if tag.startswith(prefix))
    return found[0].removeprefix(prefix) if found else None


def is_ours(state: TorrentState, instance: str) -> bool:
    """Return whether a torrent carries our instance's tag."""
    return run_of(state, instance) is not None
