"""A straight walk from one image to another, and what a network reads on the way."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.models.numpy_model import NumpyModel

STEPS = 41
"""Images on a walk, both ends among them."""


@dataclass(frozen=True, eq=False)
class Walk:
    """Images between two others, and what a network makes of each.

    Parameters
    ----------
    shares
        float64, shape ``(S,)``: how much of the second image is in each, from 0 to 1.
    images
        uint8, shape ``(S, 28, 28)``.
    probabilities
        float32, shape ``(S, K)``.
    """

    shares: NDArray[np.float64]
    images: NDArray[np.uint8]
    probabilities: NDArray[np.float32]

    @property
    def answers(self) -> NDArray[np.int64]:
        """The most probable class of each image, int64, shape ``(S,)``."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)

    @property
    def turns(self) -> tuple[tuple[float, int, int], ...]:
        """Where the answer changes: the share half-way between two images, and the classes before and after it."""
        answers = self.answers
        places = np.flatnonzero(answers[1:] != answers[:-1])
        middles = (self.shares[places] + self.shares[places + 1]) / 2
        return tuple(
            (float(middle), int(answers[place]), int(answers[place + 1]))
            for middle, place in zip(middles, places, strict=True)
        )


def walk_between(model: NumpyModel, start: NDArray[np.uint8], end: NDArray[np.uint8], steps: int = STEPS) -> Walk:
    """Fade from one image to another, pixel by pixel, and read every image on the way.

    Parameters
    ----------
    start, end
        uint8, shape ``(28, 28)``.
    steps
        At least 2.
    """
    shares = np.linspace(0, 1, steps)
    parts = shares[:, None, None]
    images = np.rint((1 - parts) * start + parts * end).astype(np.uint8)
    return Walk(shares, images, model.probabilities(images))
