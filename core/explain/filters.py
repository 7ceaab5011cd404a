"""What the convolutions of a CNN make of one image: filters, feature maps, and a filter at one place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.drawings.preprocessing import normalise
from core.models.numpy_model import NumpyModel
from core.models.shapes import KERNEL

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Convolution:
    """One convolution of a network, and what it makes of an image.

    Parameters
    ----------
    filters
        float32 ``(filters, inputs, 5, 5)``.
    maps
        After the filters and ReLU, float32 ``(filters, height, width)``.
    pooled
        The largest of each 2 × 2, float32 ``(filters, height / 2, width / 2)``.
    """

    filters: Floats
    maps: Floats
    pooled: Floats


@dataclass(frozen=True, eq=False)
class FilterAtPlace:
    """A filter of the first convolution laid on 5 × 5 pixels.

    Parameters
    ----------
    pixels
        As the network gets them, float32 ``(5, 5)``.
    products
        Each times the weight of the filter there, float32 ``(5, 5)``.
    bias
        What is added in any case.
    """

    pixels: Floats
    products: Floats
    bias: float

    @property
    def total(self) -> float:
        """The sum of everything; what is below 0 becomes 0 in the feature map."""
        return float(self.products.sum(dtype=np.float64)) + self.bias


def convolutions_of(model: NumpyModel, image: NDArray[np.uint8]) -> tuple[Convolution, ...]:
    """What each convolution makes of a uint8 image ``(28, 28)``; none of an MLP."""
    said = model.convolutions(normalise(image[None], model.normalisation))
    return tuple(
        Convolution(model.weights[f"convolutions.{index}.weight"], maps.filtered[0], maps.pooled[0])
        for index, maps in enumerate(said)
    )


def filter_at(model: NumpyModel, image: NDArray[np.uint8], number: int, row: int, column: int) -> FilterAtPlace:
    """Lay a filter of the first convolution on the pixels from this row and column on, 0–23."""
    pixels = normalise(image[None], model.normalisation).reshape(image.shape)
    patch = pixels[row : row + KERNEL, column : column + KERNEL]
    weights = model.weights["convolutions.0.weight"][number, 0]
    return FilterAtPlace(patch, patch * weights, float(model.weights["convolutions.0.bias"][number]))


def pooled_at(model: NumpyModel, image: NDArray[np.uint8], number: int, row: int, column: int) -> Floats:
    """The 2 × 2 places of a feature map of the first convolution, 0–23 each way, that are pooled with this one."""
    maps: Floats = convolutions_of(model, image)[0].maps[number]
    top, left = row // 2 * 2, column // 2 * 2
    block: Floats = maps[top : top + 2, left : left + 2]
    return block
