"""The arrays of the from-scratch series with their values, as NumPy prints them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models.shapes import PIXELS

HIDDEN, CLASSES = 20, 10


@dataclass(frozen=True, eq=False)
class SeriesArray:
    """One array.

    Parameters
    ----------
    made_by
        What follows ``name =`` in the series.
    values
        Pixels and labels stay bytes and integers here: as float64, which the series reads from its CSV, 42,000 images
        take 263 MB.
    """

    name: str
    made_by: str
    values: NDArray[Any]

    @property
    def printed(self) -> str:
        """What ``print`` shows of it in the series, where every number is a float64."""
        is_whole = np.issubdtype(self.values.dtype, np.integer)
        return np.array2string(self.values, formatter={"int": "{}.".format} if is_whole else None)


def series_arrays(
    images: NDArray[np.uint8], labels: NDArray[np.int64], *, train: int = 30_000, seed: int = 0
) -> tuple[SeriesArray, ...]:
    """Every array of the series before its training begins; images are columns.

    Parameters
    ----------
    images, labels
        uint8 ``(N, 28, 28)`` and int64 ``(N,)``: the first ``train`` are trained on, the rest are test images. The
        series takes its test images from the training images, by a slip that one of the puzzles is about.
    seed
        Of the weights, which the series draws without one.
    """
    rows, random = images.reshape(-1, PIXELS), np.random.RandomState(seed)
    return (
        SeriesArray("x_train", "np.split(train.T, [1])[1]", rows[:train].T),
        SeriesArray("y_train", "np.split(train.T, [1])[0]", labels[None, :train]),
        SeriesArray("x_test", "np.split(test.T, [1])[1]", rows[train:].T),
        SeriesArray("y_test", "np.split(test.T, [1])[0]", labels[None, train:]),
        SeriesArray("W1", f"np.random.rand({HIDDEN}, {PIXELS}) - 0.5", random.rand(HIDDEN, PIXELS) - 0.5),
        SeriesArray("B1", f"np.zeros(({HIDDEN}, 1))", np.zeros((HIDDEN, 1))),
        SeriesArray("W2", f"np.random.rand({CLASSES}, {HIDDEN}) - 0.5", random.rand(CLASSES, HIDDEN) - 0.5),
        SeriesArray("B2", f"np.zeros(({CLASSES}, 1))", np.zeros((CLASSES, 1))),
    )
