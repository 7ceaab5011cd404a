"""The NumPy tutorial's training loop, as published and with the right gradient."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.mnist import load_mnist
from core.learn.puzzles.puzzle import TUTORIAL, Finding, Puzzle, Reading

Matrix = NDArray[np.float64]
IMAGES, EPOCHS, HIDDEN = 1_000, 20, 100
LEARNING_RATE = 0.005
SEED = 884736743


@dataclass(frozen=True, eq=False)
class TutorialNetwork:
    """784-100-10 without biases.

    Parameters
    ----------
    first, second
        Weights, float64, shapes ``(784, 100)`` and ``(100, 10)``.
    """

    first: Matrix
    second: Matrix

    def accuracy(self, images: Matrix, labels: NDArray[np.int64]) -> float:
        """Share (0–1) of images ``(N, 784)`` that are read rightly."""
        scores = np.maximum(images @ self.first, 0) @ self.second
        return float((scores.argmax(axis=1) == labels).mean())


def train_tutorial(images: Matrix, labels: NDArray[np.int64], *, right: bool, epochs: int = EPOCHS) -> TutorialNetwork:
    """One image a step, squared error, half of the hidden units dropped; weights and masks as the tutorial draws them.

    Parameters
    ----------
    images
        float64, shape ``(N, 784)``, 0–1.
    right
        Whether the gradient is that of what was computed on the way forward, or the published one.

    References
    ----------
    https://numpy.org/numpy-tutorials/content/tutorial-deep-learning-on-mnist.html
    """
    generator = np.random.default_rng(SEED)
    first = 0.2 * generator.random((images.shape[1], HIDDEN)) - 0.1
    second = 0.2 * generator.random((HIDDEN, 10)) - 0.1
    targets = np.eye(10)[labels]
    for _ in range(epochs):
        for x, y in zip(images, targets, strict=True):
            # Pixels of 0 give nothing and learn nothing: four in five are left out, and no number changes.
            inked = np.flatnonzero(x)
            hidden = np.maximum(x[inked] @ first[inked], 0)
            mask = generator.integers(low=0, high=2, size=HIDDEN)
            dropped = hidden * mask * 2
            error = y - dropped @ second
            slope = relu_slope(dropped, mask, right=right)
            first[inked] += LEARNING_RATE * np.outer(x[inked], (second @ error) * slope)
            second += LEARNING_RATE * np.outer(dropped, error)
    return TutorialNetwork(first, second)


def relu_slope(dropped: Matrix, mask: NDArray[np.int64], *, right: bool) -> Matrix:
    """How a hidden unit's output, ReLU and dropout done, follows its sum; shape ``(100,)``.

    Published: ``(output >= 0) * mask``. No output is below 0, so units that ReLU has stopped learn as well; and the 2
    that dropout multiplied by is gone. Right: ``(output > 0) * mask * 2``.
    """
    slope: Matrix = np.where(dropped > 0, 2.0, 0.0) * mask if right else np.where(dropped >= 0, 1.0, 0.0) * mask
    return slope


def measure_dropout_gradient(epochs: int = EPOCHS, count: int = IMAGES) -> Finding:
    """Train both ways on the tutorial's own images."""
    train, test = load_mnist("train"), load_mnist("test")
    x, x_test = train.images[:count].reshape(count, -1) / 255, test.images.reshape(len(test), -1) / 255
    published, right = (train_tutorial(x, train.labels[:count], right=way, epochs=epochs) for way in (False, True))
    sets = {
        f"All {len(test):,} test images right": (x_test, test.labels),
        f"The tutorial’s {IMAGES:,} test images right": (x_test[:IMAGES], test.labels[:IMAGES]),
        "Training images right": (x, train.labels[:count]),
    }
    readings = tuple(
        Reading(name, published.accuracy(images, labels), right.accuracy(images, labels), ".1%")
        for name, (images, labels) in sets.items()
    )
    lost = float(readings[0].right) - float(readings[0].wrong)
    return Finding(readings, f"The published gradient costs {100 * lost:.1f} points on the test images.")


PUZZLES = (
    Puzzle(
        slug="dropout-gradient",
        title="A gradient that forgot the way forward",
        document=TUTORIAL,
        quotation="layer_1 *= dropout_mask * 2\n…\nlayer_1_delta = np.dot(weights_2, layer_2_delta)"
        " * relu2deriv(layer_1)\nlayer_1_delta *= dropout_mask\n\ndef relu2deriv(output):\n    return output >= 0",
        question="The way forward drops half of the units and doubles the rest. What is wrong with the way back?",
        choices=(
            "The mask must be drawn anew for the way back.",
            "The factor 2 is missing, and “>= 0” lets units learn that ReLU has stopped.",
            "Dropout has no gradient, so nothing should be multiplied.",
        ),
        answer=1,
        explanation="A gradient belongs to what was computed. Forward, a kept unit counts double, so backward its "
        "error counts double as well. And after ReLU no output is below 0: “output >= 0” is always true, so the "
        "slope is 1 even where ReLU answered 0 and its slope is 0. Autograd gives `(output > 0) * mask * 2`.",
        measure=measure_dropout_gradient,
        doing="Train the tutorial’s network twice: 1,000 images, 20 epochs",
        seconds=12,
        code="core.models.numpy_mlp:NumpyMLP.backward",
    ),
)
