"""Whether ink is one filled dot or block and nothing else: what a click leaves, or a scribble without gaps."""

import math

import numpy as np
from numpy.typing import NDArray

# The fullest of the squarish among 10,000 test digits fills 0.71 of its box, a scribble without gaps more.
_SPOT_ASPECT = 0.7
_SPOT_FILL = 0.75
# A click leaves a disc: it is the ellipse in its box, and holds a square of 0.7 of its size. MNIST's 70,000 digits hold
# at most 0.5, and digits drawn with so thick a brush that they hold more have corners that no ellipse has.
_DOT_CORE = 0.6
_DOT_OVERLAP = 0.86


def is_spot(ink: NDArray[np.uint8]) -> bool:
    """Whether it is nearly square, and nearly full or a dot.

    Parameters
    ----------
    ink
        uint8, shape ``(H, W)``: the smallest box around all ink; 0 is background, 255 a full stroke.
    """
    if min(ink.shape) < _SPOT_ASPECT * max(ink.shape):
        return False
    return float(ink.mean()) >= _SPOT_FILL * float(ink.max()) or _is_dot(ink)


def _is_dot(ink: NDArray[np.uint8]) -> bool:
    """Whether the ink is the ellipse in its box, without a hole."""
    inked = ink >= float(ink.max()) / 2
    inked = inked[np.ix_(inked.any(axis=1), inked.any(axis=0))]
    rows, columns = (2 * np.arange(0.5, side) / side - 1 for side in inked.shape)
    ellipse = rows[:, None] ** 2 + columns**2 <= 1
    overlap = float((inked & ellipse).sum()) / float((inked | ellipse).sum())
    return overlap >= _DOT_OVERLAP and _holds_square(inked, math.ceil(_DOT_CORE * max(inked.shape)))


def _holds_square(inked: NDArray[np.bool_], side: int) -> bool:
    counts = np.pad(inked, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    rows = counts[side:] - counts[:-side]
    return bool((rows[:, side:] - rows[:, :-side] == side * side).any())
