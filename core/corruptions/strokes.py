"""Strokes that MNIST-C draws over the images: a dotted line and a zigzag.

References
----------
N. Mu, J. Gilmer: MNIST-C: A Robustness Benchmark for Computer Vision, 2019, https://arxiv.org/abs/1906.02337.
"""

import numpy as np
from numpy.typing import NDArray

from core.corruptions.corruption import Images, Parameters
from core.corruptions.pixels import to_bytes
from core.data.dataset import IMAGE_SIDE

Chance = np.random.Generator
Floats = NDArray[np.float64]
_REACH = 2.3
"""Distance in pixels at which a line has faded."""
_FIRST, _LAST = 2.0, 25.0
"""Columns at which a zigzag begins and ends."""
_PLACES = np.arange(float(IMAGE_SIDE))


def dotted_line(images: Images, _parameters: Parameters, chance: Chance) -> Images:
    """A line from the left edge to the right, of which every other pair of columns is left out."""
    begins, ends = chance.integers(IMAGE_SIDE - 1, size=(2, len(images))).astype(np.float64)
    edge = np.zeros(len(images))
    drawn = line(edge, begins, edge + IMAGE_SIDE - 1, ends)
    drawn[:, :, np.arange(IMAGE_SIDE) // 2 % 2 == 0] = 0
    return to_bytes(images + 255 * drawn)


def zigzag(images: Images, _parameters: Parameters, chance: Chance) -> Images:
    """A line of seven pieces, two pixels to either side of its way, which is tilted by five rows at most."""
    begins = chance.integers(IMAGE_SIDE - 1, size=len(images)).astype(np.float64)
    columns, rows = _corners(begins, begins + chance.integers(-5, 5, size=len(images)))
    drawn = images / 255
    for piece in range(columns.shape[1] - 1):
        drawn += line(columns[:, piece], rows[:, piece], columns[:, piece + 1], rows[:, piece + 1])
        np.minimum(drawn, 1, out=drawn)
    return to_bytes(255 * drawn)


def line(
    first_column: Floats,
    first_row: Floats,
    last_column: Floats,
    last_row: Floats,
) -> Floats:
    """Lines ``(N, 28, 28)`` from 0 to 1, which fade with the distance in rows, by ``1 + log(1 - d / 2.3)``.

    Parameters
    ----------
    first_column, first_row, last_column, last_row
        Shape ``(N,)``: where each begins and ends; columns before and after are empty.
    """
    width = last_column - first_column
    slope = np.divide(last_row - first_row, width, out=np.zeros_like(width), where=width != 0)
    rows = slope[:, np.newaxis] * (_PLACES - first_column[:, np.newaxis]) + first_row[:, np.newaxis]
    distance = np.minimum(np.abs(_PLACES[:, np.newaxis] - rows[:, np.newaxis]), _REACH - 1e-10)
    drawn = np.clip(np.log(1 - distance / _REACH) + 1, 0, 1)
    begins, ends = np.floor(first_column)[:, np.newaxis], np.ceil(last_column)[:, np.newaxis]
    is_drawn = (begins <= _PLACES) & (ends > _PLACES) & (width != 0)[:, np.newaxis]
    lines: Floats = drawn * is_drawn[:, np.newaxis]
    return lines


def _corners(begins: Floats, ends: Floats) -> tuple[Floats, Floats]:
    """Columns and rows ``(N, 8)`` of the corners of zigzags that begin and end in these rows."""
    tilt = np.arctan((ends - begins) / (_LAST - _FIRST))[:, np.newaxis]
    length = (_LAST - _FIRST) / np.cos(tilt)
    teeth = np.arange(6)
    along = np.broadcast_to(np.concatenate([[0], 4.0 * teeth + 2]), (len(begins), 7))
    aside = np.broadcast_to(np.concatenate([[0], 2.0 * (-1.0) ** teeth]), (len(begins), 7))
    along = np.concatenate([along, length], axis=1)
    aside = np.concatenate([aside, -1 / (length - 20)], axis=1)
    columns = along * np.cos(tilt) - aside * np.sin(tilt) + _FIRST
    rows = along * np.sin(tilt) + aside * np.cos(tilt) + begins[:, np.newaxis]
    return columns, rows
