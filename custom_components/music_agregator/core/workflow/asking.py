"""Asker: a person is asked which candidate to take, and may think for days."""

from contextlib import suppress

from sqlalchemy import Connection

from ..common.clock import within
from ..errors import (
    CandidateAwayError,
    CandidateGoneError,
    CandidateNotFoundError,
    ClosingError,
    LinkError,
    NotAwaitingError,
    StoreUnavailableError,
    UnavailableError,
)
from ..model import Run, WorkflowStatus as S
from ..parts import Parts, Step
from ..store import (
    candidates,
    events,
    runs,
)
from ..store.candidates import SavedCandidate
from .grabber import ReleaseGrabber
from .outcomes import outcome_data
from .registry import (
    LiveRun,
    Selection,
    refuse,
)
from .search_step import TOP, brief


class Asker:
    """Asks, and takes the answer.

    `decide` is the step of a run whose list was lost, `pick` that of one that nobody
    answered in time.
    """

    def __init__(
        self, parts: Parts, chooser: ReleaseGrabber, *, decide: Step, pick: Step
    ) -> None:
        self._parts = parts
        self._chooser = chooser
        self._decide = decide
        self._pick = pick

    async def ask(self, run: Run, because: str, ranked: list[SavedCandidate]) -> Run:
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

    async def wait(self, live: LiveRun) -> Run:
        """Wait for a choice, for days; when the time is up, take the best."""
        live.is_decided = False
        while True:
            await self._until_news(live)
            is_lost = await self.is_lost(live.run)
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
                return await self._pick(live)
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
            return await parts.journal.record(
                run, S.NOT_FOUND, outcome_data("declined")
            )
        candidate = await parts.database.read(
            candidates.get, run_id=run.run_id, rank=selection.rank
        )
        if candidate is None:
            raise CandidateNotFoundError(rank=str(selection.rank))
        try:
            resolved = await self._chooser.resolve(run, candidate)
        except LinkError:
            await self._chooser.mark_tried(run, candidate)
            raise CandidateGoneError(rank=str(candidate.rank)) from None
        except UnavailableError:
            raise CandidateAwayError(rank=str(candidate.rank)) from None
        return await self._chooser.choose(live, candidate, resolved, chosen_by="person")

    async def is_lost(self, run: Run) -> bool:
        """Say whether a run's candidates were lost with the tables."""

        def is_lost(connection: Connection) -> bool:
            if candidates.count(connection, run.run_id):
                return False
            stored = runs.find(connection, run.run_id)
            told = events.many(connection, [stored.seq]) if stored else {}
            return any(data.get("restored") for data in told.values())

        return await self._parts.database.read(is_lost)
