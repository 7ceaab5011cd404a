"""A trainer that learns nothing: its accuracies follow from the settings, an epoch for every look of the search."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from core.config import TrainConfig
from core.engine.job import WORKER_LOST, TrainingJob
from core.errors import EngineError
from core.runs.records import Run
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from core.search.plan import Budget, Plan, make_plan
from tests.core.builders import ENVIRONMENT, make_metrics

EPOCHS = 3
BASE = TrainConfig(epochs=EPOCHS, training_size=100)
Accuracy = Callable[[TrainConfig, int], float]


def by_dropout(config: TrainConfig, epoch: int) -> float:
    """The less dropout the better, and better with every epoch."""
    return (1 - config.dropout) * epoch / EPOCHS


def plan_of(*vary: str, sampler: str = "random", config: TrainConfig = BASE, prunes: bool = True, **budget) -> Plan:
    return make_plan(config, vary or ("dropout=0:0.5",), Budget.of(**budget), sampler, prunes=prunes)


@dataclass
class FakeTrainer:
    """Takes the place of the engine.

    Parameters
    ----------
    fails
        The error with which a run ends, if any; by its settings.
    room
        How many runs may be under way.
    lose, loss
        Which jobs, by the order of the queue, are interrupted after ``lose_after`` epochs, and with what words.
    behind
        Epochs that a run which goes on trains again: their checkpoint had not come.
    """

    store: RunStore
    accuracy: Accuracy = by_dropout
    fails: Callable[[TrainConfig], str | None] = lambda _config: None
    workers: int | None = 2
    room: int = 100
    now: float = 0.0
    submitted: list[TrainingJob] = field(default_factory=list)
    lose: set[int] = field(default_factory=set)
    lose_after: int = 0
    loss: str = WORKER_LOST
    behind: int = 0
    done: dict[str, int] = field(default_factory=dict)

    def submit(self, config: TrainConfig, *, session: str, origin: RunOrigin, study: str | None) -> TrainingJob:
        if len(self.under_way) >= self.room:
            raise EngineError("You have too many runs under way.")
        return self._queue(self.store.create(config, owner=session or None, origin=origin, study=study), session)

    def resume(self, run_id: str, *, session: str) -> TrainingJob:
        self.done[run_id] = max(0, self.done.get(run_id, 0) - self.behind)
        return self._queue(self.store.requeue(run_id), session)

    def _queue(self, run: Run, session: str) -> TrainingJob:
        job = TrainingJob(run, session, self._stop, lambda _: 1)
        self.submitted.append(job)
        return job

    @property
    def under_way(self) -> list[TrainingJob]:
        return [job for job in self.submitted if job.status.is_active]

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """A second passes, in which the first jobs of the queue train for an epoch."""
        self.now += 1.0
        for job in self.under_way[: self.workers]:
            if job.status is RunStatus.QUEUED:
                job.start()
                self.store.record_start(job.run_id, ENVIRONMENT)
            elif self.submitted.index(job) in self.lose and self.done.get(job.run_id, 0) >= self.lose_after:
                self._end(job, RunStatus.INTERRUPTED, self.loss)
            elif error := self.fails(job.snapshot().config):
                self._end(job, RunStatus.FAILED, error)
            else:
                self._train(job)

    def close(self) -> None:
        """As the engine does."""

    def _train(self, job: TrainingJob) -> None:
        config, epoch = job.snapshot().config, self.done.get(job.run_id, 0) + 1
        self.done[job.run_id] = epoch
        metrics = replace(make_metrics(epoch), val_accuracy=self.accuracy(config, epoch))
        self.store.record_epoch(job.run_id, metrics)
        job.take_epoch(metrics)
        if epoch == config.epochs:
            self._end(job, RunStatus.COMPLETED)

    def _stop(self, job: TrainingJob) -> None:
        self._end(job, RunStatus.STOPPED)

    def _end(self, job: TrainingJob, status: RunStatus, error: str | None = None) -> None:
        self.store.record_status(job.run_id, status, error)
        job.change(status=status, error=error)
