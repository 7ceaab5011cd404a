"""Small networks that learn while somebody looks on: in NumPy, in a fraction of a second, the same at every run."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from core.analysis.accuracy import share_correct
from core.config import Optimizer, TrainConfig
from core.data.dataset import ImageDataset, Normalisation
from core.drawings.preprocessing import normalise
from core.models.functional import softmax
from core.models.numpy_mlp import NumpyMLP
from core.models.numpy_optimizer import NumpyOptimizer

BATCH = 64
RATE = 0.1
MOST_STEPS = 500
"""Of the network that is taught step by step."""
COUNTS = (50, 200, 1_000, 5_000)
"""Training images of the network that may learn by heart."""
STEPS = 600
_FEW = 32
_EVERY = 25
_SEED = 0


@dataclass(frozen=True, eq=False)
class Reading:
    """What a network makes of N images.

    Parameters
    ----------
    predicted
        int64, shape ``(N,)``.
    confidence
        float32, shape ``(N,)``: the probability of what it predicts.
    accuracy
        0–1.
    """

    predicted: NDArray[np.int64]
    confidence: NDArray[np.float32]
    accuracy: float


@dataclass(frozen=True, eq=False)
class Memory:
    """Accuracy (0–1) on what a network learns from and on other images, by steps; int64 and float64 ``(points,)``."""

    steps: NDArray[np.int64]
    seen: NDArray[np.float64]
    unseen: NDArray[np.float64]


def reading_after(steps: int, train: ImageDataset, shown: ImageDataset, normalisation: Normalisation) -> Reading:
    """How a network 784-32-10 reads ``shown`` after this many steps of SGD on batches of 64 of ``train``."""
    network, optimizer, chance = _beginning("sgd")
    # Products this small take several threads longer than one.
    with threadpool_limits(1, user_api="blas"):
        for _ in range(steps):
            _step(network, optimizer, train.subset(chance.integers(0, len(train), BATCH)), normalisation, RATE)
        logits = network.forward(normalise(shown.images, normalisation)).logits
    probabilities = softmax(logits.astype(np.float32))
    predicted = probabilities.argmax(axis=1)
    return Reading(predicted, probabilities.max(axis=1), share_correct(predicted, shown.labels))


def memory_of(count: int, train: ImageDataset, others: ImageDataset, normalisation: Normalisation) -> Memory:
    """Train 784-32-10 with Adam on the first ``count`` images for 600 steps, and measure as it goes.

    Every count gets the same number of steps: what differs is how often each image comes round.
    """
    few = train.subset(np.arange(count))
    network, optimizer, chance = _beginning("adam")
    measured = [few.subset(np.arange(min(count, len(others)))), others]
    inputs = [normalise(part.images, normalisation) for part in measured]
    points = []
    with threadpool_limits(1, user_api="blas"):
        for step in range(STEPS + 1):
            if step % _EVERY == 0:
                points.append([step, *(_accuracy(network, x, part) for x, part in zip(inputs, measured, strict=True))])
            _step(network, optimizer, few.subset(chance.integers(0, count, _FEW)), normalisation, 1e-3)
    table = np.array(points)
    return Memory(table[:, 0].astype(np.int64), table[:, 1], table[:, 2])


def _beginning(rule: Optimizer) -> tuple[NumpyMLP, NumpyOptimizer, np.random.Generator]:
    """A network 784-32-10 that has learned nothing, its optimiser, and what draws its batches; the same each time."""
    network = NumpyMLP(TrainConfig(backend="numpy", hidden_size=32))
    chance = np.random.default_rng(_SEED)
    network.initialise(chance)
    return network, NumpyOptimizer(rule, network.flat_parameters, network.flat_gradient), chance


def _step(
    network: NumpyMLP, optimizer: NumpyOptimizer, batch: ImageDataset, normalisation: Normalisation, rate: float
) -> None:
    passed = network.forward(normalise(batch.images, normalisation))
    network.backward(passed, np.eye(10, dtype=np.float32)[batch.labels])
    optimizer.step(rate)


def _accuracy(network: NumpyMLP, inputs: NDArray[np.float32], images: ImageDataset) -> float:
    return share_correct(network.forward(inputs).logits, images.labels)
