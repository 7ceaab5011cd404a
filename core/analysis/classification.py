"""Quality per class, from a confusion matrix; and accuracy when the first k guesses count."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class ClassMetrics:
    """Quality of each of K classes; a share of nothing counts as 0.

    Parameters
    ----------
    precision
        float64, shape ``(K,)``: of the images read as this class, the share that is.
    recall
        float64, shape ``(K,)``: of the images of this class, the share that was read as such.
    f1
        float64, shape ``(K,)``: harmonic mean of the two.
    support
        int64, shape ``(K,)``: images of this class.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]

    @property
    def macro_precision(self) -> float:
        """Mean over the classes, each counting alike."""
        return _mean(self.precision)

    @property
    def macro_recall(self) -> float:
        """Mean over the classes, each counting alike."""
        return _mean(self.recall)

    @property
    def macro_f1(self) -> float:
        """Mean over the classes, each counting alike."""
        return _mean(self.f1)


def class_metrics(matrix: NDArray[np.int64]) -> ClassMetrics:
    """Precision, recall and F1 of every class of a confusion matrix (rows are true labels)."""
    right = np.diagonal(matrix).astype(np.float64)
    support, read = matrix.sum(axis=1), matrix.sum(axis=0)
    return ClassMetrics(
        precision=_share(right, read),
        recall=_share(right, support),
        f1=_share(2 * right, support + read),
        support=support,
    )


def top_k_accuracy(probabilities: NDArray[np.float32], labels: NDArray[np.int64], k: int) -> float:
    """Share of images whose label is among the k most probable classes.

    Parameters
    ----------
    probabilities
        float32, shape ``(N, K)``. Of two equal probabilities the lower class comes first, as in ``argmax``.
    labels
        int64, shape ``(N,)``.
    k
        At least 1.

    Returns
    -------
    float
        0–1; NaN without images.
    """
    if not len(labels):
        return float("nan")
    return float((label_ranks(probabilities, labels) < k).mean())


def label_ranks(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many classes come before the label, int64, shape ``(N,)``; 0 where the prediction is right."""
    own = probabilities[np.arange(len(labels)), labels][:, None]
    lower_class = np.arange(probabilities.shape[1]) < labels[:, None]
    before = (probabilities > own) | ((probabilities == own) & lower_class)
    ranks: NDArray[np.int64] = before.sum(axis=1, dtype=np.int64)
    return ranks


def _share(part: NDArray[np.float64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")
