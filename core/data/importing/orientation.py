"""Whether digits lie on their side: rows and columns exchanged, as EMNIST's and MATLAB's are under any name."""

import numpy as np
from numpy.typing import NDArray

from core.data.importing.array_form import light_share
from core.data.mnist import load_mnist

# Of upright digits by other writers the means are like MNIST's to 0.7 and more, and of those on their side to 0.3.
_ALIKE, _FARTHER = 0.55, 0.15
_FEWEST_CLASSES = 4
# 0, 1 and 8 look nearly alike when rows and columns are exchanged.
_TELLING = (2, 3, 4, 5, 6, 7, 9)


def lies_on_side(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> bool:
    """Whether the mean of each digit is like MNIST's only when rows and columns are exchanged.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``; some thousands are enough.
    labels
        int64, shape ``(N,)``, digits.
    """
    if light_share(images) > 0.5:
        images = 255 - images
    mnist = load_mnist("test")
    upright, exchanged = [], []
    for digit in _TELLING:
        if (labels == digit).any():
            prototype = mnist.images[mnist.labels == digit].mean(axis=0)
            mean = images[labels == digit].mean(axis=0)
            upright.append(_likeness(mean, prototype))
            exchanged.append(_likeness(mean.T, prototype))
    if len(upright) < _FEWEST_CLASSES:
        return False
    return float(np.mean(exchanged)) > max(_ALIKE, float(np.mean(upright)) + _FARTHER)


def _likeness(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Correlation, 0 for an image of one colour."""
    one, other = one - one.mean(), other - other.mean()
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float((one * other).sum()) / size if size else 0.0
