"""What each hidden unit does over many images: how much it is used, and which images excite it most."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.models.numpy_model import NumpyModel
from core.models.shapes import multiplications

MOST_EXCITING = 24
"""Images that are kept for each unit."""

_CHUNK = 500
# About a second on one core: what somebody waits for once for a run.
_AFFORDABLE = 12_000_000_000
_LEAST_IMAGES = 500
# A convolution in NumPy copies each pixel for each place of its filter first.
_CONVOLVED_COST = 8
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LayerSurvey:
    """One hidden layer over many images.

    Parameters
    ----------
    images
        How many there were.
    use
        float32 ``(units,)``: the mean size of what a unit says, times the mean size of its outgoing weights.
    active
        float32 ``(units,)``: the share of images about which it says more than 0.
    exciting
        int64 ``(units, most)``: positions of the images that excite each unit most, the strongest first.
    values
        float32 ``(units, most)``: what it says about them.
    """

    images: int
    use: Floats
    active: Floats
    exciting: NDArray[np.int64]
    values: Floats

    @property
    def order(self) -> NDArray[np.int64]:
        """Units from the most used to the least, int64 ``(units,)``."""
        order: NDArray[np.int64] = np.argsort(-self.use, kind="stable")
        return order


def survey(model: NumpyModel, images: NDArray[np.uint8]) -> tuple[LayerSurvey, ...]:
    """Send images through a network and see what its hidden units do; none of a network without hidden layers.

    Parameters
    ----------
    images
        uint8 ``(N, 28, 28)``, at least one.
    """
    counters = [_Counter(width, min(MOST_EXCITING, len(images))) for width in model.config.hidden_widths]
    for start in range(0, len(images), _CHUNK):
        said = model.layers(images[start : start + _CHUNK])[1:-1]
        for counter, values in zip(counters, said, strict=True):
            counter.add(values, start)
    return tuple(
        counter.result(len(images), np.abs(weights).mean(axis=0))
        for counter, weights in zip(counters, model.dense_weights[1:], strict=True)
    )


def affordable(model: NumpyModel, images: int) -> int:
    """How many of this many images can be looked at without making anybody wait for long: all, or the first ones."""
    cost = multiplications(model.config, len(model.class_names))
    cost *= _CONVOLVED_COST if model.config.architecture == "cnn" else 1
    return min(images, max(_LEAST_IMAGES, _AFFORDABLE // cost))


class _Counter:
    """Sums and best images of a layer, chunk by chunk."""

    def __init__(self, width: int, most: int) -> None:
        self.most = most
        self.sizes, self.active = np.zeros(width), np.zeros(width)
        self.values = np.empty((width, 0), dtype=np.float32)
        self.places = np.empty((width, 0), dtype=np.int64)

    def add(self, said: Floats, start: int) -> None:
        """Count values ``(images, units)`` of the images from ``start`` on."""
        self.sizes += np.abs(said).sum(axis=0, dtype=np.float64)
        self.active += (said > 0).sum(axis=0)
        places = np.broadcast_to(np.arange(start, start + len(said)), said.T.shape)
        values, places = np.hstack([self.values, said.T]), np.hstack([self.places, places])
        # Stable: of equal values the earlier image comes first.
        best = np.argsort(-values, axis=1, kind="stable")[:, : self.most]
        self.values, self.places = (np.take_along_axis(all_of_them, best, axis=1) for all_of_them in (values, places))

    def result(self, images: int, outgoing: Floats) -> LayerSurvey:
        use = (self.sizes / images * outgoing).astype(np.float32)
        return LayerSurvey(images, use, (self.active / images).astype(np.float32), self.places, self.values)
