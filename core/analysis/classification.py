"""Quality per class, from a confusion matrix; and accuracy when the first k guesses count."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class ClassMetrics:
    """Quality of each of K classes, as scikit-learn has it by default.

    A class that occurs neither among the labels nor among the predictions has NaN for all three, and the means leave it
    out. Of a class that does occur, a share of nothing counts as 0: the precision where it is never predicted, the
    recall where there is no image of it.

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
        """Mean over the classes that occur, each counting alike; NaN without any."""
        return _mean(self.precision)

    @property
    def macro_recall(self) -> float:
        """Mean over the classes that occur, each counting alike; NaN without any."""
        return _mean(self.recall)

    @property
    def macro_f1(self) -> float:
        """Mean over the classes that occur, each counting alike; NaN without any."""
        return _mean(self.f1)


def class_metrics(matrix: NDArray[np.int64]) -> ClassMetrics:
    """Precision, recall and F1 of every class of a confusion matrix (rows are true labels)."""
    correct = np.diagonal(matrix).astype(np.float64)
    support, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    occurs = support + predicted > 0
    return ClassMetrics(
        precision=_shares(correct, predicted, occurs),
        recall=_shares(correct, support, occurs),
        f1=_shares(2 * correct, support + predicted, occurs),
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
    """How many classes come before the label, int64, shape ``(N,)``; 0 where the prediction is correct."""
    own = probabilities[np.arange(len(labels)), labels][:, None]
    lower_class = np.arange(probabilities.shape[1]) < labels[:, None]
    before = (probabilities > own) | ((probabilities == own) & lower_class)
    ranks: NDArray[np.int64] = before.sum(axis=1, dtype=np.int64)
    return ranks


def _shares(part: NDArray[np.float64], whole: NDArray[np.int64], occurs: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.where(occurs, 0.0, np.nan), where=whole > 0)


def _mean(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
