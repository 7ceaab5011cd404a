"""What runs inside a worker process: one training, told to the server event by event."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from distributed import WorkerPlugin, get_worker
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.catalogue import BUILT_IN, load_splits
from core.data.dataset import SourceDataset, Splits
from core.errors import DataError, DigitLabError
from core.models.numpy_model import NumpyModel
from core.runs.codec import metrics_to_plain
from core.runs.records import Checkpoint
from core.training.estimate import Speed, measure_speed
from core.training.events import BatchProgress, EpochCompleted, TrainingEvent, TrainingStarted

PLUGIN = "digitlab"
UNFETCHED_BYTES = 200_000_000
DELIVERY_SECONDS = 120.0
_MEASURED = TrainConfig(training_size=6_400)


@dataclass(frozen=True, eq=False)
class Assigned:
    """What a worker is given: the run, which attempt at it this is, and where it goes on from.

    Parameters
    ----------
    checkpoint
        Of this run, if it is continued.
    start
        Weights of another run, if it begins with those.
    """

    run_id: str
    attempt: int
    config: TrainConfig
    checkpoint: Checkpoint | None = None
    start: Mapping[str, NDArray[np.float32]] | None = None


@dataclass(frozen=True, eq=False)
class TestResult:
    """Probabilities ``(N, K)``, float32, on the test images, and the digest of those images."""

    probabilities: NDArray[np.float32]
    accuracy: float
    digest: str


@dataclass
class Outbox:
    """Arrays of one run that wait to be fetched by the server: too large for events.

    Where epochs end faster than they are fetched, the oldest checkpoints beyond ``UNFETCHED_BYTES`` are dropped.
    """

    checkpoints: deque[Checkpoint] = field(default_factory=deque)
    test_result: TestResult | None = None

    def put(self, checkpoint: Checkpoint) -> None:
        """Add the latest checkpoint."""
        self.checkpoints.append(checkpoint)
        while len(self.checkpoints) > 1 and sum(map(_size, tuple(self.checkpoints))) > UNFETCHED_BYTES:
            self.checkpoints.popleft()

    def take(self) -> "Outbox":
        """Everything that is in it; the checkpoints then belong to the caller alone."""
        taken = Outbox(test_result=self.test_result)
        while self.checkpoints:
            taken.checkpoints.append(self.checkpoints.popleft())
        return taken


@dataclass
class Delivery:
    """A data set that a worker has asked the server for, or why it cannot be had."""

    published: SourceDataset | None = None
    error: str = ""
    is_there: threading.Event = field(default_factory=threading.Event)


@dataclass
class WorkerSetup(WorkerPlugin):
    """Holds the outboxes of a worker's runs; a worker that replaces a killed one gets it as well."""

    name: str = PLUGIN
    outboxes: dict[str, Outbox] = field(default_factory=dict)
    arrivals: dict[str, Delivery] = field(default_factory=dict)

    @classmethod
    def of(cls, worker: Any) -> "WorkerSetup":
        """The one that this worker was set up by."""
        plugin: WorkerSetup = worker.plugins[PLUGIN]
        return plugin

    def setup(self, worker: Any) -> None:  # noqa: ARG002
        """Begin with empty outboxes, and with no data."""
        self.outboxes, self.arrivals = {}, {}


def warm_up() -> None:
    """Pay for imports, data and the first step of the optimiser before a user waits for them."""
    import torch

    from core.training.fit import fit

    torch.set_num_threads(1)
    config = TrainConfig(epochs=1, hidden_size=8, training_size=100)
    _built_in_splits(TrainConfig())
    for _ in fit(config, _built_in_splits(config.data_only())):
        pass


def run_training(assigned: Assigned, topic: str) -> None:
    """Train one run to its end, or until its task is cancelled.

    Events go out under ``topic``, each with ``run_id``, ``attempt`` and ``kind``; arrays wait in the outbox.
    """
    worker = get_worker()
    outbox = WorkerSetup.of(worker).outboxes[assigned.run_id] = Outbox()
    stopped = _cancellation_check(worker)

    def say(kind: str, **content: Any) -> None:
        header = {"run_id": assigned.run_id, "attempt": assigned.attempt, "kind": kind, "worker": worker.address}
        worker.log_event(topic, header | content)

    try:
        splits = _splits(assigned.config.data_only(), worker, stopped, say)
        is_complete = splits is not None and _train(assigned, splits, outbox, stopped, say)
    except DigitLabError as error:
        say("ended", status="failed", error=str(error))
    else:
        say("ended", status="completed" if is_complete else "stopped", error=None)


