"""The image that excites a hidden unit most, found by climbing its gradient.

References
----------
.. [1] D. Erhan, Y. Bengio, A. Courville, P. Vincent, "Visualizing higher-layer features of a deep network", 2009.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE
from core.explain.gradients import Ink, gradient, ink_of
from core.explain.units import Unit
from core.models.numpy_model import NumpyModel

_STEPS = 60
_MEASURED_EVERY = 10
# Of the longest image that is allowed: far at first, to leave where it began, then in ever finer steps.
_FIRST_STEP, _LAST_STEP = 0.3, 0.005
_HALVINGS = 24


@dataclass(frozen=True, eq=False)
class Excitation:
    """An image made for a unit.

    Parameters
    ----------
    image
        uint8 ``(28, 28)``.
    value
        What the unit says about it.
    """

    image: NDArray[np.uint8]
    value: float


def excite(model: NumpyModel, unit: Unit, start: NDArray[np.uint8], length: float) -> Excitation:
    """Climb from images of digits to the one that excites a unit most, in steps of fixed size: always the same.

    Parameters
    ----------
    start
        uint8 ``(N, 28, 28)``: where to climb from; the best that is reached from any of them counts. Where the unit is
        silent it has no slope: begin with images about which it says something.
    length
        The square root of the sum of the squared ink that it may have: a digit has about 9. Without a bound,
        whatever raises the sum of the unit would simply be black or white.
    """
    ink = _within(ink_of(start), length)
    upstream = np.zeros((len(ink), model.config.hidden_widths[unit.layer - 1]), dtype=np.float32)
    upstream[:, unit.number] = 1
    best = _said(model, unit, ink)
    for number, size in enumerate(np.geomspace(_FIRST_STEP, _LAST_STEP, _STEPS, dtype=np.float32), 1):
        slope = gradient(model, ink, upstream, layer=unit.layer)
        steepness = np.linalg.norm(slope, axis=1, keepdims=True)
        step = np.divide(slope, steepness, out=np.zeros_like(slope), where=steepness > 0)
        ink = _within(ink + step * (size * np.float32(length)), length)
        if number % _MEASURED_EVERY == 0:
            best = max(best, _said(model, unit, ink), key=lambda found: found.value)
    return best


def usual_length(images: NDArray[np.uint8]) -> float:
    """How long digits are on average: the root of the sum of their squared ink."""
    return float(np.linalg.norm(ink_of(images), axis=1).mean())


def _said(model: NumpyModel, unit: Unit, ink: Ink) -> Excitation:
    """The best of these images, as bytes: what is shown is what was measured."""
    images = np.rint(ink * 255).astype(np.uint8).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
    values = model.layers(images)[unit.layer][:, unit.number]
    best = int(values.argmax())
    return Excitation(images[best], float(values[best]))


def _within(ink: Ink, length: float) -> Ink:
    """The nearest ink from 0 to 1 that is no longer than allowed: ``clip(ink · s, 0, 1)`` with the largest s ≤ 1."""
    low, high = np.zeros((len(ink), 1)), np.ones((len(ink), 1))
    fits = np.linalg.norm(np.clip(ink, 0, 1), axis=1, keepdims=True) <= length
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        short = np.linalg.norm(np.clip(ink * middle, 0, 1), axis=1, keepdims=True) <= length
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.clip(ink * np.where(fits, 1, low), 0, 1).astype(np.float32)
