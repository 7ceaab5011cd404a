"""What came of a training of an experiment, image by image, and when one network is better than another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.classification import class_metrics
from core.analysis.confusion import confusion_matrix
from core.data.dataset import ImageDataset, Splits
from core.learn.experiments.answers import Answers
from core.learn.experiments.records import diverged
from core.learn.lessons.compare import compare_answers
from core.models.functional import cross_entropy
from core.models.numpy_model import NumpyModel
from core.runs.records import Run

CHANCE = 0.05
"""A difference counts if equally good networks would answer so unevenly with a smaller probability."""
SEEDS_APART = 0.015
"""Two accuracies (0–1) of one config with two seeds differ by less than this 19 times in 20.

Measured on the experiments' own configs, four seeds each: the median of their standard deviations is 0.45 points, most
are below 0.55, and 0.55 × √2 × 1.96 is 1.5. Five units, and pixels from −1 to 1 in plain descent, vary by 3 to 4
points, but both are compared with what lies 15 points and more away.
"""
LOSSES_APART = 0.14
"""The same for validation losses, as a share of the larger one: standard deviations of 3 to 6 %."""


@dataclass(frozen=True, eq=False)
class Result(Answers):
    """A run that has ended, and what its network answers.

    Parameters
    ----------
    labels, predicted
        int64, shape ``(N,)``: of the validation images, in their order.
    losses
        float64, shape ``(N,)``: cross entropy of each validation image, in nats; infinite if the training diverged.
    train_loss, train_accuracy
        Measured with the final weights on the images that were trained on; nats per image, 0–1.
    """

    run: Run
    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    losses: NDArray[np.float64]
    train_loss: float
    train_accuracy: float

    @property
    def val_loss(self) -> float:
        """Mean of the validation losses, nats per image."""
        return float(self.losses.mean())

    @property
    def recalls(self) -> NDArray[np.float64]:
        """Share of each class that is read correctly, float64, shape ``(K,)``."""
        return class_metrics(confusion_matrix(self.labels, self.predicted, len(self.run.class_names))).recall


def result_of(run: Run, model: NumpyModel | None, splits: Splits) -> Result:
    """Let the network of a run read what it was trained on and what it was validated on.

    Parameters
    ----------
    model
        None for a run that diverged: scores that are not numbers, of which ``argmax`` takes the first.
    """
    validation = splits.validation
    if model is None or diverged(run):
        first = np.zeros(len(validation), np.int64)
        nothing = np.full(len(validation), np.inf)
        return Result(run, validation.labels, first, nothing, np.inf, float((splits.train.labels == 0).mean()))
    predicted, losses = _read(model, validation)
    train_predicted, train_losses = _read(model, splits.train)
    train_accuracy = float((train_predicted == splits.train.labels).mean())
    return Result(run, validation.labels, predicted, losses, float(train_losses.mean()), train_accuracy)


def is_above(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> bool | None:
    """Whether the first of two networks is better; None if that is not decided.

    It is decided where the same images speak clearly (sign test) and the difference is more than another seed may make.

    Parameters
    ----------
    one, other
        Which of the same images each reads correctly, bool, shape ``(N,)``.
    """
    found = compare_answers(other, one)
    if found.chance >= CHANCE or abs(found.gain) <= SEEDS_APART:
        return None
    return found.gain > 0


def is_below(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool | None:
    """Whether the first of two mean losses is lower, as :func:`is_above` for answers.

    Parameters
    ----------
    one, other
        Losses of the same images, float64, shape ``(N,)``.
    """
    low, high = sorted((float(one.mean()), float(other.mean())))
    if not np.isfinite(high):
        return None if not np.isfinite(low) else bool(one.mean() < other.mean())
    differences = one - other
    error = float(differences.std(ddof=1)) / np.sqrt(len(differences))
    if abs(float(differences.mean())) <= 1.96 * error or high - low <= LOSSES_APART * high:
        return None
    return float(differences.mean()) < 0


def is_at_most(value: float, limit: float, error: float) -> bool | None:
    """Whether a measured value lies within a limit; None if it is less than ``1.96 × error`` away from it."""
    return None if abs(value - limit) < 1.96 * error else value <= limit


def _read(model: NumpyModel, images: ImageDataset) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """What a network reads, and what that costs."""
    logits = model.logits(images.images).astype(np.float64)
    return logits.argmax(axis=1), cross_entropy(logits, images.labels).astype(np.float64)
