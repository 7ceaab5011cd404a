"""The search itself: asks for trials, has them trained, tells their results, until its budget is spent."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from core.errors import DigitLabError, EngineError, RunError, SearchError, is_divergence
from core.runs.status import RunOrigin, RunStatus
from core.search.records import STORE_AWAY, UNEXPECTED, SearchStatus, TrialRecord, TrialState
from core.search.storage import shielded, store_failures
from core.search.study import Asked, Study
from core.search.under_way import FAILED, LOST_AGAIN, Failures, Trainer, UnderWay

LOOK_SECONDS = 0.05
AHEAD = 1
"""Trials that wait for a worker beside those that train, so that none is idle while the next settings are chosen."""
LEAVE_SECONDS = 30.0
SAVE_SECONDS = 5.0
AWAY_SECONDS = 600.0
"""How long a search waits for a run store that cannot be read or written; its trials train on meanwhile."""
END_SECONDS = 30.0
"""How long it tries to keep how it ended."""
PAUSE_SECONDS = 1.0
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
        self._ended, self._failures = 0, Failures()
        self._is_exhausted = self._has_result = False
        self._without_room: Asked | None = None
        self._left: dict[int, str] = {}
        self._is_begun = self._is_settled = False
        self._away_since: float | None = None

    def run(self) -> Iterator[TrialRecord]:
        """Search until the budget is spent or a stop is asked for; every trial when it has ended.

        Raises
        ------
        SearchError
            If one trial after the other fails, or the store is away for long; the search has then failed.
        ConfigError
            If practically no settings of its space go together; it has then failed as well.
        """
        ending, error, cut_off = SearchStatus.INTERRUPTED, "", []
        try:
            while not self._should_stop() and not self._is_over():
                yield from self._step()
                self._sleep(LOOK_SECONDS)
            ending = SearchStatus.COMPLETED if self._is_over() else SearchStatus.STOPPED
        except Exception as failure:
            ending, error = SearchStatus.FAILED, str(failure) if isinstance(failure, DigitLabError) else UNEXPECTED
            raise
        finally:
            # Nothing of it is written once another process has taken it over.
            with suppress(SearchError):
                cut_off = self._leave(is_final=ending is SearchStatus.COMPLETED)
                self._end(ending, error)
        yield from cut_off

    @property
    def spent(self) -> float:
        """Seconds of searching, since the first trial began; those before an interruption included."""
        return self._spent_before + (0.0 if self._began is None else self._clock() - self._began)

    def _step(self) -> Iterator[TrialRecord]:
        """Do what there is to do; what the store does not let it do is done when it can."""
        try:
            if not self._is_settled:
                self._settle()
            self._save()
            yield from self._look()
            self._fill()
        except store_failures() as failure:
            self._is_settled = False
            self._wait_for_store(failure)
        else:
            self._away_since = None

    def _settle(self) -> None:
        """Begin, or continue after the store was away: trials that nobody is at are tried again."""
        if self._is_begun:
            self.study.check_mine()
            for one in self._under_way:
                one.is_excused = True
        else:
            self.study.begin(self._trainer.store.lease().server_id)
        standing = self.study.standing()
        if not self._is_begun:
            self._ended, self._has_result, self._is_begun = standing.ended, bool(standing.completed), True
        at_work = [one.asked.number for one in self._under_way]
        at_work += [] if self._without_room is None else [self._without_room.number]
        running = [trial for trial in standing.trials if trial.state is TrialState.RUNNING]
        self._left |= {trial.number: trial.run_id for trial in running if trial.number not in at_work}
        while self._left:
            number, run_id = next(iter(self._left.items()))
            self._put_back(number, run_id)
            del self._left[number]
        self._is_settled = True

    def _wait_for_store(self, failure: Exception) -> None:
        if self._away_since is None:
            self._away_since = self._clock()
            logger.warning("Search %s waits for the run store.", self.study.name, exc_info=failure)
        elif self._clock() >= self._away_since + AWAY_SECONDS:
            raise SearchError(STORE_AWAY) from failure
        self._sleep(PAUSE_SECONDS)

    def _is_over(self) -> bool:
        """Whether the budget is spent; a search that has no winner yet waits for its first."""
        if self._is_time_over():
            return self._has_result or not self._under_way
        return self._is_settled and not self._under_way and (self._is_exhausted or self._room() == 0)

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
            one.note(self._trainer.store, self.study.name)
            if one.job.status is RunStatus.QUEUED:
                # Its snapshot would look for its place in the queue, which may be long.
                continue
            snapshot = one.job.snapshot()
            if self._began is None:
                self._began = self._clock()
            if len(snapshot.epochs) > one.reported or not snapshot.status.is_active:
                self.study.check_mine()
            if one.report() and snapshot.status is RunStatus.RUNNING and one.asked.is_hopeless:
                one.is_hopeless = True
                one.job.stop()
            if not snapshot.status.is_active and (self._should_stop() or not one.goes_on(self._trainer, self._session)):
                told = self._tell(one)
                self._under_way.remove(one)
                self._failures.count(one)
                yield self._counted(told)

    def _counted(self, told: TrialRecord) -> TrialRecord:
        """It counts against the budget, unless it is tried again."""
        self._ended += told.state is not TrialState.STOPPED
        self._has_result |= told.state is TrialState.COMPLETED
        return told

    def _tell(self, one: UnderWay) -> TrialRecord:
        """The result of a trial."""
        number, snapshot = one.asked.number, one.job.snapshot()
        match snapshot.status:
            case RunStatus.COMPLETED:
                return self.study.tell(number, self._accuracy(one))
            case RunStatus.STOPPED if one.is_hopeless:
                return self.study.tell_pruned(number)
            case RunStatus.FAILED:
                error = snapshot.error or FAILED
                return self.study.tell_failed(number, error, is_poor=is_divergence(error))
            case RunStatus.STOPPED:
                return self.study.tell_failed(number, "Its run was stopped by hand.")
            case _ if one.is_lost:
                return self.study.tell_failed(number, LOST_AGAIN)
            case _:
                # It was interrupted, and its run cannot go on: nothing is known of these settings.
                return self._put_back(number, one.job.run_id)

    def _put_back(self, number: int, run_id: str) -> TrialRecord:
        """Try the same settings again; a grid that seemed exhausted has one more."""
        self._discard(run_id)
        self._is_exhausted = False
        return self.study.put_back(number)

    def _accuracy(self, one: UnderWay) -> float:
        """With the weights that its run keeps."""
        return self._trainer.store.summary(one.job.run_id).val_accuracy or 0.0

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
        name, self._without_room = self.study.name, asked
        try:
            job = self._trainer.submit(asked.config, session=self._session, origin=RunOrigin.SEARCH, study=name)
        except EngineError:
            # This session has as many runs under way as it may: the trial waits.
            return False
        self._without_room = None
        self._under_way.append(UnderWay(asked, job))
        self._under_way[-1].note(self._trainer.store, name)
        return True

    def _leave(self, *, is_final: bool) -> list[TrialRecord]:
        """Cut off what is under way; unless all is over, it is tried again when the search goes on.

        Raises
        ------
        SearchError
            If another process has taken it over, which does so itself.
        """
        cut_off = self.study.tell_cut_off if is_final else self.study.put_back
        told = []
        for one in self._under_way:
            one.job.stop()
        deadline = self._clock() + LEAVE_SECONDS
        while any(one.job.status.is_active for one in self._under_way) and self._clock() < deadline:
            self._sleep(LOOK_SECONDS)
        for one in self._under_way:
            # What the store does not take now is mended when the search goes on.
            with shielded():
                self.study.check_mine()
                if one.job.status is RunStatus.COMPLETED:
                    told.append(self.study.tell(one.asked.number, self._accuracy(one)))
                else:
                    told.append(cut_off(one.asked.number))
                    self._discard(one.job.run_id)
        self._under_way.clear()
        if self._without_room is not None:
            with shielded():
                self.study.check_mine()
                cut_off(self._without_room.number)
        return told

    def _end(self, ending: SearchStatus, error: str) -> None:
        """Keep how it ended, as soon as the store takes it."""
        deadline = self._clock() + END_SECONDS
        while True:
            try:
                self.study.check_mine()
                self.study.end(ending, self.spent, error)
            except store_failures():
                if self._clock() >= deadline:
                    logger.exception("The end of search %s could not be kept.", self.study.name)
                    return
                self._sleep(PAUSE_SECONDS)
            else:
                return

    def _discard(self, run_id: str) -> None:
        """Delete what is left of a trial that was cut off; one that still ends somewhere stays."""
        with suppress(RunError):
            self._trainer.store.delete(run_id)

    def _save(self) -> None:
        """Keep how long it took so far."""
        if self.spent >= self._saved + SAVE_SECONDS:
            self.study.check_mine()
            self._saved = self.spent
            self.study.spend(self.spent)
