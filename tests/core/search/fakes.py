"""A trainer that learns nothing: its accuracies follow from the settings, an epoch for every look of the search."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from core.config import TrainConfig
from core.engine.job import TrainingJob
from core.errors import EngineError
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
    """

    store: RunStore
    accuracy: Accuracy = by_dropout
    fails: Callable[[TrainConfig], str | None] = lambda _config: None
    workers: int | None = 2
    room: int = 100
    now: float = 0.0
    submitted: list[TrainingJob] = field(default_factory=list)
    lose: set[int] = field(default_factory=set)

    def submit(self, config: TrainConfig, *, session: str, origin: RunOrigin, study: str | None) -> TrainingJob:
        if len(self.under_way) >= self.room:
            raise EngineError("You have too many runs under way.")
        run = self.store.create(config, owner=session or None, origin=origin, study=study)
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
            elif self.submitted.index(job) in self.lose:
                self._end(job, RunStatus.INTERRUPTED, "The worker process that trained it went away.")
            elif error := self.fails(job.snapshot().config):
                self._end(job, RunStatus.FAILED, error)
            else:
                self._train(job)

    def close(self) -> None:
        """As the engine does."""

    def _train(self, job: TrainingJob) -> None:
        config, epoch = job.snapshot().config, len(job.snapshot().epochs) + 1
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
