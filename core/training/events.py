"""What a training run says while it runs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.runs.records import Checkpoint, EarlySnapshot, EpochMetrics, RunEnvironment


@dataclass(frozen=True)
class TrainingStarted:
    """The data is loaded, the network is built."""

    environment: RunEnvironment
    steps_per_epoch: int


@dataclass(frozen=True)
class BatchProgress:
    """About ten times a second: the progress, and how the network reads the probe digits.

    ``train_loss`` (nats per image) is the mean since the last such event; ``seconds`` counts from the start of
    the epoch; ``probe_predicted`` and ``probe_confidence`` have one entry per probe digit; ``said_at`` is when a worker
    said it, in seconds since 1970 by its clock, 0 where nobody did; ``slow_motion_is_over``
    says that this start has paused for as long as it may.
    """

    epoch: int
    step: int
    steps_per_epoch: int
    images_per_epoch: int
    train_loss: float
    images_per_second: float
    seconds: float
    probe_predicted: tuple[int, ...]
    probe_confidence: tuple[float, ...]
    said_at: float = 0.0
    slow_motion_is_over: bool = False


@dataclass(frozen=True, eq=False)
class SnapshotTaken:
    """A look at the network before its first epoch has ended.

    ``weights`` are float16 by name, as in a checkpoint; None where they would take too much room.
    """

    snapshot: EarlySnapshot
    weights: dict[str, NDArray[np.float16]] | None


@dataclass(frozen=True)
class EpochCompleted:
    """An epoch is done, or was cut off by a stop (``metrics.complete`` is false).

    ``is_last`` says that the training is complete: its epochs are done, or early stopping has ended it.
    """

    metrics: EpochMetrics
    checkpoint: Checkpoint
    is_last: bool


TrainingEvent = TrainingStarted | SnapshotTaken | BatchProgress | EpochCompleted
