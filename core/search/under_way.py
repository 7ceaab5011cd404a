"""A trial while it is trained, and what trains it."""

import logging
from dataclasses import dataclass
from typing import Protocol

from core.config import TrainConfig
from core.engine.job import SCHEDULER_LOST, WORKER_LOST, TrainingJob
from core.errors import DigitLabError, SearchError, is_divergence
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from core.search.study import Asked

MOST_LOSSES = 1
"""Workers that a trial may lose: its settings may be what ends them, for want of memory."""
MOST_FAILURES = 5
"""In a row; then something is wrong that other settings will not mend."""
FAILED = "It failed."
LOST_AGAIN = "Its worker was lost, and so was the one that continued it."
logger = logging.getLogger("digitlab.search")


class Trainer(Protocol):
    """What a search needs of the engine."""

    store: RunStore

    def submit(self, config: TrainConfig, *, session: str, origin: RunOrigin, study: str | None) -> TrainingJob:
        """Queue a run."""

    def resume(self, run_id: str, *, session: str) -> TrainingJob:
        """Queue an interrupted run again, to continue from its last checkpoint."""

    @property
    def workers(self) -> int | None:
        """How many runs train at once, if that is known."""


@dataclass
class UnderWay:
    """A trial that is trained.

    Parameters
    ----------
    reported
        The last epoch that the study knows of.
    losses
        Workers that were lost while they trained it.
    is_hopeless
        Whether it was stopped for that.
    is_noted
        Whether the study knows its run, and the run whose trial it is.
    is_excused
        Whether the run store was away meanwhile, so that its run may be interrupted for no fault of its own.
    """

    asked: Asked
    job: TrainingJob
    reported: int = 0
    losses: int = 0
    is_hopeless: bool = False
    is_noted: bool = False
    is_excused: bool = False

    def note(self, store: RunStore, study: str) -> None:
        """Keep which run it is, unless that is kept."""
        if not self.is_noted:
            self.asked.is_of(self.job.run_id)
            store.rename(self.job.run_id, f"{study.rpartition('-')[0] or study}: trial {self.asked.number}"[-40:])
            self.is_noted = True

    def report(self) -> bool:
        """Tell the study of new epochs; whether there were any.

        By their numbers: a run that continues from its last checkpoint may train an epoch again that was reported.
        """
        fresh = [epoch for epoch in self.job.snapshot().epochs if epoch.complete and epoch.epoch > self.reported]
        for epoch in fresh:
            self.asked.report(epoch.epoch, epoch.val_accuracy)
            self.reported = epoch.epoch
        return bool(fresh)

    def goes_on(self, trainer: Trainer, session: str) -> bool:
        """Whether, its worker lost or the way to it, it trains again from its last checkpoint."""
        snapshot = self.job.snapshot()
        if snapshot.status is not RunStatus.INTERRUPTED or snapshot.error not in (WORKER_LOST, SCHEDULER_LOST):
            return False
        # That the scheduler went away is not the trial’s doing, however often it happens.
        losses = self.losses + (snapshot.error == WORKER_LOST)
        if losses <= MOST_LOSSES:
            try:
                # Counted afterwards: where the store is away this is tried again.
                self.job = trainer.resume(self.job.run_id, session=session)
            except DigitLabError as error:
                logger.warning("Run %s begins again: %s", self.job.run_id, error)
                return False
        self.losses = losses
        return not self.is_lost

    @property
    def is_lost(self) -> bool:
        """Whether too many workers were lost over it."""
        return self.losses > MOST_LOSSES


class Failures:
    """How many trials have failed one after the other."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def count(self, one: UnderWay) -> None:
        """A trial has ended.

        Raises
        ------
        SearchError
            If ``MOST_FAILURES`` have failed in a row.
        """
        snapshot = one.job.snapshot()
        if one.is_excused and snapshot.status is RunStatus.INTERRUPTED:
            return
        is_lost = snapshot.status in (RunStatus.FAILED, RunStatus.INTERRUPTED) and not is_divergence(snapshot.error)
        self._in_a_row = self._in_a_row + 1 if is_lost else 0
        if self._in_a_row >= MOST_FAILURES:
            error = LOST_AGAIN if one.is_lost else snapshot.error or FAILED
            raise SearchError(f"{self._in_a_row} trials failed one after the other, the last one with: {error}")
