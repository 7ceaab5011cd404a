"""What shifting and other writers do to images and to a network that reads them."""

import time

import numpy as np
from numpy.typing import NDArray

from core.analysis.accuracy import share_correct
from core.models.numpy_model import NumpyModel

Images = NDArray[np.uint8]


def shifted(images: Images, right: int, down: int) -> Images:
    """Images ``(N, 28, 28)`` moved by this many pixels; what leaves the frame is gone, what comes in is background."""
    moved = np.zeros_like(images)
    side = images.shape[1]
    rows, columns = (slice(max(0, by), min(side, side + by)) for by in (down, right))
    from_rows, from_columns = (slice(max(0, -by), min(side, side - by)) for by in (down, right))
    moved[:, rows, columns] = images[:, from_rows, from_columns]
    return moved


def accuracy(model: NumpyModel, images: Images, labels: NDArray[np.int64]) -> float:
    """Share (0–1) that a network reads correctly."""
    return share_correct(model.probabilities(images), labels)


def reading_milliseconds(model: NumpyModel, image: Images, times: int = 20) -> float:
    """How long a network takes to read one image ``(28, 28)``, the median of this many times."""
    measured = []
    for _ in range(times):
        started = time.perf_counter()
        model.probabilities(image[None])
        measured.append(time.perf_counter() - started)
    return 1000 * float(np.median(measured))
