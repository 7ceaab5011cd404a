"""Sides of the images that can be imported."""

import math

SIDES = range(8, 65)
"""Sides of images that can be brought to 28×28; 28 is MNIST’s."""


def side_of(pixels: int) -> int | None:
    """Side of the square image of so many pixels; None if there is none."""
    side = math.isqrt(max(pixels, 0))
    return side if side * side == pixels and side in SIDES else None
