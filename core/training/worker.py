"""What runs inside a worker process: one training, told to the server event by event."""

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from distributed import WorkerPlugin, get_worker
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import Splits
from core.errors import DigitLabError
from core.models.numpy_model import NumpyModel
from core.runs.codec import metrics_to_plain
from core.runs.records import Checkpoint
from core.training.estimate import Speed, measure_speed
from core.training.events import BatchProgress, EpochCompleted, TrainingEvent, TrainingStarted

PLUGIN = "digitlab"
UNFETCHED_BYTES = 200_000_000
_MEASURED = TrainConfig(training_size=6_400)


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
class WorkerSetup(WorkerPlugin):
    """Holds the outboxes of a worker's runs; a worker that replaces a killed one gets it as well."""

    name: str = PLUGIN
    outboxes: dict[str, Outbox] = field(default_factory=dict)

    @classmethod
    def of(cls, worker: Any) -> "WorkerSetup":
        """The one that this worker was set up by."""
        plugin: WorkerSetup = worker.plugins[PLUGIN]
        return plugin

    def setup(self, worker: Any) -> None:  # noqa: ARG002
        """Begin with empty outboxes."""
        self.outboxes = {}


def warm_up() -> None:
    """Pay for imports, data and the first step of the optimiser before a user waits for them."""
    import torch

    from core.training.fit import fit

    torch.set_num_threads(1)
    config = TrainConfig(epochs=1, hidden_size=8, training_size=100)
    _splits("mnist", TrainConfig().training_size, 0)
    for _ in fit(config, _splits("mnist", 100, 0)):
        pass


def run_training(run_id: str, attempt: int, topic: str, config_json: str, checkpoint: Checkpoint | None) -> None:
    """Train one run to its end, or until its task is cancelled.

    Events go out under ``topic``, each with ``run_id``, ``attempt`` and ``kind``; arrays wait in the outbox.
    """
    worker = get_worker()
    outbox = WorkerSetup.of(worker).outboxes[run_id] = Outbox()
    stopped = _cancellation_check(worker)

    def say(kind: str, **content: Any) -> None:
        header = {"run_id": run_id, "attempt": attempt, "kind": kind, "worker": worker.address}
        worker.log_event(topic, header | content)

    try:
        is_complete = _train(TrainConfig.from_json(config_json), checkpoint, outbox, stopped, say)
    except DigitLabError as error:
        say("ended", status="failed", error=str(error))
    else:
        say("ended", status="completed" if is_complete else "stopped", error=None)


def fetch(run_id: str, dask_worker: Any) -> Outbox | None:
    """What is in the outbox of a run, called by the server through ``client.run``."""
    outbox = WorkerSetup.of(dask_worker).outboxes.get(run_id)
    return outbox.take() if outbox else None


def forget(run_id: str, dask_worker: Any) -> None:
    """Throw a run's outbox away, called by the server through ``client.run``."""
    WorkerSetup.of(dask_worker).outboxes.pop(run_id, None)


def measure_worker_speed() -> Speed:
    """What a training step costs on this worker."""
    return measure_speed(_splits(_MEASURED.dataset, _MEASURED.training_size, _MEASURED.split_seed))


def encode_event(event: TrainingEvent) -> tuple[str, dict[str, Any]]:
    """Kind and msgpack-able content of an event, its arrays of weights left out."""
    if isinstance(event, TrainingStarted):
        return "started", {"environment": asdict(event.environment), "steps_per_epoch": event.steps_per_epoch}
    if isinstance(event, BatchProgress):
        return "progress", {"progress": asdict(event)}
    return "epoch", {"metrics": metrics_to_plain(event.metrics)}


def _train(
    config: TrainConfig,
    checkpoint: Checkpoint | None,
    outbox: Outbox,
    stopped: Callable[[], bool],
    say: Callable[..., None],
) -> bool:
    """Train and tell; whether the last epoch was done to its end, a stop in its very last batch or not."""
    from core.training.fit import fit

    is_complete = True
    splits = _splits(config.dataset, config.training_size, config.split_seed)
    for event in fit(config, splits, resume=checkpoint, should_stop=stopped):
        if isinstance(event, EpochCompleted):
            checkpoint = event.checkpoint
            is_complete = event.metrics.position == config.epochs
            outbox.put(checkpoint)
        kind, content = encode_event(event)
        say(kind, **content)
    if checkpoint is not None:
        model = NumpyModel("", config, checkpoint.weights, splits.normalisation, splits.test.class_names)
        probabilities = model.probabilities(splits.test.images)
        accuracy = float((probabilities.argmax(1) == splits.test.labels).mean())
        outbox.test_result = TestResult(probabilities, accuracy, splits.test.digest)
    return is_complete


def _size(checkpoint: Checkpoint) -> int:
    arrays = (*checkpoint.weights.values(), *checkpoint.optimizer.values())
    return sum(array.nbytes for array in arrays)


def _cancellation_check(worker: Any) -> Callable[[], bool]:
    # Dask does not interrupt a running task: it forgets it, or marks it as cancelled, and the task has to look.
    key, tasks = worker.get_current_task(), worker.state.tasks

    def is_cancelled() -> bool:
        task = tasks.get(key)
        return task is None or task.state != "executing"

    return is_cancelled


@lru_cache(maxsize=2)
def _splits(dataset: str, training_size: int, split_seed: int) -> Splits:
    return load_splits(TrainConfig(dataset=dataset, training_size=training_size, split_seed=split_seed))
