"""Picker: which candidate a run takes, by itself or as a person says."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import count
import logging
from typing import Any

from sqlalchemy import Connection
from ulid_transform import ulid_at_time

from .clock import backoff, within
from .errors import (
    CandidateAwayError,
    CandidateGoneError,
    CandidateNotFoundError,
    ClientRefusedError,
    ClosingError,
    LinkError,
    NotAwaitingError,
    StoreUnavailableError,
    UnavailableError,
)
from .magnets import Magnet, Torrent
from .model import Download, Link, Mode, Run, WorkflowStatus as S
from .parts import Parts, Step
from .quality import Quality
from .reasons import commonest, reason
from .registry import LiveRun, Selection, refuse
from .searching import MOST_SAVED, TOP, brief, search
from .sentences import why
from .store import candidates, downloads, events, runs
from .store.candidates import SavedCandidate

_LOGGER = logging.getLogger(__name__)

# Reasons of what only turned up because the artist was searched for.
_OTHER_ALBUMS = frozenset({"wrong_artist", "wrong_album", "unreadable_title"})
_LINK_PATIENCE = 3_600.0


class Picker:
    """The steps between a ranked list and a saved download."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.steps: Mapping[S, Step] = {
            S.PARSING_RESULTS: self._decide,
            S.AWAITING_SELECTION: self._await_selection,
            S.DOWNLOAD_FAILED: self.pick,
        }

    async def _decide(self, live: LiveRun) -> Run:
        """Ask a person where one is to be asked; else take the best."""
        run = live.run
        await self._refill(run)
        if run.mode is Mode.INTERACTIVE and (ranked := await self._untried(run)):
            return await self._ask(run, "interactive", ranked)
        return await self.pick(live)

    async def _ask(self, run: Run, because: str, ranked: list[SavedCandidate]) -> Run:
        """Commit the question, with the best of the list."""
        parts = self._parts
        limit = parts.settings.selection_seconds
        return await parts.journal.record(
            run,
            S.AWAITING_SELECTION,
            {
                "because": because,
                "until": parts.clock.now() + limit if limit else None,
                "accepted": len(ranked),
                "top": [brief(candidate) for candidate in ranked[:TOP]],
            },
        )

    async def _await_selection(self, live: LiveRun) -> Run:
        """Wait for a choice, for days; when the time is up, take the best."""
        live.is_decided = False
        while True:
            await self._until_news(live)
            is_lost = await self._is_lost(live.run)
            # Taken off the list only now: nothing may fail before it is looked at.
            selection = live.selections.popleft() if live.selections else None
            if is_lost:
                if selection is not None:
                    refuse(selection, CandidateNotFoundError(rank=str(selection.rank)))
                return await self._decide(live)
            if selection is None:
                if not self._is_late(live.run):
                    continue
                live.is_decided = True
                live.turn_away(NotAwaitingError(run_id=live.run.run_id))
                return await self.pick(live)
            try:
                run = await self._take(live, selection)
            except (
                CandidateNotFoundError,
                CandidateGoneError,
                CandidateAwayError,
            ) as error:
                refuse(selection, error)
            except StoreUnavailableError:
                # The step is taken again, and the choice with it.
                live.selections.appendleft(selection)
                raise
            except BaseException:
                refuse(selection, ClosingError())
                raise
            else:
                live.is_decided = True
                selection.taken.set_result(run)
                live.turn_away(NotAwaitingError(run_id=run.run_id))
                return run

    def _is_late(self, run: Run) -> bool:
        limit = self._parts.settings.selection_seconds
        return limit is not None and self._left(run, limit) <= 0

    def _left(self, run: Run, limit: float) -> float:
        return run.updated_at + limit - self._parts.clock.now()

    async def _until_news(self, live: LiveRun) -> None:
        """Wait for a choice, for the end of the time, or for whatever has happened."""
        limit = self._parts.settings.selection_seconds
        if not live.selections:
            live.news.clear()
            if limit is None:
                await live.news.wait()
            else:
                left = max(self._left(live.run, limit), 0.0)
                with suppress(TimeoutError):
                    await within(self._parts.clock, left, live.news.wait())

    async def _take(self, live: LiveRun, selection: Selection) -> Run:
        """Do as a person says: take a candidate of any rank, or none."""
        parts, run = self._parts, live.run
        if selection.rank is None:
            return await parts.journal.record(run, S.NOT_FOUND, reason("declined"))
        candidate = await parts.database.read(
            partial(candidates.get, run_id=run.run_id, rank=selection.rank)
        )
        if candidate is None:
            raise CandidateNotFoundError(rank=str(selection.rank))
        try:
            torrent = await self._resolve(run, candidate)
        except LinkError:
            await self._mark_tried(run, candidate)
            raise CandidateGoneError(rank=str(candidate.rank)) from None
        except UnavailableError:
            raise CandidateAwayError(rank=str(candidate.rank)) from None
        return await self._choose(live, candidate, torrent, chosen_by="person")

    async def _refill(self, run: Run) -> None:
        """Search anew for a run whose candidates were lost with the tables."""
        parts = self._parts
        if await self._is_lost(run):
            _, rows = await search(parts, run)
            save = partial(candidates.save, run_id=run.run_id, candidates=rows)
            await parts.database.write(save)

    async def _is_lost(self, run: Run) -> bool:
        """Say whether a run's candidates were lost with the tables."""

        def is_lost(connection: Connection) -> bool:
            if candidates.count(connection, run.run_id):
                return False
            stored = runs.find(connection, run.run_id)
            told = events.many(connection, [stored.seq]) if stored else {}
            return any(data.get("restored") for data in told.values())

        return await self._parts.database.read(is_lost)

    async def _untried(self, run: Run) -> list[SavedCandidate]:
        return await self._parts.database.read(
            partial(candidates.untried, run_id=run.run_id)
        )

    async def pick(self, live: LiveRun) -> Run:
        """Take the best candidate whose link leads to a torrent."""
        parts, run = self._parts, live.run
        until = parts.clock.now() + _LINK_PATIENCE
        for attempt in count():
            outcome = await self._try_in_turn(live)
            if isinstance(outcome, Run):
                return outcome
            if outcome is None:
                break
            pause = max(backoff(attempt + 2), outcome.retry_after or 0.0)
            if parts.clock.now() + pause > until:
                break
            await parts.clock.sleep(pause)
        if run.status is S.ADDING_TORRENT:
            raise ClientRefusedError
        return await parts.journal.record(
            run, S.NOT_FOUND, await parts.database.read(partial(_why_nothing, run=run))
        )

    async def _try_in_turn(self, live: LiveRun) -> Run | UnavailableError | None:
        """Take the first candidate that is to be had; else say whether one may be yet."""
        run = live.run
        away: UnavailableError | None = None
        ranked = await self._untried(run)
        limit = await self._size_limit(run)
        for candidate in ranked:
            if limit and (candidate.data["size_bytes"] or 0) > limit:
                if run.status is S.PARSING_RESULTS:
                    return await self._ask(run, "size", ranked)
                # Later there is no way back to the question.
                continue
            try:
                torrent = await self._resolve(run, candidate)
            except LinkError as error:
                _LOGGER.debug("Candidate %s: %s", candidate.rank, error)
                await self._mark_tried(run, candidate)
            except UnavailableError as error:
                away = error
            else:
                return await self._choose(live, candidate, torrent)
        return away

    async def _size_limit(self, run: Run) -> int | None:
        """Return above which size a run takes nothing unasked; None if it may."""
        limit = self._parts.settings.ask_above_bytes
        if limit is None or run.mode is Mode.INTERACTIVE:
            return None
        asked = partial(events.has, run_id=run.run_id, status=S.AWAITING_SELECTION)
        return None if await self._parts.database.read(asked) else limit

    async def _resolve(self, run: Run, candidate: SavedCandidate) -> Magnet | Torrent:
        """Follow a candidate's links, one source after the other.

        Raises LinkError when all are dead, UnavailableError when one may live yet.
        """
        parts = self._parts
        failure: LinkError | UnavailableError = LinkError("no link")
        for link in await parts.database.read(
            partial(candidates.sources, run_id=run.run_id, rank=candidate.rank)
        ):
            try:
                return await parts.resolver.resolve(link)
            except LinkError as error:
                if not isinstance(failure, UnavailableError):
                    failure = error
            except UnavailableError as error:
                failure = error
        raise failure

    async def _choose(
        self,
        live: LiveRun,
        candidate: SavedCandidate,
        torrent: Magnet | Torrent,
        *,
        chosen_by: str = "score",
    ) -> Run:
        """Save a candidate's download: from here on it survives everything."""
        parts, run = self._parts, live.run
        data = candidate.data
        now = parts.clock.now()
        download = Download(
            download_id=ulid_at_time(now),
            hashes=torrent.hashes,
            title=data["title"],
            quality=Quality.from_dict(data["quality"]),
            size_bytes=data["size_bytes"]
            or (torrent.size_bytes if isinstance(torrent, Torrent) else None),
            link=Link(torrent=torrent.data)
            if isinstance(torrent, Torrent)
            else Link(magnet_uri=torrent.uri),
        )

        def save(connection: Connection, moved: Run) -> Run:
            candidates.mark_tried(connection, run.run_id, candidate.rank)
            download_id = downloads.save(connection, run.run_id, download, now)
            return replace(moved, download_id=download_id, attempt=run.attempt + 1)

        live.download = None
        second = await parts.database.read(
            partial(candidates.next_best, run_id=run.run_id, rank=candidate.rank)
        )
        return await parts.journal.record(
            run,
            S.ADDING_TORRENT,
            {
                "rank": candidate.rank,
                "chosen_by": chosen_by,
                "title": download.title,
                "quality": str(download.quality),
                "size_bytes": download.size_bytes,
                "info_hash": torrent.hashes.ids[0],
                "indexers": data["indexers"],
                "score": data["score"],
                "parts": {part["name"]: part["points"] for part in data["parts"]},
                "why": why(data),
                "second": _second(data, second),
                "attempt": run.attempt + 1,
            },
            also=save,
        )

    async def _mark_tried(self, run: Run, candidate: SavedCandidate) -> None:
        await self._parts.database.write(
            partial(candidates.mark_tried, run_id=run.run_id, rank=candidate.rank)
        )


def _why_nothing(connection: Connection, run: Run) -> dict[str, Any]:
    found = candidates.count(connection, run.run_id)
    if not found:
        return reason("no_results")
    first = candidates.page(connection, run.run_id, limit=MOST_SAVED)
    if any(candidate.accepted for candidate in first):
        return reason("no_more_candidates")
    codes = [candidate.data["reasons"][0]["code"] for candidate in first]
    if _OTHER_ALBUMS.issuperset(codes):
        return reason("no_results")
    return reason("nothing_acceptable", found=found, why=commonest(codes))


def _second(
    best: Mapping[str, Any], second: SavedCandidate | None
) -> dict[str, Any] | None:
    """Return the candidate that was beaten, by how much, and by what."""
    if second is None:
        return None
    points = {part["name"]: part["points"] for part in second.data["parts"]}
    ahead = {p["name"]: p["points"] - points.get(p["name"], 0.0) for p in best["parts"]}
    return {
        "title": second.data["title"],
        "ahead": round(best["score"] - second.data["score"], 1),
        "by": {name: round(by, 1) for name, by in ahead.items() if round(by, 1)},
    }
