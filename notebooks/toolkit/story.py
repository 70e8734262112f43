"""Stories: the events of runs, and the runs themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import override

from music_agregator import AlbumEvent, Run, summarize

from .displayable import Cell, Listed, Table

_MOST_SHOWN = 100


class Story(Listed[AlbumEvent]):
    """Events in order."""

    head = ("seq", "at", "status", "")

    @property
    def names(self) -> dict[str, str]:
        """Return the name of each run's album, if its events have it."""
        return {
            event.run_id: f"{event.data.get('artist', '')} - {event.data['album']}"
            f" ({event.quality})"
            for event in self
            if "album" in event.data
        }

    @property
    def last(self) -> dict[str, AlbumEvent]:
        """Return the last event of each run."""
        return {event.run_id: event for event in self}

    @property
    def standing(self) -> Table:
        """Return the last status of the runs that changed last."""
        names = self.names
        newest = sorted(self.last.values(), key=lambda event: -event.seq)
        return Table(
            ("album", "status", "", "since"),
            [
                (
                    names.get(event.run_id, event.run_id),
                    event.status.value,
                    summarize(event),
                    clock(event.at),
                )
                for event in newest[:_MOST_SHOWN]
            ],
        )

    @override
    def _line(self, item: AlbumEvent) -> Sequence[Cell]:
        return item.seq, clock(item.at), item.status.value, summarize(item)


class Runs(Listed[Run]):
    """Runs, newest first."""

    head = ("run_id", "artist", "album", "quality", "status", "reason", "asked for")

    @override
    def _line(self, item: Run) -> Sequence[Cell]:
        return (
            item.run_id,
            item.artist,
            item.album_title,
            item.quality.value,
            item.status.value,
            item.reason,
            clock(item.created_at),
        )


def clock(at: float) -> str:
    """Return a time in the local time zone."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
