"""What one training step on one digit does to other digits, and which digits a network misreads."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.accuracy import share_correct
from core.data.dataset import Normalisation
from core.learn.walk import Floats, TwoLayers, Walk


@dataclass(frozen=True, eq=False)
class Readings:
    """What a network makes of some images.

    Parameters
    ----------
    losses
        nats, shape ``(N,)``.
    predicted
        int64, shape ``(N,)``: the most probable class.
    """

    losses: Floats
    predicted: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class OnOthers:
    """Other images before and after the step.

    Parameters
    ----------
    images
        How many.
    loss_before, loss_after
        Mean, in nats.
    accuracy_before, accuracy_after
        Shares of 1.
    change_by_class
        shape ``(K,)``: by how much the mean loss of the images of each class rose; 0 for a class without any.
    """

    images: int
    loss_before: float
    loss_after: float
    accuracy_before: float
    accuracy_after: float
    change_by_class: Floats


def read(
    weights: TwoLayers, normalisation: Normalisation, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> Readings:
    """Have a network read images, uint8 ``(N, 28, 28)``, with labels ``(N,)``."""
    inputs = (images.reshape(len(images), -1) / 255 - normalisation.mean) / normalisation.std
    hidden = np.maximum(inputs @ weights.hidden.T + weights.hidden_bias, 0)
    logits = hidden @ weights.output.T + weights.output_bias
    lowered = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(lowered).sum(axis=1)) - lowered[np.arange(len(labels)), labels]
    return Readings(losses, logits.argmax(axis=1))


def on_others(walk: Walk, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> OnOthers:
    """Measure the step of a walk on other images; the image of the walk is left out where it is among them."""
    others = (images != walk.pixels).any(axis=(1, 2))
    images, labels = images[others], labels[others]
    before = read(walk.weights, walk.normalisation, images, labels)
    after = read(walk.weights.moved(walk.gradients, walk.rate), walk.normalisation, images, labels)
    classes = len(walk.before.logits)
    counts = np.maximum(np.bincount(labels, minlength=classes), 1)
    changes = np.bincount(labels, weights=after.losses - before.losses, minlength=classes) / counts
    return OnOthers(
        len(labels),
        float(before.losses.mean()),
        float(after.losses.mean()),
        share_correct(before.predicted, labels),
        share_correct(after.predicted, labels),
        changes,
    )
