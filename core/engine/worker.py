"""What runs inside a worker process: one training run, told to the server event by event."""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
from distributed import WorkerPlugin, get_worker
from numpy.typing import NDArray

from core.analysis.accuracy import share_correct
from core.config import TrainConfig
from core.data.catalogue import BUILT_IN, load_splits
from core.data.dataset import SourceDataset, Splits
from core.engine.messages import (
    DataNeededEvent,
    EndedEvent,
    EpochEvent,
    Event,
    ProgressEvent,
    SnapshotEvent,
    StartedEvent,
    encode,
)
from core.engine.outbox import Delivery, FinalPredictions, Mark, Outbox, WorkerRooms
from core.engine.pace import FULL_SPEED, LONGEST_GRANT_SECONDS, Pace, SlowMotion, Step
from core.errors import DataError, DigitLabError
from core.models.numpy_model import NumpyModel
from core.runs.records import Checkpoint
from core.runs.status import RunStatus
from core.training.estimate import Measurement, measure_speed
from core.training.events import BatchProgress, EpochCompleted, SnapshotTaken, TrainingEvent, TrainingStarted
from core.training.threads import ONE_THREAD, ThreadBudget, machine_name, use_threads

TRAINING, ANALYSIS = "training", "analysis"
NICENESS = 5
DELIVERY_SECONDS = 120.0
TRIAL_PROGRESS_SECONDS = 1.0
_MEASURED = TrainConfig(training_size=6_400, validation_size=100)
_WARM_UP = TrainConfig(epochs=1, hidden_size=8, training_size=100)


@dataclass(frozen=True, eq=False)
class Assigned:
    """What a worker is given: the run, which attempt at it this is, and where it continues from.

    Parameters
    ----------
    key
        Of the task, and of the outbox.
    topic
        Under which the server listens.
    checkpoint
        Of this run, if it is continued.
    start
        Weights of another run, if it begins with those.
    pace
        Whether it does one step only, and whether it begins slowly.
    budget
        Threads of the processor that it may use.
    teacher
        The network of the run that it learns from, if any.
    is_trial
        Whether a search asked for it: its end is not shown the test images, by which a search must not choose, and it
        says less often how far it is, for there are many and nobody watches.
    """

    run_id: str
    attempt: int
    key: str
    topic: str
    config: TrainConfig
    checkpoint: Checkpoint | None = None
    start: Mapping[str, NDArray[np.float32]] | None = None
    pace: Pace = FULL_SPEED
    budget: ThreadBudget = ONE_THREAD
    teacher: NumpyModel | None = None
    is_trial: bool = False


class WorkerSetup(WorkerPlugin):
    """Sets up the workers of the embedded cluster; one that replaces a killed one gets it as well."""

    name = "digitlab-setup"
    idempotent = True

    def setup(self, worker: Any) -> None:
        """Leave Control-C to the server, and its share of the processor.

        A terminal tells all processes of Control-C at once; the server ends its workers when it ends.

        With as many training runs as cores a page waited for its turn behind them. An idle processor is the training's
        as before; the analyses, which a page waits for, stay level with the server. Not on a cluster of others.
        """
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        if TRAINING in worker.state.total_resources and hasattr(os, "nice"):
            # Of this thread, on Linux; the threads that train are begun by it later, and inherit it.
            os.nice(NICENESS)


def warm_up() -> None:
    """Pay for imports, data and the first step of the optimiser before a user waits for them."""
    from core.training.fit import fit

    use_threads(1)
    read_images()
    for _ in fit(_WARM_UP, _built_in_splits(_WARM_UP.data_only())):
        pass


def read_images() -> None:
    """Read the images that most runs train on, and those of the warm-up, and keep them.

    Raises
    ------
    DataError
        If they are missing or damaged.
    """
    _built_in_splits(TrainConfig())
    _built_in_splits(_WARM_UP.data_only())


def measure_worker_speed(budget: ThreadBudget, known: Measurement | None = None) -> Measurement | None:
    """What a training step costs on this worker, with one thread; None where what is known holds for it.

    How many threads the default settings are fastest with is measured as well, if nobody has yet: the first run of a
    page is not to wait for that.

    Parameters
    ----------
    known
        An earlier measurement, perhaps of another machine.
    """
    use_threads(1)
    machine, now, measured = machine_name(), time.time(), None
    if known is None or not known.holds(machine, now):
        measured = Measurement(measure_speed(load_splits(_MEASURED)), machine, now)
    budget.threads(TrainConfig())
    return measured


