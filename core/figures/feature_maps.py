"""Filters and feature maps as pictures in a row."""

import numpy as np
from numpy.typing import NDArray

from core.figures.theme import GREEN, rgb
from core.figures.weights import weight_pictures

TILE = 96
"""Pixels of a tile’s side: a whole number for each of a map of 24, 12, 8 or 4."""
_GAP = 6
_FRAME = np.array(rgb(GREEN), dtype=np.uint8)
Floats = NDArray[np.float32]


def map_row(maps: Floats, *, columns: int, most: float) -> NDArray[np.uint8]:
    """Feature maps side by side, black at 0 and white at ``most``; uint8 ``(H, W)``.

    Parameters
    ----------
    maps
        float32 ``(N, side, side)``, not below 0.
    columns
        Maps in a row.
    most
        One scale for all maps of a convolution, before and after pooling: what is brighter is larger.
    """
    grey = np.rint(np.clip(maps / max(most, 1e-12), 0, 1) * 255).astype(np.uint8)
    return _in_rows(grey[..., None], columns)[..., 0]


def filter_row(filters: Floats, *, columns: int) -> NDArray[np.uint8]:
    """Filters side by side, float32 ``(N, 5, 5)``: orange above 0, blue below, each on its own scale."""
    return _in_rows(weight_pictures(filters), columns)


def framed_image(image: NDArray[np.uint8], row: int, column: int, side: int) -> NDArray[np.uint8]:
    """A digit, uint8 ``(28, 28)``, enlarged, with a green frame around this many pixels; uint8 ``(H, W, 3)``."""
    zoom = 2 * TILE // len(image)
    large = np.repeat(_enlarged(image, zoom)[..., None], 3, axis=2)
    top, left, length = row * zoom, column * zoom, side * zoom
    inside = large[top + 2 : top + length - 2, left + 2 : left + length - 2].copy()
    large[top : top + length, left : left + length] = _FRAME
    large[top + 2 : top + length - 2, left + 2 : left + length - 2] = inside
    return large


def signed_tile(values: Floats) -> NDArray[np.uint8]:
    """Numbers as one enlarged picture: orange above 0, blue below; uint8 ``(H, W, 3)``."""
    return _enlarged(weight_pictures(values[None])[0], 2 * TILE // len(values))


def _enlarged(picture: NDArray[np.uint8], zoom: int) -> NDArray[np.uint8]:
    return picture.repeat(zoom, axis=0).repeat(zoom, axis=1)


def _in_rows(pictures: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Pictures ``(N, side, side, channels)`` in rows, mid-grey between them."""
    tiles = [_enlarged(picture, TILE // picture.shape[0]) for picture in pictures]
    side, channels = tiles[0].shape[0], tiles[0].shape[2]
    rows = -(-len(tiles) // columns)
    step = side + _GAP
    canvas = np.full((rows * step - _GAP, columns * step - _GAP, channels), 128, np.uint8)
    for number, tile in enumerate(tiles):
        top, left = (place * step for place in divmod(number, columns))
        canvas[top : top + side, left : left + side] = tile
    return canvas
