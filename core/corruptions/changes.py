"""Nine changes with a slider each: from none to what nobody could read."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.corruptions.change import Change
from core.corruptions.pixels import scaling, smoothed, to_bytes, turning, unmoved, unturned, warp
from core.data.dataset import IMAGE_SIDE

Images = NDArray[np.uint8]
Chance = np.random.Generator
_DIRECTIONS = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], dtype=np.float64)


def _shift(images: Images, pixels: float, chance: Chance) -> Images:
    """Left, right, up or down; a whole number of pixels blurs nothing."""
    moves = _DIRECTIONS[chance.integers(4, size=len(images))] * pixels
    return warp(images, unturned(len(images)), moves)


def _rotation(images: Images, degrees: float, chance: Chance) -> Images:
    """Either way round."""
    signs = chance.choice([-1.0, 1.0], size=len(images))
    return warp(images, turning(signs * np.radians(degrees)), unmoved(len(images)))


def _scale(images: Images, factor: float, _chance: Chance) -> Images:
    return warp(images, scaling(np.full(len(images), factor)), unmoved(len(images)))


def _thickness(images: Images, pixels: float, _chance: Chance) -> Images:
    """Thicker by the brightest, thinner by the darkest pixel of a disc; between two discs, a mixture of both."""
    from scipy.ndimage import grey_dilation, grey_erosion

    spread = grey_dilation if pixels > 0 else grey_erosion
    below = int(abs(pixels))
    share = abs(pixels) - below
    inner = _spread_by(images, below, spread)
    if not share:
        return inner
    return to_bytes(inner * (1 - share) + _spread_by(images, below + 1, spread) * share)


def _spread_by(images: Images, radius: int, spread: Callable[..., Images]) -> Images:
    if not radius:
        return images
    places = np.arange(-radius, radius + 1)
    disc = (places[:, np.newaxis] ** 2 + places**2 <= radius**2)[np.newaxis]
    return spread(images, footprint=disc, mode="constant", cval=0)


def _blur(images: Images, sigma: float, _chance: Chance) -> Images:
    return to_bytes(smoothed(images, sigma, beyond="constant"))


def _noise(images: Images, deviation: float, chance: Chance) -> Images:
    return to_bytes(images + chance.standard_normal(images.shape, dtype=np.float32) * np.float32(255 * deviation))


def _contrast(images: Images, share: float, _chance: Chance) -> Images:
    """Every pixel drawn towards the mean of its image."""
    means = images.mean(axis=(1, 2), keepdims=True, dtype=np.float32)
    return to_bytes((images - means) * np.float32(share) + means)


def _occlusion(images: Images, side: float, chance: Chance) -> Images:
    """One square of background, anywhere in the image."""
    length = round(side)
    top, left = chance.integers(IMAGE_SIDE - length + 1, size=(2, len(images), 1))
    places = np.arange(IMAGE_SIDE)
    rows, columns = ((start <= places) & (places < start + length) for start in (top, left))
    return np.where(rows[:, :, np.newaxis] & columns[:, np.newaxis], np.uint8(0), images)


def _inversion(images: Images, share: float, _chance: Chance) -> Images:
    """A mixture of the image and its negative: at a half there is nothing to see."""
    return to_bytes(images * np.float32(1 - 2 * share) + np.float32(255 * share))


CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        change.name: change
        for change in (
            Change(
                "shift",
                "Shift",
                " px",
                (0, 1, 2, 3, 4, 5, 6, 8),
                0,
                0.5,
                "Each digit is moved left, right, up or down by this many pixels.",
                _shift,
            ),
            Change(
                "rotation",
                "Rotation",
                "°",
                (0, 10, 20, 30, 40, 50, 60, 75, 90),
                0,
                1,
                "Each digit is rotated by this angle, clockwise or anticlockwise.",
                _rotation,
            ),
            Change(
                "scale",
                "Scale",
                " ×",
                (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4),
                1,
                0.05,
                "Each digit is enlarged this many times around the centre; below 1 it becomes smaller.",
                _scale,
            ),
            Change(
                "thickness",
                "Stroke thickness",
                " px",
                (-1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3),
                0,
                0.25,
                "Strokes grow by this many pixels on each side; below 0 they become thinner.",
                _thickness,
            ),
            Change(
                "blur",
                "Blur",
                " px",
                (0, 0.5, 1, 1.5, 2, 2.5, 3, 4),
                0,
                0.25,
                "A Gaussian blur with this standard deviation.",
                _blur,
            ),
            Change(
                "noise",
                "Noise",
                "",
                (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1),
                0,
                0.05,
                "Gaussian noise on every pixel; 1 is a standard deviation as large as the whole grey scale.",
                _noise,
            ),
            Change(
                "contrast",
                "Contrast",
                " ×",
                (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1),
                1,
                0.05,
                "The difference of every pixel from the mean of its image is multiplied by this.",
                _contrast,
            ),
            Change(
                "occlusion",
                "Occlusion",
                " px",
                (0, 4, 6, 8, 10, 12, 14, 16, 20),
                0,
                1,
                "A square with sides of this many pixels is erased, anywhere in the image.",
                _occlusion,
            ),
            Change(
                "inversion",
                "Inversion",
                "",
                (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1),
                0,
                0.05,
                "Black and white are swapped by this share: at 0.5 everything is grey, at 1 ink is black on white.",
                _inversion,
            ),
        )
    }
)
"""By name, in the order in which they are offered."""