def run_stoppable(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function that asks whether its task has been cancelled.

    Raises
    ------
    StoppedError
        If it has.
    """
    return function(*arguments, should_stop=_cancellation_check(get_worker()))


def run_training(assigned: Assigned) -> None:
    """Train one run to its end, or until its task is cancelled.

    Events go out under the server's topic; arrays wait in the outbox.
    """
    training = _Training(assigned, get_worker())
    try:
        status, error = training.run(), None
    except DigitLabError as failure:
        status, error = RunStatus.FAILED, str(failure)
    finally:
        # What the worker does next counts on one.
        use_threads(1)
    training.end(status, error)


class _Training:
    """One attempt at a run in this worker."""

    def __init__(self, assigned: Assigned, worker: Any) -> None:
        self._assigned, self._worker = assigned, worker
        self._rooms = WorkerRooms.of(worker)
        self._outbox: Outbox = self._rooms.open_outbox(assigned.key)
        self._last = assigned.checkpoint
        self._stopped = _cancellation_check(worker)
        self._slow_motion = self._rooms.slow_motions[assigned.key] = SlowMotion(self._stopped)

    def run(self) -> RunStatus:
        """Train and tell; completed if the last epoch was done to its end, a stop in its very last batch or not."""
        splits = self._splits()
        return RunStatus.COMPLETED if splits is not None and self._train(splits) else RunStatus.STOPPED

    def end(self, status: RunStatus, error: str | None) -> None:
        """Say how it ended."""
        self._outbox.close()
        self._rooms.slow_motions.pop(self._assigned.key, None)
        last = None if self._last is None else Mark.of(self._last)
        self._say(EndedEvent(*self._name, status, error, last, self._outbox.has_result, self._outbox.handed))

    @property
    def _name(self) -> tuple[str, int]:
        return self._assigned.run_id, self._assigned.attempt

    def _say(self, event: Event) -> None:
        self._worker.log_event(self._assigned.topic, encode(event))

    def _train(self, splits: Splits) -> bool:
        from core.training.fit import fit

        config, pace, is_complete = self._assigned.config, self._assigned.pace, True
        use_threads(self._assigned.budget.threads(config))
        done = 0 if self._last is None else self._last.step
        step = None if pace.step is None else Step(pace.step, done, self._stopped)
        self._slow_motion.grant(LONGEST_GRANT_SECONDS if pace.slowly else 0)
        events = fit(
            config,
            splits,
            resume=self._last,
            start=self._assigned.start,
            teacher=self._assigned.teacher,
            should_stop=step or self._stopped,
            pause=self._slow_motion.pause,
            progress_seconds=TRIAL_PROGRESS_SECONDS if self._assigned.is_trial else None,
        )
        for event in events:
            if isinstance(event, TrainingStarted) and step is not None:
                step.begin(event.steps_per_epoch)
            if isinstance(event, EpochCompleted):
                self._last, is_complete = event.checkpoint, event.is_last
                self._outbox.put(event.checkpoint)
            elif isinstance(event, SnapshotTaken):
                self._outbox.put_snapshot(event)
            self._say(self._event(event))
        if self._last is not None and not self._assigned.is_trial:
            model = NumpyModel("", config, self._last.kept_weights, splits.normalisation, splits.test.class_names)
            probabilities = model.probabilities(splits.test.images)
            accuracy = share_correct(probabilities, splits.test.labels)
            self._outbox.put_result(FinalPredictions(probabilities, accuracy, splits.test.digest))
        return is_complete

    def _event(self, event: TrainingEvent) -> Event:
        if isinstance(event, TrainingStarted):
            return StartedEvent(*self._name, event.environment)
        if isinstance(event, BatchProgress):
            is_over = self._slow_motion.is_over
            return ProgressEvent(*self._name, replace(event, said_at=time.time(), slow_motion_is_over=is_over))
        if isinstance(event, SnapshotTaken):
            return SnapshotEvent(*self._name, event.snapshot)
        return EpochEvent(*self._name, event.metrics)

    def _splits(self) -> Splits | None:
        """The images; those that do not come with the product are asked of the server. None if stopped.

        Raises
        ------
        DataError
            If the server does not have them either.
        """
        data = self._assigned.config.data_only()
        if data.dataset in BUILT_IN:
            return _built_in_splits(data)
        published = self._rooms.datasets.get(data.dataset, partial(self._delivered, data.dataset), self._stopped)
        return None if published is None else load_splits(data, published=published)

    def _delivered(self, dataset: str) -> SourceDataset | None:
        key, delivery = self._assigned.key, Delivery()
        self._rooms.deliveries[key] = delivery
        try:
            self._say(DataNeededEvent(*self._name, dataset))
            waiting_since = time.monotonic()
            while not delivery.is_there.wait(0.05):
                if self._stopped():
                    return None
                if time.monotonic() - waiting_since > DELIVERY_SECONDS:
                    raise DataError(f"The server did not send the dataset {dataset} in time: train again.")
        finally:
            self._rooms.deliveries.pop(key, None)
        if delivery.published is None:
            raise DataError(delivery.error)
        return delivery.published


def _cancellation_check(worker: Any) -> Callable[[], bool]:
    # Dask does not interrupt a running task: it forgets it, or marks it as cancelled, and the task has to look.
    key, tasks = worker.get_current_task(), worker.state.tasks

    def is_cancelled() -> bool:
        task = tasks.get(key)
        return task is None or task.state != "executing"

    return is_cancelled


@lru_cache(maxsize=2)
def _built_in_splits(data: TrainConfig) -> Splits:
    return load_splits(data)
