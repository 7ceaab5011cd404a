"""How much ink each image has and how far it leans."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_IMAGES_PER_CHUNK = 500


@dataclass(frozen=True, eq=False)
class InkMeasures:
    """How much ink each image has and how far it leans.

    Parameters
    ----------
    ink
        float32, shape ``(N,)``: mean pixel as a share of full white, 0–1; thick strokes have more.
    slant
        float32, shape ``(N,)``, degrees: 0 is upright, positive leans to the right (``/``), negative to the left.
    """

    ink: NDArray[np.float32]
    slant: NDArray[np.float32]


def ink_measures(images: NDArray[np.uint8]) -> InkMeasures:
    """Ink and slant of each image, from its moments up to the second.

    The slant is the angle of the line along which a row's centre of ink moves with its height: the shear that
    MNIST's deslanting would undo, ``atan(cov(x, y) / var(y))``.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``. An image without ink, or with ink in one row only, has slant 0.
    """
    moments = np.empty((len(images), 5), dtype=np.float64)
    basis = _moment_basis()
    for start in range(0, len(images), _IMAGES_PER_CHUNK):
        chunk = images[start : start + _IMAGES_PER_CHUNK].reshape(-1, 28 * 28)
        moments[start : start + _IMAGES_PER_CHUNK] = chunk.astype(np.float32) @ basis
    mass, x, y, xy, yy = moments.T
    whole = np.maximum(mass, 1)
    covariance = xy / whole - x * y / whole**2
    variance = yy / whole - (y / whole) ** 2
    tangent = np.where(variance > 1e-6, covariance / np.maximum(variance, 1e-6), 0)
    return InkMeasures((mass / (28 * 28 * 255)).astype(np.float32), np.degrees(np.arctan(tangent)).astype(np.float32))


def _moment_basis() -> NDArray[np.float32]:
    """float32, shape ``(784, 5)``: 1, x, y, xy, y² of each pixel from the middle of the image, y upwards."""
    rows, columns = np.mgrid[0:28, 0:28].astype(np.float32)
    x, y = columns.ravel() - 13.5, 13.5 - rows.ravel()
    return np.stack([np.ones_like(x), x, y, x * y, y * y], axis=1)
