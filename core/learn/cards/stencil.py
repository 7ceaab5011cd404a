"""A unit's weights as a stencil on a picture: what ink adds, what it subtracts, and what the unit begins with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.models.numpy_model import NumpyModel

OFFERED = 6
"""Units to choose from: all 128 would be a wall."""


@dataclass(frozen=True, eq=False)
class StencilSum:
    """What a unit makes of a picture, put together differently from how it is computed, to the same sum.

    A normalised pixel ``(p / 255 - mean) / std`` is ink times ``1 / std`` less what every pixel has without ink. So the
    unit's sum is a number that is there without any ink, and what each pixel's ink adds.

    Parameters
    ----------
    parts
        float64, shape ``(28, 28)``: what the ink of each pixel adds.
    start
        The unit's sum for a picture without ink: its bias, and what background adds.
    """

    parts: NDArray[np.float64]
    start: float

    @property
    def added(self) -> float:
        """What ink on positive weights adds."""
        return float(self.parts[self.parts > 0].sum())

    @property
    def subtracted(self) -> float:
        """What ink on negative weights adds: below 0, or 0."""
        return float(self.parts[self.parts < 0].sum())

    @property
    def total(self) -> float:
        """The unit's sum, before ReLU."""
        return self.start + self.added + self.subtracted


def stencil_sum(model: NumpyModel, unit: int, image: NDArray[np.uint8]) -> StencilSum:
    """Lay the stencil of a unit of the first hidden layer over a picture, uint8 ``(28, 28)``."""
    weights = model.weights["layers.0.weight"][unit].astype(np.float64)
    mean, std = model.normalisation.mean, model.normalisation.std
    start = float(model.weights["layers.0.bias"][unit]) - float(weights.sum()) * mean / std
    return StencilSum((weights * image.reshape(-1) / 255 / std).reshape(28, 28), start)


def telling_units(model: NumpyModel, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> tuple[int, ...]:
    """Units of the first hidden layer that tell digits apart best, best first, each for another digit.

    A unit tells a digit apart if it says more for it than for the others, in terms of its own spread.

    Parameters
    ----------
    images, labels
        uint8 ``(N, 28, 28)`` and int64 ``(N,)``, some of each class.
    """
    said = model.layers(images)[1]
    classes = len(model.class_names)
    means = np.stack([said[labels == label].mean(axis=0) for label in range(classes)])
    others = (means.sum(axis=0) - means) / (classes - 1)
    contrast = (means - others) / (said.std(axis=0) + 1e-6)
    chosen: dict[int, int] = {}
    for place in np.argsort(-contrast, axis=None, kind="stable"):
        label, unit = divmod(int(place), contrast.shape[1])
        if label not in chosen and unit not in chosen.values():
            chosen[label] = unit
    return tuple(chosen.values())[:OFFERED]