def fetch(run_id: str, dask_worker: Any) -> Outbox | None:
    """What is in the outbox of a run, called by the server through ``client.run``."""
    outbox = WorkerSetup.of(dask_worker).outboxes.get(run_id)
    return outbox.take() if outbox else None


def deliver(name: str, published: SourceDataset | None, error: str, dask_worker: Any) -> None:
    """Bring a data set that this worker has asked for, called by the server through ``client.run``."""
    delivery = WorkerSetup.of(dask_worker).arrivals.get(name)
    if delivery is not None:
        delivery.published, delivery.error = published, error
        delivery.is_there.set()


def forget(run_id: str, dask_worker: Any) -> None:
    """Throw a run's outbox away, called by the server through ``client.run``."""
    WorkerSetup.of(dask_worker).outboxes.pop(run_id, None)


def measure_worker_speed() -> Speed:
    """What a training step costs on this worker."""
    return measure_speed(_built_in_splits(_MEASURED))


def encode_event(event: TrainingEvent) -> tuple[str, dict[str, Any]]:
    """Kind and msgpack-able content of an event, its arrays of weights left out."""
    if isinstance(event, TrainingStarted):
        return "started", {"environment": asdict(event.environment), "steps_per_epoch": event.steps_per_epoch}
    if isinstance(event, BatchProgress):
        return "progress", {"progress": asdict(event)}
    return "epoch", {"metrics": metrics_to_plain(event.metrics)}


def _train(
    assigned: Assigned, splits: Splits, outbox: Outbox, stopped: Callable[[], bool], say: Callable[..., None]
) -> bool:
    """Train and tell; whether the last epoch was done to its end, a stop in its very last batch or not."""
    from core.training.fit import fit

    config, checkpoint = assigned.config, assigned.checkpoint
    is_complete = True
    for event in fit(config, splits, resume=checkpoint, start=assigned.start, should_stop=stopped):
        if isinstance(event, EpochCompleted):
            checkpoint, is_complete = event.checkpoint, event.is_last
            outbox.put(checkpoint)
        kind, content = encode_event(event)
        say(kind, **content)
    if checkpoint is not None:
        model = NumpyModel("", config, checkpoint.kept_weights, splits.normalisation, splits.test.class_names)
        probabilities = model.probabilities(splits.test.images)
        accuracy = float((probabilities.argmax(1) == splits.test.labels).mean())
        outbox.test_result = TestResult(probabilities, accuracy, splits.test.digest)
    return is_complete


def _size(checkpoint: Checkpoint) -> int:
    best = checkpoint.best_weights or {}
    arrays = (*checkpoint.weights.values(), *checkpoint.optimizer.values(), *best.values())
    return sum(array.nbytes for array in arrays)


def _cancellation_check(worker: Any) -> Callable[[], bool]:
    # Dask does not interrupt a running task: it forgets it, or marks it as cancelled, and the task has to look.
    key, tasks = worker.get_current_task(), worker.state.tasks

    def is_cancelled() -> bool:
        task = tasks.get(key)
        return task is None or task.state != "executing"

    return is_cancelled


def _splits(data: TrainConfig, worker: Any, stopped: Callable[[], bool], say: Callable[..., None]) -> Splits | None:
    """The images of a training; those that do not come with the product are asked of the server. None if stopped.

    Raises
    ------
    DataError
        If the server does not have them either.
    """
    if data.dataset in BUILT_IN:
        return _built_in_splits(data)
    arrivals = WorkerSetup.of(worker).arrivals
    delivery = arrivals.get(data.dataset)
    if delivery is None or delivery.error:
        # One at a time: a worker's memory does not grow with the number of data sets it has seen.
        arrivals.clear()
        delivery = arrivals[data.dataset] = Delivery()
        say("needs data", dataset=data.dataset)
    waiting_since = time.monotonic()
    while not delivery.is_there.wait(0.05):
        if stopped():
            # The server may never have heard the question: whoever comes next asks again.
            arrivals.pop(data.dataset, None)
            return None
        if time.monotonic() - waiting_since > DELIVERY_SECONDS:
            arrivals.clear()
            raise DataError(f"The server did not send the data set {data.dataset} in time: train again.")
    if delivery.published is None:
        raise DataError(delivery.error)
    return load_splits(data, published=delivery.published)


@lru_cache(maxsize=2)
def _built_in_splits(data: TrainConfig) -> Splits:
    return load_splits(data)
