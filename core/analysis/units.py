"""How units answer: what the doctor and Inside both look at."""

import numpy as np
from numpy.typing import NDArray

from core.config import Activation
from core.models.functional import multiply_by_slope

_FLAT = 0.01
"""Part of the steepest slope of an activation: less passes no gradient worth mentioning."""


def flat_shares(activation: Activation, said: NDArray[np.float32]) -> NDArray[np.float64]:
    """Share of the images on which each unit's activation has next to no slope, 0–1, float64 ``(units,)``.

    A ReLU has none where it says 0, sigmoid and tanh have next to none at either end of what they can say.

    Parameters
    ----------
    said
        What the units said about N images, float32 ``(N, units)``.
    """
    slopes = np.ones_like(said)
    multiply_by_slope(activation, said, slopes)
    steepest = 0.25 if activation == "sigmoid" else 1.0
    shares: NDArray[np.float64] = (slopes < _FLAT * steepest).mean(axis=0)
    return shares
