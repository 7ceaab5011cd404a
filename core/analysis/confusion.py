"""Confusion matrices: which class is taken for which. Rows are true labels, columns predicted ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

MatrixMode = Literal["counts", "by_true_row", "by_predicted_column"]


@dataclass(frozen=True)
class ConfusedPair:
    """One way to be wrong: ``count`` images of ``true_label`` were read as ``predicted_label``.

    ``share`` is ``count`` over all images of ``true_label``, 0–1.
    """

    true_label: int
    predicted_label: int
    count: int
    share: float

    def words(self, class_names: Sequence[str]) -> str:
        """The pair as people read it: ``4 read as 9 · 9 times``."""
        return f"{class_names[self.true_label]} read as {class_names[self.predicted_label]} · {times(self.count)}"


def times(count: int) -> str:
    """How often, in words: ``never``, ``once``, ``9 times``."""
    return {0: "never", 1: "once"}.get(int(count), f"{count:,} times")


def confusion_matrix(labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Count images by true label (row) and predicted label (column).

    Parameters
    ----------
    labels, predicted
        int64, shape ``(N,)``, values ``0 … classes-1``.
    classes
        K, also when some class does not occur.

    Returns
    -------
    NDArray[np.int64]
        Shape ``(K, K)``; the sum is N.

    Raises
    ------
    ValueError
        If a label is out of range or the lengths differ.
    """
    both = np.stack([labels, predicted])
    if both.size and not 0 <= both.min() <= both.max() < classes:
        raise ValueError(f"Labels must be from 0 to {classes - 1}.")
    return np.bincount(both[0] * classes + both[1], minlength=classes * classes).reshape(classes, classes)


def normalised(matrix: NDArray[np.int64], mode: MatrixMode) -> NDArray[np.float64]:
    """The matrix as counts, or as shares of each row's or column's sum (0–1; 0/0 gives 0)."""
    values = matrix.astype(np.float64)
    if mode == "counts":
        return values
    totals = values.sum(axis=1 if mode == "by_true_row" else 0, keepdims=True)
    shares = np.zeros_like(values)
    np.divide(values, totals, out=shares, where=totals > 0)
    return shares


def without_diagonal(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A copy with NaN where true and predicted label agree."""
    copy = values.copy()
    np.fill_diagonal(copy, np.nan)
    return copy


def most_confused_pairs(matrix: NDArray[np.int64], count: int = 10) -> tuple[ConfusedPair, ...]:
    """The cells beside the diagonal with the most images, largest first; ties by true, then predicted label.

    Cells without images are left out, so there may be fewer than ``count``.
    """
    beside = matrix.copy()
    np.fill_diagonal(beside, 0)
    totals = matrix.sum(axis=1)
    order = np.argsort(-beside, axis=None, kind="stable")[:count]
    cells = [divmod(int(cell), matrix.shape[1]) for cell in order if beside.flat[cell] > 0]
    return tuple(
        ConfusedPair(row, col, int(matrix[row, col]), float(matrix[row, col] / totals[row])) for row, col in cells
    )
