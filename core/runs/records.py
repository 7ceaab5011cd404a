"""What a run is, as plain values: its status, its metrics per epoch, where and how it was trained."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator

from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES
from core.models.shapes import architecture_name
from core.runs.status import RunOrigin, RunStatus

DEMO_RUN_ID = "demo"
"""The run that comes with the product."""


def _array_of(kind: type[np.generic], dimensions: int) -> PlainValidator:
    def read(numbers: Any) -> NDArray[Any]:
        try:
            array = np.asarray(numbers, dtype=kind)
        except OverflowError as error:
            raise ValueError("a number is too large") from error
        if array.ndim != dimensions:
            raise ValueError(f"{array.ndim} dimensions instead of {dimensions}")
        return array

    return PlainValidator(read)


def _rounded(losses: NDArray[np.float32]) -> list[float]:
    return [round(float(loss), 5) for loss in losses]


def _listed(counts: NDArray[np.int64]) -> Any:
    return counts.tolist()


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("there is no such year") from error


# How ``core.runs.codec`` reads and writes what JSON does not know.
_Losses = Annotated[NDArray[np.float32], _array_of(np.float32, 1), PlainSerializer(_rounded)]
_Counts = Annotated[NDArray[np.int64], _array_of(np.int64, 2), PlainSerializer(_listed)]
_Moment = Annotated[datetime, AfterValidator(_in_utc)]
# Databases keep no larger ones.
_Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
_Number = Annotated[int, Field(ge=1, le=2**31 - 1)]


@dataclass(frozen=True, eq=False)
class EpochMetrics:
    """Measured at the end of one epoch, or where a stop cut it off.

    Parameters
    ----------
    epoch
        1 for the first.
    step, steps_per_epoch
        Batches done and batches in a whole epoch; equal unless the epoch was cut off.
    train_loss, train_accuracy
        Means over the epoch's batches while the weights were changing; nats per image, 0–1.
    val_loss, val_accuracy
        On the validation images after the last batch; nats per image, 0–1.
    seconds
        Wall time of the epoch, its evaluation included.
    images_per_second
        Training images per second of training time.
    batch_losses
        float32, shape ``(≤100,)``: mean training loss of consecutive stretches of the epoch, in order.
    confusion
        int64, shape ``(K, K)``: validation images by true label (row) and predicted label (column).
    probe_predicted, probe_confidence
        What the network made of each probe digit then, and how sure it was, 0–1; empty in runs of earlier versions.
    """

    epoch: _Number
    step: _Count
    steps_per_epoch: _Number
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float
    images_per_second: float
    batch_losses: _Losses
    confusion: _Counts
    probe_predicted: tuple[int, ...] = ()
    probe_confidence: tuple[float, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every batch of the epoch was done."""
        return self.step == self.steps_per_epoch

    @property
    def position(self) -> float:
        """Epochs done so far, in fractions: where this point is on a time axis."""
        return self.epoch - 1 + self.step / self.steps_per_epoch


