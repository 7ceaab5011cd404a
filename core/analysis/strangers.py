"""Strangers: images that are not what a network has learned from, made from seeds, to see whether it refuses them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.data.framing import Framing
from core.drawings.preprocessing import drawing_framed

_SIDE: Final = 280
_MARGIN: Final = 30
_POINTS_A_PIECE: Final = 12


def noise(count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Images of which every pixel is drawn evenly from 0 to 255; uint8 ``(count, 28, 28)``."""
    return np.random.default_rng([seed, 1]).integers(0, 256, (count, 28, 28), dtype=np.uint8)


def scrambled(images: NDArray[np.uint8], seed: int = 0) -> NDArray[np.uint8]:
    """The same images, the pixels of each in an order of its own: as much ink, and no stroke."""
    flat = np.random.default_rng([seed, 2]).permuted(images.reshape(len(images), -1), axis=1)
    return flat.reshape(images.shape)


def scribbles(count: int, seed: int = 0, framing: Framing = Framing.MNIST) -> NDArray[np.uint8]:
    """One to three smooth lines across a canvas, brought to 28×28 as drawings are; uint8 ``(count, 28, 28)``."""
    chance = np.random.default_rng([seed, 3])
    drawn = [drawing_framed(_scribble(chance), framing).digit for _ in range(count)]
    return np.stack(drawn) if drawn else np.empty((0, 28, 28), np.uint8)


def quarter_turned(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same images turned by 90°, in turn to the left and to the right."""
    turned = np.rot90(images, 1, axes=(1, 2)).copy()
    turned[1::2] = np.rot90(images[1::2], 3, axes=(1, 2))
    return turned


def _scribble(chance: np.random.Generator) -> NDArray[np.uint8]:
    """White on black, uint8 ``(280, 280)``, drawn with a pen of 14 to 25 pixels."""
    from PIL import Image, ImageDraw

    canvas = Image.new("L", (_SIDE, _SIDE), 0)
    pen = ImageDraw.Draw(canvas)
    for _ in range(chance.integers(1, 4)):
        points = chance.uniform(_MARGIN, _SIDE - _MARGIN, (chance.integers(4, 9), 2))
        line = [(float(x), float(y)) for x, y in _smooth(points)]
        pen.line(line, fill=255, width=int(chance.integers(14, 26)), joint="curve")
    return np.asarray(canvas)


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A Catmull–Rom spline through the points ``(n, 2)``."""
    knots = np.vstack([points[:1], points, points[-1:]])
    before, first, second, after = (knots[start : len(knots) - 3 + start, None] for start in range(4))
    t = np.linspace(0, 1, _POINTS_A_PIECE)[None, :, None]
    line: NDArray[np.float64] = 0.5 * (
        2 * first
        + (second - before) * t
        + (2 * before - 5 * first + 4 * second - after) * t**2
        + (3 * first - before - 3 * second + after) * t**3
    )
    return line.reshape(-1, 2)
