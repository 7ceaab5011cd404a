"""A network with feedback that learns: it reads a digit row by row, trained by backpropagation through time."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.accuracy import share_correct
from core.learn.puzzles.puzzle import TUTORIAL, Finding, Puzzle, Reading
from core.learn.puzzles.training import small_splits
from core.models.functional import logit_gradient
from core.models.numpy_optimizer import NumpyOptimizer

Array = NDArray[np.floating]
ROWS = 28
HIDDEN, BATCH, LEARNING_RATE = 64, 50, 1e-3


@dataclass(frozen=True, eq=False)
class Recurrent:
    """``h[t] = tanh(x[t] W^T + h[t-1] U^T + b)`` over the 28 rows; ``logits = h[28] V^T + c``.

    Parameters
    ----------
    parameters
        ``W (H, 28)``, ``U (H, H)``, ``b (H,)``, ``V (10, H)``, ``c (10,)``; all are views into ``vector``.
    """

    vector: Array
    parameters: Mapping[str, Array]

    def states(self, images: Array) -> list[Array]:
        """``h[0] … h[28]``, each ``(B, H)``, of images ``(B, 28, 28)``."""
        p = self.parameters
        states = [np.zeros((len(images), len(p["b"])), images.dtype)]
        for t in range(images.shape[1]):
            states.append(np.tanh(images[:, t] @ p["W"].T + states[-1] @ p["U"].T + p["b"]))
        return states

    def logits(self, images: Array) -> Array:
        """``(B, 10)``."""
        logits: Array = self.states(images)[-1] @ self.parameters["V"].T + self.parameters["c"]
        return logits


def recurrent_network(hidden: int = HIDDEN, seed: int = 0, dtype: type = np.float32) -> Recurrent:
    """Fresh weights: even within ``± 1/√H``, and U the identity, so that a state lasts until training changes it.

    References
    ----------
    Le, Jaitly and Hinton 2015, https://arxiv.org/abs/1504.00941.
    """
    shapes = {"W": (hidden, ROWS), "U": (hidden, hidden), "b": (hidden,), "V": (10, hidden), "c": (10,)}
    bound = hidden**-0.5
    size = sum(int(np.prod(shape)) for shape in shapes.values())
    vector: Array = np.random.default_rng(seed).uniform(-bound, bound, size).astype(dtype)
    parameters = _views(vector, shapes)
    parameters["U"][...] = np.eye(hidden)
    return Recurrent(vector, parameters)


def through_time(network: Recurrent, images: Array, targets: Array, *, feedback: bool = True) -> Array:
    """The gradient of the mean cross entropy, by going back through every row; one vector, as ``network.vector``.

    Unrolled, the loop is 28 layers that share their weights, so their gradients add up.

    Parameters
    ----------
    targets
        One-hot, ``(B, 10)``.
    feedback
        Off: no gradient for U, so that one that is 0 stays 0.

    References
    ----------
    Werbos 1990, Backpropagation through time: what it does and how to do it, https://doi.org/10.1109/5.58337.
    """
    p = network.parameters
    vector = np.zeros_like(network.vector)
    g = _views(vector, {name: array.shape for name, array in p.items()})
    states = network.states(images)
    delta = logit_gradient("cross_entropy", states[-1] @ p["V"].T + p["c"], targets)
    g["V"][...], g["c"][...] = delta.T @ states[-1], delta.sum(axis=0)
    back = delta @ p["V"]
    for t in range(images.shape[1], 0, -1):
        back = back * (1 - states[t] ** 2)
        g["W"] += back.T @ images[:, t - 1]
        g["b"] += back.sum(axis=0)
        if feedback:
            g["U"] += back.T @ states[t - 1]
        back = back @ p["U"]
    return vector


def train_recurrent(images: Array, labels: NDArray[np.int64], *, feedback: bool, epochs: int = 6) -> Recurrent:
    """Train by Adam on images ``(N, 28, 28)``; without feedback, U is 0 and stays 0."""
    network = recurrent_network()
    if not feedback:
        network.parameters["U"][...] = 0
    gradient = np.zeros_like(network.vector)
    optimizer = NumpyOptimizer("adam", network.vector, gradient)
    targets = np.eye(10, dtype=images.dtype)[labels]
    for epoch in range(epochs):
        order = np.random.default_rng([1, epoch]).permutation(len(images))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            gradient[...] = through_time(network, images[batch], targets[batch], feedback=feedback)
            # A gradient through 28 products can explode; its length is bounded.
            gradient *= min(1.0, 1 / max(float(np.linalg.norm(gradient)), 1e-12))
            optimizer.step(LEARNING_RATE)
    return network


def measure_feedback(training: int = 5_000, epochs: int = 6) -> Finding:
    """Train the same network with its feedback and without."""
    splits = small_splits(training)
    x, x_val = ((part.images / np.float32(255)).astype(np.float32) for part in (splits.train, splits.validation))
    shares = []
    for feedback in (False, True):
        network = train_recurrent(x, splits.train.labels, feedback=feedback, epochs=epochs)
        shares.append(share_correct(network.logits(x_val), splits.validation.labels))
    readings = (
        Reading("Validation accuracy", shares[0], shares[1], ".2%"),
        Reading("Rows that it can use", "1, the last", "28"),
    )
    return Finding(
        readings,
        f"With its outputs fed back, a network that sees one row at a time reads {shares[1]:.0%} of the digits; "
        f"with the feedback cut, {shares[0]:.0%}, hardly more than by guessing.",
    )


def _views(vector: Array, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    views, start = {}, 0
    for name, shape in shapes.items():
        end = start + int(np.prod(shape))
        views[name] = vector[start:end].reshape(shape)
        start = end
    return views


PUZZLES = (
    Puzzle(
        slug="feedback",
        title="Networks cannot contain feedback",
        document=TUTORIAL,
        quotation="Thus, neural networks cannot contain feedback like negative feedback or positive feedback where the "
        "outputs feed back to the very same inputs and modify them, as this will form an infinite loop.",
        is_code=False,
        question="The paragraph before this one names recurrent networks. Does feedback make an infinite loop?",
        choices=(
            "Yes: a gradient cannot go round a loop.",
            "Only with ReLU; tanh is bounded and would be safe.",
            "No: each pass happens one step later, so the loop unrolls into layers that share weights.",
        ),
        answer=2,
        explanation="The output of one step is the input of the next, never of the same one. A sequence of 28 rows "
        "makes 28 such steps: written out, a feed-forward network of 28 layers with the same weights. Backpropagation "
        "goes back through it row by row and adds up the gradients (Werbos 1990). The control here is the same network "
        "without its feedback: it sees nothing but the last row, which is black in almost every digit.",
        measure=measure_feedback,
        doing="Train a recurrent network with its feedback and without",
        seconds=8,
        code="core.learn.puzzles.recurrent:through_time",
    ),
)