@dataclass(frozen=True)
class EarlySnapshot:
    """A look at the network in its first epoch, or before it: too early to count as an epoch.

    Parameters
    ----------
    step
        Batches of the first epoch that were done; 0 before the first.
    val_loss, val_accuracy, val_images
        On this many validation images, always the same ones; nats per image, 0–1.
    probe_predicted, probe_confidence
        What the network made of each probe digit, and how sure it was, 0–1.
    """

    step: _Count
    steps_per_epoch: _Number
    val_loss: float
    val_accuracy: float
    val_images: int
    probe_predicted: tuple[int, ...]
    probe_confidence: tuple[float, ...]

    @property
    def position(self) -> float:
        """Epochs done so far, as :attr:`EpochMetrics.position` counts them."""
        return self.step / self.steps_per_epoch


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything that is needed to continue as if nothing had happened.

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
    batch_losses, correct, seconds
        What the epoch's metrics need of its batches so far: their losses, float32 of shape ``(step,)``, how many of
        their images were right, and the time that they took.
    val_losses
        float64, shape ``(epoch,)``: validation loss after every epoch so far.
    best_weights
        With early stopping, the weights that had the least of them.
    best_before
        Where an epoch that was cut off is the best, the best weights of the whole epochs before it: what counts once
        the epoch continues.
    """

    epoch: int
    step: int
    weights: dict[str, NDArray[np.float32]]
    optimizer: dict[str, NDArray[np.float32]]
    random_state: NDArray[np.uint8]
    batch_losses: NDArray[np.float32]
    correct: int
    seconds: float
    val_losses: NDArray[np.float64]
    best_weights: dict[str, NDArray[np.float32]] | None = None
    best_before: dict[str, NDArray[np.float32]] | None = None

    @property
    def kept_weights(self) -> dict[str, NDArray[np.float32]]:
        """What the run is used with: the best weights, if they are kept, else the last."""
        return self.weights if self.best_weights is None else self.best_weights


@dataclass(frozen=True)
class RunEnvironment:
    """Where and on what a run was trained; ``earlier``: device and PyTorch elsewhere, before it continued here."""

    device: str = ""
    threads: int = 1
    versions: dict[str, str] = field(default_factory=dict)
    data_digest: str = ""
    train_images: int = 0
    validation_images: int = 0
    test_images: int = 0
    mean: float = 0.0
    std: float = 1.0
    class_names: tuple[str, ...] = DIGIT_NAMES
    earlier: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Run:
    """One training run, as the run store knows it.

    Parameters
    ----------
    run_id
        URL-safe: lower-case letters, digits and hyphens.
    created, started, ended
        UTC.
    epochs, early
        Its epochs, and looks at the network before the first of them ended. Empty in the store's listing, whole when
        the store is asked for one run. There is nothing early in imported networks and in runs of earlier versions.
    epochs_done
        In fractions: 2.5 if a stop came in the middle of the third.
    seconds
        Time spent on its epochs.
    val_accuracy, test_accuracy
        With the weights that are kept, 0–1: those of the last epoch, or with early stopping of the best.
    error
        Why it failed or was interrupted, a sentence for the user.
    test_looks
        How often a session has looked at its test results.
    checkpoints
        How often its weights were replaced in this store.
    owner
        The browser that began or imported it, by its random id, which is nobody else’s business. None for runs of the
        command line and of versions that did not ask.
    origin
        Trained here, imported as a model, trained for an experiment of Learn, a trial of a search, or the demo.
        Which run it continued from is in its config.
    tags, notes, reflection, starred
        What people have said of it, see :mod:`core.runs.remarks`; they do not change its version.
    study
        The search that it is a trial of; None for every other run.
    exercise
        The exercise of a class that it belongs to; None for every other run.
    """

    run_id: str
    name: str
    config: TrainConfig
    status: RunStatus
    created: _Moment
    started: _Moment | None = None
    ended: _Moment | None = None
    environment: RunEnvironment = RunEnvironment()
    epochs: tuple[EpochMetrics, ...] = ()
    early: tuple[EarlySnapshot, ...] = ()
    epochs_done: float = 0.0
    seconds: float = 0.0
    val_accuracy: float | None = None
    test_accuracy: float | None = None
    error: str | None = None
    test_looks: _Count = 0
    checkpoints: _Count = 0
    owner: str | None = None
    origin: RunOrigin = RunOrigin.TRAINED
    tags: tuple[str, ...] = ()
    notes: str = ""
    reflection: str = ""
    starred: bool = False
    study: str | None = None
    exercise: str | None = None

    @property
    def version(self) -> str:
        """Changes whenever the run’s weights, epochs or status do: the key of whatever is cached of a run.

        What is read from the store after the version is never older than it: weights are in place before they count.
        """
        return f"{self.created.timestamp()}-{self.checkpoints}-{self.epochs_done}-{self.status}"

    @property
    def is_demo(self) -> bool:
        """Whether it is the run that comes with the product."""
        return self.run_id == DEMO_RUN_ID

    @property
    def can_continue(self) -> bool:
        """Whether it ended before its last epoch but can continue from there."""
        return self.status.can_continue

    @property
    def title(self) -> str:
        """Name and shape for lists: ``brave-otter · 784-128-10``."""
        return f"{self.name} · {architecture_name(self.config, len(self.class_names))}"

    @property
    def class_names(self) -> tuple[str, ...]:
        """What its classes are called, in label order."""
        return self.environment.class_names

    @property
    def kept_epoch(self) -> EpochMetrics | None:
        """The epoch whose weights the run is used with: the last, or with early stopping the best."""
        if not self.epochs:
            return None
        return min(self.epochs, key=lambda epoch: epoch.val_loss) if self.config.patience else self.epochs[-1]
