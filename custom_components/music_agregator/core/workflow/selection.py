"""Picker: which candidate a run takes."""

from collections.abc import Mapping
from functools import partial
from itertools import count
import logging
from typing import Any

from sqlalchemy import Connection

from ..common.clock import backoff
from ..errors import (
    ClientRefusedError,
    LinkError,
    UnavailableError,
)
from ..model import (
    Mode,
    Run,
    WorkflowStatus as S,
)
from ..parts import Parts, Step
from ..store import candidates, events
from ..store.candidates import MOST_SAVED, SavedCandidate
from .asking import Asker
from .grabber import ReleaseGrabber
from .outcomes import most_common, outcome_data
from .registry import LiveRun
from .search_step import search, search_once

_LOGGER = logging.getLogger(__name__)

# Reasons of what only turned up because the artist was searched for.
_OTHER_ALBUMS = frozenset({"wrong_artist", "wrong_album", "unreadable_title"})
_LINK_PATIENCE = 3_600.0
# How long a list of candidates is believed (seconds).
_LIST_SECONDS = 86_400.0


class CandidateSelector:
    """The steps between a ranked list and a saved download."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._chooser = ReleaseGrabber(parts)
        self._asker = Asker(parts, self._chooser, decide=self._decide, pick=self.pick)
        self.steps: Mapping[S, Step] = {
            S.PARSING_RESULTS: self._decide,
            S.AWAITING_SELECTION: self._asker.wait,
            S.DOWNLOAD_FAILED: self._pick_next,
        }

    async def _decide(self, live: LiveRun) -> Run:
        """Ask a person where one is to be asked; else take the best."""
        run = live.run
        if await self._asker.is_lost(run):
            _, rows = await search(self._parts, run)
            save = partial(candidates.save, run_id=run.run_id, candidates=rows)
            await self._parts.database.write(save)
        if run.mode is Mode.INTERACTIVE and (ranked := await self._untried(run)):
            return await self._asker.ask(run, "interactive", ranked)
        return await self.pick(live)

    async def _pick_next(self, live: LiveRun) -> Run:
        """Take the next candidate, of a list that is not too old."""
        parts, run = self._parts, live.run
        found_at = await parts.database.read(
            events.last_at, run_id=run.run_id, status=S.PARSING_RESULTS
        )
        is_old = parts.clock.now() - (found_at or 0.0) > _LIST_SECONDS
        if is_old and run.attempt < parts.settings.most_attempts:
            found, rows = await search_once(parts, run)
            if not found.all_failed:
                save = partial(candidates.save, run_id=run.run_id, candidates=rows)
                await parts.database.write(save)
        return await self.pick(live)

    async def _untried(self, run: Run) -> list[SavedCandidate]:
        return await self._parts.database.read(candidates.untried, run_id=run.run_id)

    async def pick(self, live: LiveRun) -> Run:
        """Take the best candidate whose link leads to a torrent."""
        parts, run = self._parts, live.run
        if run.attempt >= parts.settings.most_attempts:
            return await self._give_up(
                run, outcome_data("too_many_attempts", tried=run.attempt)
            )
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
        why = await parts.database.read(_why_nothing, run=run)
        return await self._give_up(run, why)

    async def _give_up(self, run: Run, why: Mapping[str, Any]) -> Run:
        """End a run that has nothing more to try."""
        if run.status is S.ADDING_TORRENT:
            raise ClientRefusedError
        return await self._parts.journal.record(run, S.NOT_FOUND, why)

    async def _try_in_turn(self, live: LiveRun) -> Run | UnavailableError | None:
        """Take the first candidate that is to be had; else say whether one may be yet."""
        run = live.run
        away: UnavailableError | None = None
        ranked = await self._untried(run)
        limit = await self._size_limit(run)
        for candidate in ranked:
            is_pack = candidate.data.get("is_pack", False)
            if limit and not is_pack and (candidate.data["size_bytes"] or 0) > limit:
                if run.status is S.PARSING_RESULTS:
                    return await self._asker.ask(run, "size", ranked)
                # Later there is no way back to the question.
                continue
            try:
                resolved = await self._chooser.resolve(run, candidate)
            except LinkError as error:
                _LOGGER.debug("Candidate %s: %s", candidate.rank, error)
                await self._chooser.mark_tried(run, candidate)
            except UnavailableError as error:
                away = error
            else:
                if not await self._chooser.is_blocked(run, resolved):
                    return await self._chooser.choose(live, candidate, resolved)
                await self._chooser.mark_tried(run, candidate)
        return away

    async def _size_limit(self, run: Run) -> int | None:
        """Return above which size a run takes nothing unasked; None if it may."""
        limit = self._parts.settings.ask_above_bytes
        if limit is None or run.mode is Mode.INTERACTIVE:
            return None
        asked = partial(events.has, run_id=run.run_id, status=S.AWAITING_SELECTION)
        return None if await self._parts.database.read(asked) else limit


def _why_nothing(connection: Connection, run: Run) -> dict[str, Any]:
    found = candidates.count(connection, run.run_id)
    if not found:
        return outcome_data("no_results")
    first = candidates.page(connection, run.run_id, limit=MOST_SAVED)
    if any(candidate.accepted for candidate in first):
        return outcome_data("no_more_candidates")
    codes = [candidate.data["reasons"][0]["code"] for candidate in first]
    if _OTHER_ALBUMS.issuperset(codes):
        return outcome_data("no_results")
    return outcome_data("nothing_acceptable", found=found, why=most_common(codes))
