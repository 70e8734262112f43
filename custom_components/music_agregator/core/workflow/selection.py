"""CandidateSelector: which candidate a run takes, by score or by a user's choice."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
import logging
from math import inf
from typing import Any

from sqlalchemy import Connection

from ..common.clock import Clock, backoff, within
from ..errors import (
    CandidateAwayError,
    CandidateGoneError,
    CandidateNotFoundError,
    ClientRefusedError,
    ClosingError,
    LinkError,
    MusicAgregatorError,
    NotAwaitingError,
    StoreError,
    StoreUnavailableError,
    UnavailableError,
)
from ..events.journal import Journal
from ..model import Candidate, Mode, Run, WorkflowStatus as S
from ..settings import Settings
from ..store import candidates, events
from ..store.candidates import MOST_SAVED
from ..store.database import Database
from .end_reasons import end_data, most_common
from .grabber import ReleaseGrabber
from .registry import LiveRun, Selection
from .search_step import TOP, SearchStep, candidate_event_data

_LOGGER = logging.getLogger(__name__)

# Reasons of what was only found because the artist was searched for.
_OTHER_ALBUMS = frozenset({"wrong_artist", "wrong_album", "unreadable_title"})
# How long a run waits for links that do not answer (seconds).
_LINK_SECONDS = 3_600.0
# How long a list of candidates is used without searching again (seconds).
_LIST_SECONDS = 86_400.0


@dataclass(eq=False, kw_only=True, repr=False)
class CandidateSelector:
    """The steps between a ranked list and a saved download."""

    database: Database
    journal: Journal
    search: SearchStep
    grabber: ReleaseGrabber
    settings: Settings
    clock: Clock

    async def decide(self, live: LiveRun) -> Run:
        """Ask the user in interactive mode; else take the best candidate."""
        run = live.run
        if run.mode is Mode.INTERACTIVE and (ranked := await self._untried(run)):
            return await self._ask(run, "interactive", ranked)
        return await self.pick(live)

    async def pick_next(self, live: LiveRun) -> Run:
        """Take the next candidate; search again where the list is old."""
        run = live.run
        found_at = await self.database.read(
            events.last_at, run_id=run.run_id, status=S.PARSING_RESULTS
        )
        is_old = abs(self.clock.now() - (found_at or 0.0)) > _LIST_SECONDS
        if is_old and run.attempt < self.settings.most_attempts:
            found = await self.search.search(run)
            if not found.all_failed:
                await self.database.write(
                    candidates.save, run_id=run.run_id, candidates=found.candidates
                )
        return await self.pick(live)

    async def pick(self, live: LiveRun) -> Run:
        """Take the best candidate whose link leads to a torrent."""
        run = live.run
        if run.attempt >= self.settings.most_attempts:
            return await self._end(
                run, end_data("too_many_attempts", tried=run.attempt)
            )
        until = self.clock.monotonic() + _LINK_SECONDS
        for attempt in count():
            outcome = await self._pick_once(live)
            if isinstance(outcome, Run):
                return outcome
            if outcome is None:
                break
            pause = max(backoff(attempt + 2), outcome.retry_after or 0.0)
            if self.clock.monotonic() + pause > until:
                break
            await self.clock.sleep(pause)
        return await self._end(run, await self.database.read(_why_nothing, run=run))

    async def wait(self, live: LiveRun) -> Run:
        """Wait for the user's choice, for days; when the time is up, take the best."""
        live.selection_closed = False
        until = self._time_limit(live.run)
        while True:
            await self._until_selection(live, until)
            if not live.selections:
                if self.clock.monotonic() < until:
                    continue
                live.selection_closed = True
                live.reject_selections(NotAwaitingError(run_id=live.run.run_id))
                return await self.pick(live)
            selection = live.selections.popleft()
            try:
                run = await self._take(live, selection)
            except (
                CandidateNotFoundError,
                CandidateGoneError,
                CandidateAwayError,
            ) as error:
                selection.reject(error)
            except StoreUnavailableError:
                # The step is taken again, and the choice with it.
                live.selections.appendleft(selection)
                raise
            except MusicAgregatorError as error:
                # A choice that fails never ends the run: it still waits.
                _LOGGER.warning("Run %s: %s", live.run.run_id, error)
                selection.reject(error)
            except Exception as error:
                _LOGGER.exception("Run %s cannot take a choice", live.run.run_id)
                selection.reject(StoreError(type(error).__name__))
            except BaseException:
                run_id = live.run.run_id
                is_over = live.is_cancelled
                selection.reject(
                    NotAwaitingError(run_id=run_id) if is_over else ClosingError()
                )
                raise
            else:
                live.selection_closed = True
                selection.taken.set_result(run)
                live.reject_selections(NotAwaitingError(run_id=run.run_id))
                return run

    async def _ask(self, run: Run, because: str, ranked: list[Candidate]) -> Run:
        """Commit the question, with the best of the list."""
        limit = self.settings.selection_seconds
        return await self.journal.record(
            run,
            S.AWAITING_SELECTION,
            {
                "because": because,
                "until": self.clock.now() + limit if limit else None,
                "accepted": len(ranked),
                "top": [candidate_event_data(candidate) for candidate in ranked[:TOP]],
            },
        )

    async def _pick_once(self, live: LiveRun) -> Run | UnavailableError | None:
        """Take the first candidate that can be had.

        Else return the error of a link that may answer later, None if there is none.
        """
        run = live.run
        away: UnavailableError | None = None
        ranked = await self._untried(run)
        limit = await self._size_limit(run)
        for candidate in ranked:
            size = candidate.release.size_bytes or 0
            if limit and not candidate.is_pack and size > limit:
                if run.status is S.PARSING_RESULTS:
                    return await self._ask(run, "size", ranked)
                # Later there is no way back to the question.
                continue
            try:
                resolved = await self.grabber.resolve(run, candidate)
            except LinkError as error:
                _LOGGER.debug("Candidate %s: %s", candidate.rank, error)
            except UnavailableError as error:
                away = error
            else:
                if not await self.grabber.is_blocked(run, candidate, resolved):
                    return await self.grabber.grab(live, candidate, resolved)
                await self.grabber.mark_tried(run, candidate)
        return away

    async def _take(self, live: LiveRun, selection: Selection) -> Run:
        """Do what the user chose: take a candidate of any rank, or none."""
        run, rank = live.run, selection.rank
        if rank is None:
            return await self.journal.record(run, S.NOT_FOUND, end_data("declined"))
        candidate = await self.database.read(
            candidates.get, run_id=run.run_id, rank=rank
        )
        if candidate is None:
            raise CandidateNotFoundError(rank=str(rank))
        try:
            resolved = await self.grabber.resolve(run, candidate)
        except LinkError:
            raise CandidateGoneError(rank=str(rank)) from None
        except UnavailableError:
            raise CandidateAwayError(rank=str(rank)) from None
        return await self.grabber.grab(live, candidate, resolved, chosen_by="person")

    async def _end(self, run: Run, why: Mapping[str, Any]) -> Run:
        """End a run that has no candidate left to try."""
        if run.status is S.ADDING_TORRENT:
            why = end_data(ClientRefusedError.code)
        return await self.journal.record(run, S.NOT_FOUND, why)

    async def _untried(self, run: Run) -> list[Candidate]:
        return await self.database.read(candidates.untried, run_id=run.run_id)

    async def _size_limit(self, run: Run) -> int | None:
        """Return the size above which the user is asked; None if there is no limit."""
        limit = self.settings.ask_above_bytes
        if limit is None or run.mode is Mode.INTERACTIVE:
            return None
        was_asked = await self.database.read(
            events.has, run_id=run.run_id, status=S.AWAITING_SELECTION
        )
        return None if was_asked else limit

    async def _until_selection(self, live: LiveRun, until: float) -> None:
        """Wait for a choice, or for the end of the time."""
        if live.selections:
            return
        live.wakeup.clear()
        if until == inf:
            await live.wakeup.wait()
            return
        left = max(until - self.clock.monotonic(), 0.0)
        with suppress(TimeoutError):
            await within(self.clock, left, live.wakeup.wait())

    def _time_limit(self, run: Run) -> float:
        """Return when the time for a choice is up, by the monotonic clock."""
        limit = self.settings.selection_seconds
        if limit is None:
            return inf
        # The question was committed by the wall clock, which may have been set since.
        left = run.updated_at + limit - self.clock.now()
        return self.clock.monotonic() + min(max(left, 0.0), limit)


def _why_nothing(connection: Connection, run: Run) -> dict[str, Any]:
    """Return the outcome of a run that took none of its candidates."""
    found = candidates.count(connection, run.run_id)
    if not found:
        return end_data("no_results")
    first = candidates.page(connection, run.run_id, limit=MOST_SAVED)
    if any(candidate.accepted for candidate in first):
        return end_data("no_more_candidates")
    codes = [candidate.reasons[0].code for candidate in first]
    if _OTHER_ALBUMS.issuperset(codes):
        return end_data("no_results")
    return end_data("nothing_acceptable", found=found, why=most_common(codes))
