"""What lies behind the strokes: paper, a board, shadows and lamps on it; and how restless that is.

The background is a morphological opening: what is left when everything narrower than a window is taken away. A straight
edge, such as a hard shadow has, survives an opening of any size, unlike means, medians and Sauvola’s thresholds, for
which one side of it is ink.
"""

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]

DIMMEST_PAPER = 60.0
"""Grey levels between background and white that a contrast is relative to, at least."""

_BEYOND = 1e6
# A normal distribution's standard deviation by its median absolute deviation.
_SIGMA = 1.4826


def opened(values: Grey, window: int) -> Grey:
    """Without anything light that is narrower than ``window`` pixels; nothing lies beyond the edge."""
    return highest(lowest(values, window), window)


def closed(values: Grey, window: int) -> Grey:
    """Without anything dark that is narrower than ``window`` pixels."""
    return -opened(-values, window)


def highest(values: Grey, window: int) -> Grey:
    """The greatest value in a square of ``window`` pixels, an odd number, around each; nothing lies beyond the edge."""
    return _along_columns(_along_columns(values, window).T, window).T


def lowest(values: Grey, window: int) -> Grey:
    """The least value in such a square."""
    return -highest(-values, window)


def _along_columns(values: Grey, window: int) -> Grey:
    """The greatest of ``window`` values above and below each: of 1, of 2, of 4 … until two of them cover it.

    A third of the time of SciPy’s filter, which looks at one value after the other.
    """
    length, half = len(values), window // 2
    greatest = np.full((length + 2 * half, values.shape[1]), -_BEYOND, np.float32)
    greatest[half : half + length] = values
    width = 1
    while 2 * width <= window:
        greatest = np.maximum(greatest[:-width], greatest[width:])
        width *= 2
    return np.maximum(greatest[:length], greatest[window - width :])


def restlessness(values: Grey) -> float:
    """Sum of squared steps between neighbours: sharp ones count, slopes of light hardly do."""
    return float((np.diff(values, axis=0) ** 2).sum() + (np.diff(values, axis=1) ** 2).sum())


def noise_of(values: Grey) -> float:
    """Standard deviation of the grain, from the steps between neighbours; strokes do not move it."""
    steps = np.concatenate([np.abs(np.diff(values, axis=axis)).ravel() for axis in (0, 1)])
    return float(np.median(steps)) * _SIGMA / 2**0.5 if steps.size else 0.0


def grain_of(contrast: Grey) -> tuple[float, float]:
    """Median of a contrast and the standard deviation around it, strokes left out."""
    middle = float(np.median(contrast))
    return middle, _SIGMA * float(np.median(np.abs(contrast - middle)))


def odd(size: float) -> int:
    """The nearest odd window of at least 3 pixels."""
    return max(3, 2 * int(size // 2) + 1)
