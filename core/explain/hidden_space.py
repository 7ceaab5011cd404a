"""Images as a network sees them: what its last hidden layer says of them, and which of them are near in that."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.models.numpy_model import NumpyModel

MOST_IMAGES = 5_000
"""Training images that are kept for comparisons; more would take the server’s memory for every run."""
_AT_ONCE = 500


@dataclass(frozen=True, eq=False)
class HiddenSpace:
    """What a network's last hidden layer says of many images.

    Parameters
    ----------
    points
        float16, shape ``(N, units)``: rows of length 1, or 0 where the layer is silent.
    """

    points: NDArray[np.float16]

    def nearest(self, point: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The nearest images by angle.

        Parameters
        ----------
        point
            float32, shape ``(units,)``: what the layer says of an image.
        k
            How many; all N if there are fewer.

        Returns
        -------
        positions, distances
            int64 and float64, shape ``(min(k, N),)``, nearest first and of equals the lower position first; a distance
            is 1 less the cosine of the angle, from 0 to 2.
        """
        target = _unit_rows(point[None])[0]
        distances = 1 - (self.points.astype(np.float32) @ target).astype(np.float64)
        nearest = np.argsort(distances, kind="stable")[: max(k, 0)]
        return nearest, np.clip(distances[nearest], 0, 2)


def evenly_chosen(count: int, most: int = MOST_IMAGES) -> NDArray[np.int64]:
    """Positions of at most this many of ``count`` images, evenly from the first to the last, int64."""
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, most)).round().astype(np.int64))


def joined(spaces: Sequence[HiddenSpace]) -> HiddenSpace:
    """The spaces of parts of the images as one, in their order."""
    return HiddenSpace(np.concatenate([space.points for space in spaces]))


def hidden_space(model: NumpyModel, images: NDArray[np.uint8]) -> HiddenSpace:
    """What the last hidden layer says of images, uint8 ``(N, 28, 28)``, in pieces; of 5,000, a CNN takes a second."""
    pieces = [images[start : start + _AT_ONCE] for start in range(0, len(images), _AT_ONCE)]
    return HiddenSpace(
        np.concatenate([_unit_rows(last_hidden(model, piece)).astype(np.float16) for piece in pieces or [images]])
    )


def last_hidden(model: NumpyModel, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What goes into the last layer, float32 ``(N, units)``: of a linear network, the pixels as it gets them."""
    return model.layers(images)[-2]


def has_hidden_layer(model: NumpyModel) -> bool:
    """Whether there is anything between the pixels and the logits."""
    return bool(model.config.hidden_widths) or model.config.architecture == "cnn"


def _unit_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return unit
