"""What a training says while it runs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.runs.records import EpochMetrics, RunEnvironment


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything that is needed to go on as if nothing had happened.

    Parameters
    ----------
    epoch, step
        The epoch (1 for the first) and how many of its batches are done.
    weights
        float32 by name: ``layers.0.weight`` of shape ``(outputs, inputs)``, ``layers.0.bias`` of ``(outputs,)``, …
    optimizer
        float32 by name: the optimiser's moments and step count.
    random_state
        uint8: state of the generator that draws dropout masks.
    batch_losses, hits, seconds
        What the epoch's metrics need of its batches so far: their losses, float32 of shape ``(step,)``, how many of
        their images were right, and the time that they took.
    """

    epoch: int
    step: int
    weights: dict[str, NDArray[np.float32]]
    optimizer: dict[str, NDArray[np.float32]]
    random_state: NDArray[np.uint8]
    batch_losses: NDArray[np.float32]
    hits: int
    seconds: float


@dataclass(frozen=True)
class TrainingStarted:
    """The data is loaded, the network is built."""

    environment: RunEnvironment
    steps_per_epoch: int


@dataclass(frozen=True)
class BatchProgress:
    """About ten times a second: how far it is, and what it makes of the probe digits.

    ``train_loss`` (nats per image) is the mean since the last such event; ``seconds`` counts from the start of
    the epoch; ``probe_predicted`` and ``probe_confidence`` have one entry per probe digit.
    """

    epoch: int
    step: int
    steps_per_epoch: int
    train_loss: float
    images_per_second: float
    seconds: float
    probe_predicted: tuple[int, ...]
    probe_confidence: tuple[float, ...]


@dataclass(frozen=True)
class EpochCompleted:
    """An epoch is done, or was cut off by a stop (``metrics.complete`` is false)."""

    metrics: EpochMetrics
    checkpoint: Checkpoint


TrainingEvent = TrainingStarted | BatchProgress | EpochCompleted
