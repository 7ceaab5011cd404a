"""What waits in a worker until its server has kept it: arrays, too large for events."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import SourceDataset
from core.engine.held import HeldDatasets
from core.engine.pace import SlowMotion
from core.runs.records import Checkpoint
from core.training.events import SnapshotTaken

UNFETCHED_BYTES = 200_000_000
ABANDONED_SECONDS = 600.0
_EXTENSION = "digitlab"


class Mark(NamedTuple):
    """Where in a training run a checkpoint was made: the epoch, and how many of its batches were done."""

    epoch: int
    step: int

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "Mark":
        """That of this checkpoint."""
        return cls(checkpoint.epoch, checkpoint.step)


@dataclass(frozen=True, eq=False)
class FinalPredictions:
    """Probabilities ``(N, K)``, float32, on the test images, and the digest of those images."""

    probabilities: NDArray[np.float32]
    accuracy: float
    digest: str


@dataclass(frozen=True, eq=False)
class Parcel:
    """What a server fetches at one time.

    Parameters
    ----------
    checkpoints, snapshots
        Numbered together, in the order in which they were made; the number is what acknowledges one.
    """

    checkpoints: tuple[tuple[int, Checkpoint], ...] = ()
    snapshots: tuple[tuple[int, SnapshotTaken], ...] = ()
    test_result: FinalPredictions | None = None

    def in_order(self) -> list[tuple[int, Checkpoint | SnapshotTaken]]:
        """Checkpoints and snapshots as they were made."""
        handed: list[tuple[int, Checkpoint | SnapshotTaken]] = [*self.snapshots, *self.checkpoints]
        return sorted(handed, key=lambda entry: entry[0])


class Outbox:
    """Checkpoints, early snapshots and the test result of one attempt at a run.

    Either stays until the server has acknowledged it: one that the server could not write is fetched again.
    Where epochs end faster than they are fetched, the oldest checkpoints beyond ``UNFETCHED_BYTES`` are dropped, never
    the last. Snapshots are few, and small.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._checkpoints: deque[tuple[int, Checkpoint]] = deque()
        self._snapshots: deque[tuple[int, SnapshotTaken]] = deque()
        self._count = 0
        self._test_result: FinalPredictions | None = None
        self._closed_at: float | None = None

    def put(self, checkpoint: Checkpoint) -> None:
        """Add the latest checkpoint."""
        with self._lock:
            self._count += 1
            self._checkpoints.append((self._count, checkpoint))
            while len(self._checkpoints) > 1 and sum(_size(kept) for _, kept in self._checkpoints) > UNFETCHED_BYTES:
                self._checkpoints.popleft()

    def put_snapshot(self, taken: SnapshotTaken) -> None:
        """Add an early snapshot."""
        with self._lock:
            self._count += 1
            self._snapshots.append((self._count, taken))

    def put_result(self, result: FinalPredictions) -> None:
        """Add what the last checkpoint makes of the test images."""
        self._test_result = result

    def take(self, acknowledged: int) -> Parcel:
        """Drop what the server has kept, up to this number, and hand over a copy of the rest."""
        with self._lock:
            while self._checkpoints and self._checkpoints[0][0] <= acknowledged:
                self._checkpoints.popleft()
            while self._snapshots and self._snapshots[0][0] <= acknowledged:
                self._snapshots.popleft()
            return Parcel(tuple(self._checkpoints), tuple(self._snapshots), self._test_result)

    def close(self) -> None:
        """Nothing more comes."""
        self._closed_at = time.monotonic()

    @property
    def handed(self) -> int:
        """Number of the last thing that was put in, apart from the test result."""
        return self._count

    @property
    def has_result(self) -> bool:
        """Whether there is a test result."""
        return self._test_result is not None

    @property
    def is_abandoned(self) -> bool:
        """Whether its server has had ample time to fetch it, and has not: that server is gone."""
        return self._closed_at is not None and time.monotonic() > self._closed_at + ABANDONED_SECONDS


@dataclass
class Delivery:
    """A dataset that a training run has asked the server for, or why it cannot be had."""

    published: SourceDataset | None = None
    error: str = ""
    is_there: threading.Event = field(default_factory=threading.Event)


@dataclass
class WorkerRooms:
    """What a worker holds for the servers that it trains for.

    It belongs to the worker, not to a plugin: a second server, or one that connects again, must not empty it. All but
    datasets is kept by the key of a task, which no two servers share.
    """

    outboxes: dict[str, Outbox] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    slow_motions: dict[str, SlowMotion] = field(default_factory=dict)
    datasets: HeldDatasets = field(default_factory=HeldDatasets)

    @classmethod
    def of(cls, worker: Any) -> "WorkerRooms":
        """Those of this worker."""
        rooms: WorkerRooms = worker.extensions.setdefault(_EXTENSION, cls())
        return rooms

    def open_outbox(self, key: str) -> Outbox:
        """A new one; those that nobody fetches any more are thrown away."""
        for other, outbox in list(self.outboxes.items()):
            if outbox.is_abandoned:
                self.outboxes.pop(other, None)
        outbox = self.outboxes[key] = Outbox()
        return outbox


def fetch(key: str, acknowledged: int, dask_worker: Any) -> Parcel | None:
    """What is in an outbox beyond what the server has kept; called by the server on a worker."""
    outbox = WorkerRooms.of(dask_worker).outboxes.get(key)
    return None if outbox is None else outbox.take(acknowledged)


def forget(key: str, dask_worker: Any) -> None:
    """Throw an outbox away; called by the server on a worker."""
    WorkerRooms.of(dask_worker).outboxes.pop(key, None)


def deliver(key: str, published: SourceDataset | None, error: str, dask_worker: Any) -> None:
    """Bring a dataset that a training run has asked for; called by the server on a worker."""
    delivery = WorkerRooms.of(dask_worker).deliveries.get(key)
    if delivery is not None:
        delivery.published, delivery.error = published, error
        delivery.is_there.set()


def _size(checkpoint: Checkpoint) -> int:
    groups = (checkpoint.weights, checkpoint.optimizer, checkpoint.best_weights or {}, checkpoint.best_before or {})
    return sum(array.nbytes for group in groups for array in group.values())
