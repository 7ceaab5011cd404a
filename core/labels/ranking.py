"""Which labels look wrong: confident learning on probabilities of images that were held out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_LISTED = 500
_CLOSE = 1e-6
"""As close to its threshold as this, a probability counts as having reached it; cleanlab's own."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Suspicious labels, the most suspicious first, and how many there may be.

    Parameters
    ----------
    positions
        int64, shape ``(M,)``, at most ``MOST_LISTED``: images for which another class is more probable than their
        label.
    suggested
        int64, shape ``(M,)``: the most probable class.
    own, other
        float32, shape ``(M,)``: probability of the label, which ranks them, and of the suggested class.
    estimate
        How many labels are wrong by confident learning; hard images are among them.
    """

    positions: NDArray[np.int64]
    suggested: NDArray[np.int64]
    own: NDArray[np.float32]
    other: NDArray[np.float32]
    estimate: int


def rank_labels(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> Ranking:
    """Rank labels by self-confidence, the probability of the label itself.

    Parameters
    ----------
    labels
        int64, shape ``(N,)``.
    probabilities
        float32, shape ``(N, K)``, of networks that have not learned from the image.

    References
    ----------
    Northcutt, Jiang, Chuang 2021: Confident learning, https://arxiv.org/abs/1911.00068
    """
    rows = np.arange(len(labels))
    own, suggested = probabilities[rows, labels], probabilities.argmax(1).astype(np.int64)
    suspects = np.flatnonzero(suggested != labels)
    chosen = suspects[np.argsort(own[suspects], kind="stable")][:MOST_LISTED]
    other = probabilities[chosen, suggested[chosen]]
    return Ranking(chosen, suggested[chosen], own[chosen], other, estimated_errors(labels, probabilities))


def estimated_errors(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> int:
    """How many labels are off the diagonal of the confident joint.

    A class is as good as certain for an image where it is at least as probable as it is on average for the images that
    bear it as their label. Counted are images for which the most probable of these classes is not their label, and
    which the network reads as another class as well.
    """
    classes = probabilities.shape[1]
    thresholds = np.full(classes, np.inf)
    for label in np.unique(labels):
        thresholds[label] = probabilities[labels == label, label].mean(dtype=np.float64)
    reached = probabilities >= thresholds - _CLOSE
    likely = np.where(reached, probabilities, -np.inf).argmax(1)
    return int((reached.any(1) & (likely != labels) & (probabilities.argmax(1) != labels)).sum())
