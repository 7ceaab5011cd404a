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
    from scipy import ndimage

    low = ndimage.minimum_filter(values, window, mode="constant", cval=_BEYOND)
    return np.asarray(ndimage.maximum_filter(low, window, mode="constant", cval=-_BEYOND), dtype=np.float32)


def closed(values: Grey, window: int) -> Grey:
    """Without anything dark that is narrower than ``window`` pixels."""
    return -opened(-values, window)


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
