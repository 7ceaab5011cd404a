"""Sides of the images that can be imported, and how they are brought to MNIST’s."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.dataset import IMAGE_SIDE
from core.errors import DataError

SIDES = range(8, 65)
"""Sides of images that can be brought to 28×28; 28 is MNIST’s."""


def side_of(pixels: int) -> int | None:
    """Side of the square image of this many pixels; None if there is none."""
    side = math.isqrt(max(pixels, 0))
    return side if side * side == pixels and side in SIDES else None


def to_side(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale to 28×28, antialiased, if the images have another side; aspect is kept, the border is repeated.

    Parameters
    ----------
    images
        uint8, shape ``(N, H, W)``.

    Raises
    ------
    DataError
        If a side is outside ``SIDES``.
    """
    height, width = images.shape[1:]
    if (height, width) == (IMAGE_SIDE, IMAGE_SIDE):
        return images
    if height not in SIDES or width not in SIDES:
        raise DataError(
            f"The images are {height}×{width} pixels; sides from {SIDES.start} to {SIDES.stop - 1} can be scaled to "
            "28×28."
        )
    scaled = np.empty((len(images), IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    for index, image in enumerate(images):
        scaled[index] = fit_to_side(image)
    return scaled


def fit_to_side(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One image of any size in 28×28, antialiased, aspect kept, its edge repeated where it is not square."""
    if image.shape == (IMAGE_SIDE, IMAGE_SIDE):
        return image
    height, width = image.shape
    side = max(height, width)
    size = (max(1, round(IMAGE_SIDE * width / side)), max(1, round(IMAGE_SIDE * height / side)))
    small = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
    missing = IMAGE_SIDE - small.shape[0], IMAGE_SIDE - small.shape[1]
    return np.pad(small, [(gap // 2, gap - gap // 2) for gap in missing], mode="edge")
