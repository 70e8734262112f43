"""Batch: a list of albums, got a few at a time."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
import csv
from dataclasses import dataclass, replace
from html import escape
import os
from pathlib import Path
from typing import Self, override

import ipywidgets as widgets
from music_agregator import (
    MonitorRequest,
    QualityProfile,
    WorkflowStatus as S,
    summarize,
)
from music_agregator.common.clock import backoff
from music_agregator.errors import RequestError, UnavailableError
from music_agregator.transitions import ENDS

from .displayable import Cell, Listed, Table
from .session import Session
from .task_status import wait_interruptibly

REFUSED = "refused"
_DONE = frozenset({S.DOWNLOADED, S.ALREADY_OWNED})
_FIELDS = ("artist", "album", "quality", "album_id", "status", "detail", "run_id")
_MOST_ROWS = 10_000
_MOST_SHOWN = 50
_TRIES = 5


@dataclass(frozen=True, kw_only=True)
class BatchItem:
    """A line of the list and its outcome.

    `status` is empty before it was asked for, a run's status then, or `refused`.
    """

    artist: str = ""
    album: str = ""
    quality: str = QualityProfile.LOSSLESS.value
    album_id: str = ""
    status: str = ""
    detail: str = ""
    run_id: str = ""

    @property
    def is_done(self) -> bool:
        """Return whether there is music on disk."""
        return self.status in _DONE

    @property
    def is_over(self) -> bool:
        """Return whether it has ended for good."""
        return self.status in ENDS or self.status == REFUSED


class Batch(Listed[BatchItem]):
    """A list of albums to get; shows a table while it works."""

    head = _FIELDS[:3] + _FIELDS[4:6]

    def __init__(self, items: Iterable[BatchItem]) -> None:
        super().__init__(items)
        self._kept_at: Path | None = None
        self.view = widgets.HTML()
        self._show()

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a CSV file with a heading: album, or album_id; artist and quality if known.

        It also reads what `save` wrote, so that a list can be continued later.
        Raises ValueError, which names the line, and OSError.
        """
        try:
            with Path(path).open(newline="", encoding="utf-8-sig") as file:
                head = file.readline()
                file.seek(0)
                between = "," if "," in head or ";" not in head else ";"
                reader = csv.DictReader(file, restval="", delimiter=between)
                return cls(_wishes(reader))
        except (csv.Error, UnicodeError) as error:
            raise ValueError(f"{path} is no CSV file in UTF-8: {error}") from None

    def save(self, path: str | Path) -> Path:
        """Write the list with its outcomes; the file is complete at any time."""
        path = Path(path)
        half = path.with_name(f"{path.name}.part")
        with half.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, _FIELDS)
            writer.writeheader()
            writer.writerows({f: getattr(w, f) for f in _FIELDS} for w in self._items)
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, path)  # noqa: PTH105
        return path

    async def run(
        self,
        session: Session,
        *,
        at_once: int = 3,
        pause: float = 1.0,
        save_to: str = "",
    ) -> Self:
        """Get what is not done yet, `at_once` at a time, and return when all have ended.

        Between two beginnings it waits for `pause` seconds; MusicBrainz and the indexers
        are asked no faster than they allow in any case. Interrupted, it stops to watch:
        what has begun goes on, and the next call goes on with it.
        """
        self._kept_at = Path(save_to) if save_to else None
        waiting = iter([n for n, wish in enumerate(self) if not wish.is_over])
        beginning = asyncio.Lock()

        async def work() -> None:
            for place in waiting:
                async with beginning:
                    run_id = await self._begin(session, place)
                    await session.app.clock.sleep(pause)
                if run_id is not None:
                    await self._watch(session, place, run_id)

        workers = [work() for _ in range(max(at_once, 1))]
        working = asyncio.ensure_future(asyncio.gather(*workers))
        try:
            await wait_interruptibly(working)
        finally:
            working.cancel()
        return self

    def again(self) -> Self:
        """Return a list of the rows that are not done, to run it again."""
        return type(self)(
            wish if wish.is_done else replace(wish, status="", detail="", run_id="")
            for wish in self
        )

    async def _begin(self, session: Session, place: int) -> str | None:
        """Ask for an album; return its run, None where it is refused.

        Asks again while a service is away, and leaves the album for another time after
        that.
        """
        wish = self[place]
        request = MonitorRequest(
            quality=QualityProfile(wish.quality),
            album_id=wish.album_id or None,
            artist=wish.artist or None,
            album=wish.album or None,
        )
        for attempt in range(_TRIES):
            try:
                run = (await session.app.request(request)).run
            except UnavailableError as error:
                self._note(place, detail=str(error))
                await session.app.clock.sleep(backoff(attempt))
            except RequestError as error:
                self._note(place, status=REFUSED, detail=str(error))
                return None
            else:
                self._note(place, status=run.status.value, run_id=run.run_id)
                return run.run_id
        return None

    async def _watch(self, session: Session, place: int, run_id: str) -> None:
        async for event in session.app.run_events(run_id):
            self._note(
                place,
                artist=str(event.data.get("artist", self[place].artist)),
                album=str(event.data.get("album", self[place].album)),
                album_id=event.album_id,
                status=event.status.value,
                detail=summarize(event),
            )

    def _note(self, place: int, **news: str) -> None:
        items = list(self._items)
        before, items[place] = items[place], replace(items[place], **news)
        self._items = tuple(items)
        self._show()
        if self._kept_at is not None and items[place].status != before.status:
            self.save(self._kept_at)

    def _show(self) -> None:
        """Show the items in progress and count the rest."""
        counts = Counter(wish.status or "waiting" for wish in self)
        told = ", ".join(f"{count} {status}" for status, count in counts.items())
        at_work = [w for w in self if w.status and not w.is_over]
        over = [wish for wish in self if wish.is_over]
        lines = [self._line(wish) for wish in (*at_work, *over[-_MOST_SHOWN:])]
        shown = Table(self.head, lines)
        self.view.value = f"<p>{escape(told)}</p>{shown._repr_html_()}"

    @override
    def _line(self, item: BatchItem) -> Sequence[Cell]:
        return item.artist, item.album, item.quality, item.status, item.detail


def _wishes(reader: csv.DictReader[str]) -> list[BatchItem]:
    """Return every line that is not empty. Raises ValueError, csv.Error."""
    names = {name.strip().lower(): name for name in reader.fieldnames or ()}
    if not names.keys() & {"album", "album_id"}:
        raise ValueError("The first line has to name a column album or album_id")
    found = []
    for line in reader:
        told = {f: (line[names[f]] or "").strip() for f in _FIELDS if f in names}
        if any(told.values()):
            found.append(_wish(told, reader.line_num))
        if len(found) > _MOST_ROWS:
            raise ValueError(f"More than {_MOST_ROWS} lines")
    return found


def _wish(told: dict[str, str], number: int) -> BatchItem:
    """Return a line as an item. Raises ValueError."""
    try:
        quality = QualityProfile(told.get("quality") or QualityProfile.LOSSLESS)
    except ValueError as error:
        raise ValueError(f"Line {number}: {error}") from None
    told["quality"] = quality.value
    if not (told.get("album") or told.get("album_id")):
        raise ValueError(f"Line {number}: no album")
    return BatchItem(**told)
