"""The results of a variant of an experiment, one for each seed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.analysis.accuracy import share_correct
from core.analysis.by_seed import Floats
from core.analysis.classification import class_metrics
from core.analysis.percent import percent
from core.config import TrainConfig
from core.data.dataset import Splits
from core.learn.experiments.records import Read, Table, Variant, diverged
from core.learn.lessons.images import accuracy, shifted
from core.models.functional import cross_entropy
from core.models.numpy_model import NumpyModel
from core.models.shapes import parameter_count
from core.runs.records import EpochMetrics, Run

SHIFT = 3
"""Pixels by which validation digits are moved to the right and down to see what a network makes of it."""


@dataclass(frozen=True, eq=False)
class Result:
    """What a training run with one seed came to.

    Parameters
    ----------
    accuracy, recalls
        Of the validation images, all and by class ``(K,)``; 0–1, not a number where a class does not occur.
    val_loss
        Nats per image; infinite if training diverged.
    passing_loss
        Training loss of the last epoch, as its batches passed; nats per image, infinite if training diverged.
    updates
        Steps of the optimiser.
    seconds
        Wall time of all epochs.
    train_loss, train_accuracy
        Of the training images, by the final weights; not a number where an experiment does not ask.
    shifted
        Share (0–1) of the validation digits that are read correctly 3 pixels to the right and down; likewise.
    """

    accuracy: float
    recalls: Floats
    val_loss: float
    passing_loss: float
    updates: int
    seconds: float
    train_loss: float = np.nan
    train_accuracy: float = np.nan
    shifted: float = np.nan


@dataclass(frozen=True, eq=False)
class Sample:
    """A variant, and its results in the order of the seeds."""

    variant: Variant
    results: tuple[Result, ...]

    @property
    def config(self) -> TrainConfig:
        """Of the variant, whatever the seed."""
        return self.variant.config

    def values(self, name: str) -> Floats:
        """A number of each result, float64, shape ``(S,)``."""
        return np.array([getattr(result, name) for result in self.results], np.float64)

    def mean(self, name: str) -> float:
        """The same, over all seeds."""
        return float(self.values(name).mean())

    @property
    def recalls(self) -> Floats:
        """By seed and class, 0–1, shape ``(S, K)``."""
        return np.stack([result.recalls for result in self.results])


def result_of_epochs(epochs: Sequence[EpochMetrics], seconds: float) -> Result:
    """What the last of all epochs of a run that did not diverge says."""
    last = epochs[-1]
    updates = sum(epoch.step for epoch in epochs)
    return Result(
        last.val_accuracy, class_metrics(last.confusion).recall, last.val_loss, last.train_loss, updates, seconds
    )


def diverged_result(updates: int, seconds: float, classes: int = 10) -> Result:
    """Of logits that are not numbers, ``argmax`` takes the first: no more than guessing."""
    recalls = np.zeros(classes)
    recalls[0] = 1.0
    return Result(1 / classes, recalls, np.inf, np.inf, updates, seconds, np.inf, 1 / classes, 1 / classes)


def result_of_run(run: Run) -> Result:
    """What the record of a run that has ended says; its network is not asked."""
    if diverged(run) or not run.epochs:
        return diverged_result(sum(epoch.step for epoch in run.epochs), run.seconds, len(run.class_names))
    return result_of_epochs(run.epochs, run.seconds)


def with_reading(result: Result, read: Read, model: NumpyModel, splits: Splits) -> Result:
    """Add what an experiment asks the final network itself."""
    match read:
        case Read.TRAINING:
            logits = model.logits(splits.train.images).astype(np.float64)
            loss = float(cross_entropy(logits, splits.train.labels).mean())
            correct = share_correct(logits, splits.train.labels)
            return replace(result, train_loss=loss, train_accuracy=correct)
        case Read.SHIFTED:
            moved = shifted(splits.validation.images, SHIFT, SHIFT)
            return replace(result, shifted=accuracy(model, moved, splits.validation.labels))
        case Read.NOTHING:
            return result


def samples_table(samples: Sequence[Sample]) -> Table:
    """The variants side by side: means over the seeds, and how far seeds lie apart."""
    columns = ("", "Learning rate", "Validation accuracy", "Validation loss", "Updates", "Seconds", "Parameters")
    return Table(columns, tuple(_row(sample) for sample in samples))


def _row(sample: Sample) -> tuple[str, ...]:
    accuracies, losses = sample.values("accuracy"), sample.values("val_loss")
    broken = int((~np.isfinite(losses)).sum())
    loss = f"{losses.mean():.3f}" if not broken else f"{broken} of {len(losses)} diverged"
    return (
        sample.variant.label,
        f"{sample.config.learning_rate:g}",
        f"{percent(float(accuracies.mean()))} ± {percent(float(accuracies.std(ddof=1)))}",
        loss,
        f"{sample.mean('updates'):,.0f}",
        f"{sample.mean('seconds'):.1f}",
        f"{parameter_count(sample.config):,}",
    )
