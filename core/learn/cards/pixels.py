"""The part of a picture in which there is most to see."""

import numpy as np
from numpy.typing import NDArray

ZOOMS = (1, 2, 4)
"""How many times larger; each divides 28."""


def telling_part(image: NDArray[np.uint8], zoom: int) -> tuple[int, int, int]:
    """Top row, left column and side of the square in which pixels differ most.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``.
    zoom
        The side of the square is 28 divided by it.
    """
    side = len(image) // zoom
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(np.float64), (side, side))
    spread = windows.std(axis=(2, 3))
    top, left = np.unravel_index(int(spread.argmax()), spread.shape)
    return int(top), int(left), side
