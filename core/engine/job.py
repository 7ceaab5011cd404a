"""TrainingJob and JobSnapshot: one training run as the engine's users see it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from core.config import TrainConfig
from core.data.dataset import DatasetEntry
from core.engine.pace import FULL_SPEED, Pace
from core.runs.records import EarlySnapshot, EpochMetrics, Run
from core.runs.status import RunOrigin, RunStatus
from core.training.events import BatchProgress

LIVE_POINTS = 600
WORKER_LOST = "The worker process that trained it was lost."
SCHEDULER_LOST = "The connection to the scheduler broke while it was training."


class LossPoint(NamedTuple):
    """Mean training loss (nats per image) at ``position``, in epochs and fractions of one."""

    position: float
    loss: float


@dataclass(frozen=True)
class JobSnapshot:
    """A training run at one moment; never changes.

    Parameters
    ----------
    queue_place
        1 for the next to start; None unless queued.
    workers
        How many there are that could train it, while it is queued; None before anything is known.
    epochs, early
        Metrics of the epochs so far, those before a continuation included, and looks before the first of them ended.
    live_points
        Losses of the epoch that is going on.
    progress
        What the worker said last.
    error
        Why it failed or was interrupted.
    is_elsewhere
        Whether another server, or a command, has it: only what the run store says is known then.
    epochs_done
        What the run store says, where the epochs themselves have not been read.
    """

    run_id: str
    config: TrainConfig
    status: RunStatus
    queue_place: int | None = None
    workers: int | None = None
    epochs: tuple[EpochMetrics, ...] = ()
    early: tuple[EarlySnapshot, ...] = ()
    live_points: tuple[LossPoint, ...] = ()
    progress: BatchProgress | None = None
    error: str | None = None
    is_elsewhere: bool = False
    epochs_done: float = 0.0

    @property
    def position(self) -> float:
        """Epochs done, in fractions."""
        done = self.epochs[-1].position if self.epochs else self.epochs_done
        if self.progress is not None and self.status.is_active:
            return max(done, self.progress.epoch - 1 + self.progress.step / self.progress.steps_per_epoch)
        return done

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the speed so far; None before anything is known."""
        if not self.status.is_active:
            return 0.0
        whole = [epoch for epoch in self.epochs if epoch.complete]
        if self.progress is not None and self.progress.images_per_second:
            images = self.progress.images_per_epoch
            training = (self.config.epochs - self.position) * images / self.progress.images_per_second
            # Of few images the validation takes longer than the training.
            besides = whole[-1].seconds - images / whole[-1].images_per_second if whole else 0.0
            return training + (self.config.epochs - len(whole)) * max(0.0, besides)
        if self.epochs:
            latest = (whole or self.epochs)[-1]
            return (self.config.epochs - self.position) * latest.seconds / (latest.position - latest.epoch + 1)
        return None


class TrainingJob:
    """Handle on one training run.

    Parameters
    ----------
    run
        As the store has it; a continued run brings its epochs.
    session
        Whose job it is, for fairness.
    request_stop
        Tells the engine.
    queue_place, workers
        Ask the engine.
    pace
        Whether it does one step only, and whether it begins slowly.
    entry
        Its dataset; None if it is not there any more.
    """

    def __init__(
        self,
        run: Run,
        session: str,
        request_stop: Callable[["TrainingJob"], None],
        queue_place: Callable[["TrainingJob"], int | None],
        workers: Callable[[], int | None] = lambda: None,
        pace: Pace = FULL_SPEED,
        entry: DatasetEntry | None = None,
    ) -> None:
        self.run_id = run.run_id
        self.session = session
        self.pace = pace
        self.entry = entry
        self.is_trial = run.origin is RunOrigin.SEARCH
        self._request_stop = request_stop
        self._queue_place = queue_place
        self._workers = workers
        self._lock = threading.Lock()
        self._snapshot = JobSnapshot(run.run_id, run.config, RunStatus.QUEUED, epochs=run.epochs, early=run.early)

    def snapshot(self) -> JobSnapshot:
        """What is known now."""
        snapshot = self._snapshot
        if snapshot.status is RunStatus.QUEUED:
            return replace(snapshot, queue_place=self._queue_place(self), workers=self._workers())
        return snapshot

    @property
    def status(self) -> RunStatus:
        """Status of the latest snapshot."""
        return self._snapshot.status

    def stop(self) -> None:
        """Ask the training to end where it is; what it has learned is kept. Does nothing once it has ended."""
        with self._lock:
            if self._snapshot.status not in (RunStatus.QUEUED, RunStatus.RUNNING):
                return
            self._snapshot = replace(self._snapshot, status=RunStatus.STOPPING)
        self._request_stop(self)

    def change(self, **fields: Any) -> None:
        """Replace fields of the snapshot; for the engine."""
        with self._lock:
            self._snapshot = replace(self._snapshot, **fields)

    def start(self) -> None:
        """A worker has begun; a stop asked for meanwhile stays asked for."""
        with self._lock:
            if self._snapshot.status is RunStatus.QUEUED:
                self._snapshot = replace(self._snapshot, status=RunStatus.RUNNING)

    def take_progress(self, progress: BatchProgress) -> None:
        """Keep what a worker said."""
        point = LossPoint(progress.epoch - 1 + progress.step / progress.steps_per_epoch, progress.train_loss)
        points = (*self._snapshot.live_points, point)
        self.change(progress=progress, live_points=points[::2] if len(points) > LIVE_POINTS else points)

    def take_early(self, snapshot: EarlySnapshot) -> None:
        """Append an early snapshot; those of an earlier start are replaced."""
        earlier = tuple(early for early in self._snapshot.early if early.step < snapshot.step)
        self.change(early=(*earlier, snapshot))

    def take_epoch(self, metrics: EpochMetrics) -> None:
        """Append an epoch; one that was cut off earlier is replaced."""
        earlier = tuple(epoch for epoch in self._snapshot.epochs if epoch.epoch < metrics.epoch)
        self.change(epochs=(*earlier, metrics), live_points=())
