"""Weights as pictures."""

import numpy as np
from numpy.typing import NDArray

_NEGATIVE = np.array([0, 114, 178], dtype=np.float32)
_POSITIVE = np.array([230, 159, 0], dtype=np.float32)
_GAP = 2


def weight_montage(weights: NDArray[np.float32], *, columns: int = 8, most: int = 32) -> NDArray[np.uint8]:
    """The first units of a layer as one picture: orange where ink speaks for a unit, blue where against it.

    Each unit has its own scale, from black (0) to the full colour of its strongest weight.

    Parameters
    ----------
    weights
        float32, shape ``(units, side, side)``.

    Returns
    -------
    array
        uint8, shape ``(H, W, 3)``; transparent gaps are not used, so that it looks the same on any page.
    """
    shown = weights[:most]
    side = shown.shape[1]
    rows = -(-len(shown) // columns)
    canvas = np.full((rows * (side + _GAP) - _GAP, min(columns, len(shown)) * (side + _GAP) - _GAP, 3), 128, np.uint8)
    for index, unit in enumerate(shown):
        top, left = (place * (side + _GAP) for place in divmod(index, columns))
        canvas[top : top + side, left : left + side] = _coloured(unit)
    return canvas


def _coloured(unit: NDArray[np.float32]) -> NDArray[np.uint8]:
    strength = unit / max(float(np.abs(unit).max()), 1e-12)
    colour = np.where(strength[..., None] > 0, _POSITIVE, _NEGATIVE)
    pixels: NDArray[np.uint8] = (np.abs(strength)[..., None] * colour).astype(np.uint8)
    return pixels
