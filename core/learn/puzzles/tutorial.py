"""The NumPy tutorial's training loop, as published and with the right gradient.

It repeats on purpose what :mod:`core.models.numpy_mlp` does: what is shown is the tutorial's own loop, its own mistake.
"""

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
    counted
        Share (0–1) of the training images that were right in the last epoch when their turn came, dropout on.
    """

    first: Matrix
    second: Matrix
    counted: float

    def accuracy(self, images: Matrix, labels: NDArray[np.int64]) -> float:
        """Share (0–1) of images ``(N, 784)`` that are read correctly."""
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
    right_ones = 0
    for _ in range(epochs):
        right_ones = 0
        for x, y in zip(images, targets, strict=True):
            # Pixels of 0 give nothing and learn nothing: four in five are left out, and no number changes.
            inked = np.flatnonzero(x)
            hidden = np.maximum(x[inked] @ first[inked], 0)
            mask = generator.integers(low=0, high=2, size=HIDDEN)
            dropped = hidden * mask * 2
            scores = dropped @ second
            right_ones += int(scores.argmax() == y.argmax())
            error = y - scores
            slope = relu_slope(dropped, mask, right=right)
            first[inked] += LEARNING_RATE * np.outer(x[inked], (second @ error) * slope)
            second += LEARNING_RATE * np.outer(dropped, error)
    return TutorialNetwork(first, second, right_ones / len(images))


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
        f"Accuracy on all {len(test):,} test images": (x_test, test.labels),
        f"Accuracy on the tutorial’s {IMAGES:,} test images": (x_test[:IMAGES], test.labels[:IMAGES]),
        "Accuracy on the training images": (x, train.labels[:count]),
    }
    readings = tuple(
        Reading(name, published.accuracy(images, labels), right.accuracy(images, labels), ".2%")
        for name, (images, labels) in sets.items()
    )
    lost = float(readings[0].right) - float(readings[0].wrong)
    return Finding(readings, f"The published gradient costs {100 * lost:.2f} points on the test images.")


def measure_test_curve(epochs: int = 10, count: int = IMAGES) -> Finding:
    """Train as published and compare what is drawn as the test curve with the test images."""
    train, test = load_mnist("train"), load_mnist("test")
    x, x_test = (part.images[:count].reshape(count, -1) / 255 for part in (train, test))
    network = train_tutorial(x, train.labels[:count], right=False, epochs=epochs)
    accuracy = network.accuracy(x_test, test.labels[:count])
    return Finding(
        (Reading(f"The “test” curve after {epochs} epochs", network.counted, accuracy, ".2%"),),
        f"The second chart ends at {network.counted:.2%}, which is measured on the training images; of the test images "
        f"{accuracy:.2%} are read correctly. Two equal curves look like a network that generalises perfectly.",
    )


PUZZLES = (
    Puzzle(
        slug="test-curve",
        title="Two charts, one curve",
        document=TUTORIAL,
        quotation="y_training_accuracy = [store_training_accurate_pred[i]/ float(len(training_images)) for i in …]\n…\n"
        "y_test_accuracy = [store_training_accurate_pred[i]/ float(len(training_images)) for i in …]",
        question="The tutorial plots training and test accuracy side by side. What does the second chart show?",
        choices=(
            "The training accuracy once more: the line was copied and its numbers were not changed.",
            "The test accuracy, scaled to the number of training images.",
            "The difference between training and test.",
        ),
        answer=0,
        explanation="Both lists are made from `store_training_accurate_pred`; `store_test_accurate_pred` is filled but "
        "never plotted. The charts agree, as a perfect network’s would, and nobody looks twice at good news. Digit Lab "
        "plots both curves in one chart, from one list of epochs that holds both numbers.",
        measure=measure_test_curve,
        doing="Train ten epochs and compare with the test images",
        seconds=4,
        code="core.figures.curve_points:curve_points",
    ),
    Puzzle(
        slug="dropout-gradient",
        title="A gradient that forgot the forward pass",
        document=TUTORIAL,
        quotation="layer_1 *= dropout_mask * 2\n…\nlayer_1_delta = np.dot(weights_2, layer_2_delta)"
        " * relu2deriv(layer_1)\nlayer_1_delta *= dropout_mask\n\ndef relu2deriv(output):\n    return output >= 0",
        question="The forward pass drops half of the units and doubles the rest. What is wrong with the backward pass?",
        choices=(
            "The mask must be drawn again for the backward pass.",
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
