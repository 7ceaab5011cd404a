"""The search itself: asks for trials, has them trained, tells their results, until its budget is spent."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from core.errors import DigitLabError, EngineError, RunError, SearchError, is_divergence
from core.runs.status import RunOrigin, RunStatus
from core.search.records import SearchStatus, TrialRecord, TrialState
from core.search.study import Asked, Study
from core.search.under_way import LOST_AGAIN, Trainer, UnderWay

LOOK_SECONDS = 0.05
AHEAD = 1
"""Trials that wait for a worker beside those that train, so that none is idle while the next settings are chosen."""
LEAVE_SECONDS = 30.0
SAVE_SECONDS = 5.0
MOST_FAILURES = 5
"""In a row; then something is wrong that other settings will not mend."""
logger = logging.getLogger("digitlab.search")


class Search:
    """One search while a process is at it.

    Parameters
    ----------
    session
        Whose its runs are.
    should_stop
        Asked all the time; once it says yes, what is under way is cut off, to be tried again when the search goes on.
    clock, sleep
        Seconds, and how to let some pass.
    """

    def __init__(
        self,
        study: Study,
        trainer: Trainer,
        *,
        session: str = "",
        should_stop: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.study, self._trainer, self._session = study, trainer, session
        self._should_stop, self._clock, self._sleep = should_stop, clock, sleep or time.sleep
        self._under_way: list[UnderWay] = []
        self._spent_before = study.record().spent
        self._began: float | None = None
        self._saved = 0.0
        self._ended = 0
        self._failures = 0
        self._is_exhausted = False
        self._is_mine = True
        self._has_result = False
        self._without_room: Asked | None = None

    def run(self) -> Iterator[TrialRecord]:
        """Search until the budget is spent or a stop is asked for; every trial when it has ended.

        Raises
        ------
        SearchError
            If one trial after the other fails; the search has then failed.
        ConfigError
            If practically no settings of its space go together; it has then failed as well.
        """
        self._discard(self.study.begin(self._trainer.store.lease().server_id))
        standing = self.study.standing()
        self._ended, self._has_result = standing.ended, bool(standing.completed)
        ending, error, cut_off = SearchStatus.INTERRUPTED, "", []
        try:
            while not self._should_stop() and not self._is_over():
                self._save()
                yield from self._look()
                self._fill()
                self._sleep(LOOK_SECONDS)
            ending = SearchStatus.COMPLETED if self._is_over() else SearchStatus.STOPPED
        except DigitLabError as failure:
            ending, error = SearchStatus.FAILED, str(failure)
            raise
        finally:
            if self._is_mine:
                cut_off = self._leave(is_final=ending is SearchStatus.COMPLETED)
                self.study.end(ending, self.spent, error)
        yield from cut_off

    @property
    def spent(self) -> float:
        """Seconds of searching, since the first trial began; those before an interruption included."""
        return self._spent_before + (0.0 if self._began is None else self._clock() - self._began)

    def _is_over(self) -> bool:
        """Whether the budget is spent; a search that has no winner yet waits for its first."""
        if self._is_time_over():
            return self._has_result or not self._under_way
        return not self._under_way and (self._is_exhausted or self._room() == 0)

    def _is_time_over(self) -> bool:
        seconds = self.study.plan.budget.seconds
        return seconds is not None and self.spent >= seconds

    def _room(self) -> int | None:
        """How many more trials may begin; None if only time ends them."""
        if self._is_time_over():
            return 0
        most = self.study.plan.budget.trials
        return None if most is None else max(0, most - self._ended - len(self._under_way))

    def _slots(self) -> int:
        return (self._trainer.workers or self._trainer.store.settings.workers) + AHEAD

    def _look(self) -> Iterator[TrialRecord]:
        """Report new epochs, stop what is unpromising, tell of what has ended."""
        for one in list(self._under_way):
            snapshot = one.job.snapshot()
            if self._began is None and snapshot.status is not RunStatus.QUEUED:
                self._began = self._clock()
            if len(snapshot.epochs) > one.reported or not snapshot.status.is_active:
                self._check_mine()
            if one.report() and snapshot.status is RunStatus.RUNNING and one.asked.is_hopeless:
                one.is_hopeless = True
                one.job.stop()
            if not snapshot.status.is_active and (self._should_stop() or not one.goes_on(self._trainer, self._session)):
                self._under_way.remove(one)
                yield self._counted(self._tell(one))

    def _counted(self, told: TrialRecord) -> TrialRecord:
        """It counts against the budget, unless it is tried again."""
        self._ended += told.state is not TrialState.STOPPED
        self._has_result |= told.state is TrialState.COMPLETED
        return told

    def _tell(self, one: UnderWay) -> TrialRecord:
        """The result of a trial."""
        number, snapshot = one.asked.number, one.job.snapshot()
        is_lost = snapshot.status in (RunStatus.FAILED, RunStatus.INTERRUPTED) and not is_divergence(snapshot.error)
        self._failures = self._failures + 1 if is_lost else 0
        match snapshot.status:
            case RunStatus.COMPLETED:
                return self.study.tell(number, self._accuracy(one))
            case RunStatus.STOPPED if one.is_hopeless:
                return self.study.tell_pruned(number)
            case RunStatus.FAILED:
                error = snapshot.error or "It failed."
                told = self.study.tell_failed(number, error, is_poor=is_divergence(error))
                self._check_failures(error)
                return told
            case RunStatus.STOPPED:
                return self.study.tell_failed(number, "Its run was stopped by hand.")
            case _ if one.is_lost:
                told = self.study.tell_failed(number, LOST_AGAIN)
                self._check_failures(LOST_AGAIN)
                return told
            case _:
                # It was interrupted, and its run cannot go on: nothing is known of these settings.
                self._discard([one.job.run_id])
                told = self.study.put_back(number)
                self._check_failures(snapshot.error or "Its worker was lost.")
                return told

    def _check_failures(self, error: str) -> None:
        if self._failures >= MOST_FAILURES:
            raise SearchError(f"{self._failures} trials failed one after the other, the last one with: {error}")

    def _accuracy(self, one: UnderWay) -> float:
        """With the weights that its run keeps."""
        accuracy = self._trainer.store.summary(one.job.run_id).val_accuracy
        return 0.0 if accuracy is None else accuracy

    def _fill(self) -> None:
        """Begin as many trials as there are workers, and one that waits."""
        while len(self._under_way) < self._slots() and self._room() != 0 and not self._is_exhausted:
            asked = self._without_room or self.study.ask()
            if asked is None:
                self._is_exhausted = True
            elif not self._begin(asked):
                return

    def _begin(self, asked: Asked) -> bool:
        """Have a trial trained; whether the engine had room for it."""
        name = self.study.name
        try:
            job = self._trainer.submit(asked.config, session=self._session, origin=RunOrigin.SEARCH, study=name)
        except EngineError:
            # This session has as many runs under way as it may: the trial waits.
            self._without_room = asked
            return False
        self._without_room = None
        asked.is_of(job.run_id)
        self._trainer.store.rename(job.run_id, f"{name.rpartition('-')[0] or name}: trial {asked.number}"[-40:])
        self._under_way.append(UnderWay(asked, job))
        return True

    def _leave(self, *, is_final: bool) -> list[TrialRecord]:
        """Cut off what is under way; unless all is over, it is tried again when the search goes on."""
        cut_off = self.study.tell_cut_off if is_final else self.study.put_back
        told = []
        for one in self._under_way:
            one.job.stop()
        deadline = self._clock() + LEAVE_SECONDS
        while any(one.job.status.is_active for one in self._under_way) and self._clock() < deadline:
            self._sleep(LOOK_SECONDS)
        for one in self._under_way:
            if one.job.status is RunStatus.COMPLETED:
                told.append(self.study.tell(one.asked.number, self._accuracy(one)))
            else:
                told.append(cut_off(one.asked.number))
                self._discard([one.job.run_id])
        self._under_way.clear()
        if self._without_room is not None:
            cut_off(self._without_room.number)
        return told

    def _discard(self, run_ids: list[str]) -> None:
        """Delete what is left of trials that were cut off; one that still ends somewhere stays."""
        for run_id in run_ids:
            with suppress(RunError):
                self._trainer.store.delete(run_id)

    def _save(self) -> None:
        """Keep how long it took so far."""
        if self.spent >= self._saved + SAVE_SECONDS:
            self._check_mine()
            self._saved = self.spent
            self.study.spend(self.spent)

    def _check_mine(self) -> None:
        """Write nothing more if another process continues with this search."""
        self._is_mine = False
        self.study.check_mine()
        self._is_mine = True
