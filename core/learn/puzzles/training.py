"""Small training runs for puzzles: the network from scratch, a few thousand images, a second or two."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.accuracy import share_correct
from core.config import TrainConfig
from core.data.dataset import ImageDataset, Splits
from core.data.mnist import load_mnist
from core.data.splits import make_splits, scaling_of
from core.models.functional import mean_loss
from core.training.numpy_learner import NumpyLearner

FROM_SCRATCH = TrainConfig(
    backend="numpy", hidden_size=20, optimizer="sgd", learning_rate=0.1, schedule="constant", epochs=3
)
"""The series' network with a usual step."""
KAGGLE_ROWS = 42_000

BatchStep = Callable[[NumpyLearner, int], None]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a small training came to.

    Parameters
    ----------
    first_loss, loss, accuracy
        On the validation images, before and after: nats per image, 0–1; infinite where it is no longer a number.
    seconds
        Of training alone.
    """

    learner: NumpyLearner
    updates: int
    first_loss: float
    loss: float
    accuracy: float
    seconds: float


def small_splits(training: int = 5_000, validation: int = 2_000, scaling: str = "zero_one") -> Splits:
    """A stratified part of MNIST's training images; the test images are left alone."""
    config = TrainConfig.from_mapping(
        {"training_size": training, "validation_size": validation, "normalisation": scaling}
    )
    train = load_mnist("train")
    return make_splits(train, train.subset(np.arange(10)), config)


def splits_from(train: ImageDataset, judged: ImageDataset) -> Splits:
    """These very images to train on and to judge by, pixels from 0 to 1."""
    return Splits(train, judged, judged, scaling_of(train.images, "zero_one"))


def train(config: TrainConfig, splits: Splits, step: BatchStep | None = None) -> Outcome:
    """Train by NumPy at a constant learning rate.

    A loop of its own: :func:`core.training.fit.fit` cannot be told to take a wrong step, and puzzles are about those.

    Parameters
    ----------
    step
        Does one batch in the place of ``NumpyLearner.train_batch``.
    """
    learner = NumpyLearner(config, splits)
    labels = splits.validation.labels
    first_loss = cross_entropy(learner.validation_logits(), labels)
    batches = -(-len(splits.train) // config.batch_size)
    started = time.perf_counter()
    for epoch in range(config.epochs):
        order = np.arange(len(splits.train))
        if config.shuffle:
            order = np.random.default_rng([config.seed, epoch]).permutation(len(order))
        learner.begin_epoch(epoch, order)
        for batch in range(batches):
            if step is None:
                learner.train_batch(batch, config.learning_rate)
            else:
                step(learner, batch)
    seconds = time.perf_counter() - started
    logits = learner.validation_logits()
    accuracy = share_correct(logits, labels)
    return Outcome(learner, batches * config.epochs, first_loss, cross_entropy(logits, labels), accuracy, seconds)


def cross_entropy(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Mean ``-log p`` of the right class, nats per image; infinite where logits are not numbers."""
    loss = mean_loss(FROM_SCRATCH.loss, logits, labels)
    return loss if math.isfinite(loss) else math.inf
