"""How digits lie: turned, mirrored, or with rows and columns exchanged, as EMNIST's and MATLAB's are under any name."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.framing import Framing, framing_of
from core.data.importing.array_form import light_share
from core.data.importing.sides import to_side
from core.data.mnist import load_mnist
from core.drawings.preprocessing import framed

# Of upright digits by other writers the means are like MNIST's to 0.8 and more, even of one image of each; the
# likeness of those that are turned or mirrored is lower by 0.07 and more.
_ALIKE, _FARTHER = 0.65, 0.05
# Things that are no digits are like them as well, in one way or another, but each like any.
_RECOGNISED = 0.6
_FEWEST_CLASSES = 4
# 0, 1 and 8 look nearly alike however they lie.
_TELLING = (2, 3, 4, 5, 6, 7, 9)
_FRAMED_AT_MOST = 500

_BACK = "they have been turned upright."
_WORDS = (
    "",
    f"The digits lay on their side: {_BACK}",
    f"The digits were upside down: {_BACK}",
    f"The digits lay on their side: {_BACK}",
    f"The digits lay on their side, rows and columns exchanged: {_BACK}",
    "The digits were mirrored, left and right exchanged: they have been mirrored back.",
    f"The digits lay on their side, mirrored: {_BACK}",
    "The digits were mirrored, top and bottom exchanged: they have been mirrored back.",
)


@dataclass(frozen=True)
class Turn:
    """What puts images upright.

    Parameters
    ----------
    number
        Quarter turns against the clock, 0 to 3; 4 more where rows and columns are exchanged after that.
    """

    number: int

    @property
    def words(self) -> str:
        """How the images lay and what was done, as a sentence."""
        return _WORDS[self.number]

    @property
    def only_exchanges(self) -> bool:
        """Whether rows and columns are exchanged, and nothing else."""
        return self.number == 4

    def of(self, images: NDArray[Any]) -> NDArray[Any]:
        """Images, shape ``(N, H, W)``, turned."""
        turned = np.rot90(images, self.number % 4, axes=(1, 2))
        return np.ascontiguousarray(turned.transpose(0, 2, 1) if self.number > 3 else turned)


def turn_needed(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> Turn | None:
    """What makes the mean of each digit most like MNIST's; None where that is nothing, or cannot be told.

    Parameters
    ----------
    images
        uint8, shape ``(N, H, W)``, sides as :func:`to_side` takes them; some thousands are enough.
    labels
        int64, shape ``(N,)``, digits.
    """
    images, labels = _in_mnist_frame(to_side(images), labels)
    told = [digit for digit in _TELLING if (labels == digit).any()]
    if len(told) < _FEWEST_CLASSES:
        return None
    mnist = load_mnist("test")
    prototypes = _flat(np.stack([mnist.images[mnist.labels == digit].mean(axis=0) for digit in range(10)]))
    means = np.stack([images[labels == digit].mean(axis=0) for digit in told])
    # Of each way to turn them, how like every mean is to every digit of MNIST's: (8, means, 10).
    likeness = np.stack([_flat(Turn(number).of(means)) @ prototypes.T for number in range(8)])
    own = likeness[:, np.arange(len(told)), told].mean(axis=1)
    best = int(own.argmax())
    are_digits = np.mean(likeness[best].argmax(axis=1) == told) >= _RECOGNISED
    return Turn(best) if are_digits and own[best] > max(_ALIKE, own[0] + _FARTHER) else None


def _in_mnist_frame(
    images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Light on dark, and as large and in the middle as MNIST's: else a digit is like none, however it lies."""
    if light_share(images) > 0.5:
        images = 255 - images
    if framing_of(images) is Framing.MNIST:
        return images, labels
    few = slice(None, None, max(1, len(images) // _FRAMED_AT_MOST))
    return np.stack([framed(image) for image in images[few]]), labels[few]


def _flat(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows whose products are correlations; 0 for an image of one colour."""
    rows = images.reshape(len(images), -1) - images.mean(axis=(1, 2))[:, None]
    lengths: NDArray[np.float64] = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9))
