"""Whether a confidence of 90 % means right in 90 of 100 cases, and what is won by refusing the unsure ones.

References
----------
.. [1] C. Guo et al., "On calibration of modern neural networks", ICML 2017, https://arxiv.org/abs/1706.04599
.. [2] Y. Geifman, R. El-Yaniv, "Selective classification for deep neural networks", 2017,
   https://arxiv.org/abs/1705.08500
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Reliability:
    """Confidence against accuracy in B equally wide bins of confidence.

    Parameters
    ----------
    edges
        float64, shape ``(B + 1,)``, from 0 to 1; a bin holds its upper edge.
    confidence, accuracy
        float64, shape ``(B,)``: means of the bin, 0–1; NaN where it is empty.
    count
        int64, shape ``(B,)``: images of the bin.
    """

    edges: NDArray[np.float64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    count: NDArray[np.int64]

    @property
    def expected_calibration_error(self) -> float:
        """Mean gap between confidence and accuracy, weighted by images [1]_; 0–1, NaN without images."""
        total = self.count.sum()
        if not total:
            return float("nan")
        return float(np.nansum(np.abs(self.confidence - self.accuracy) * self.count) / total)


@dataclass(frozen=True, eq=False)
class RefusalCurve:
    """Accuracy of the images that are answered when the least confident are refused [2]_.

    Parameters
    ----------
    refused
        float64, shape ``(P,)``: share of images refused, from 0, ascending, below 1.
    accuracy
        float64, shape ``(P,)``: of those answered, 0–1.
    threshold
        float64, shape ``(P,)``: the lowest confidence that is answered.
    total
        N images.
    """

    refused: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    threshold: NDArray[np.float64]
    total: int


def reliability(confidence: NDArray[np.float32], correct: NDArray[np.bool_], bins: int = 10) -> Reliability:
    """Sort images into bins of confidence and compare each bin's confidence with its accuracy.

    Parameters
    ----------
    confidence
        float32, shape ``(N,)``, 0–1.
    correct
        bool, shape ``(N,)``.
    bins
        At least 1.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    index = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    count = np.bincount(index, minlength=bins)
    return Reliability(
        edges,
        _bin_means(index, confidence.astype(np.float64), count),
        _bin_means(index, correct.astype(np.float64), count),
        count,
    )


def refusal_curve(confidence: NDArray[np.float32], correct: NDArray[np.bool_], points: int = 101) -> RefusalCurve:
    """Accuracy of the most confident images, for shares of refused ones from 0 up to nearly all.

    Among equal confidences those that come first are answered first.

    Parameters
    ----------
    confidence
        float32, shape ``(N,)``.
    correct
        bool, shape ``(N,)``.
    points
        At most this many points on the curve.
    """
    total = len(confidence)
    order = np.argsort(-confidence, kind="stable")
    answered = np.unique(np.linspace(total, 1, min(points, total)).round().astype(np.int64))[::-1]
    hits = np.cumsum(correct[order])
    return RefusalCurve(
        refused=1 - answered / max(total, 1),
        accuracy=hits[answered - 1] / answered,
        threshold=confidence[order][answered - 1].astype(np.float64),
        total=total,
    )


def accuracy_when_refusing(confidence: NDArray[np.float32], correct: NDArray[np.bool_], share: float) -> float:
    """Accuracy when this share (0–1, rounded to whole images) is refused; NaN when none is answered."""
    answered = len(confidence) - round(share * len(confidence))
    if answered <= 0:
        return float("nan")
    order = np.argsort(-confidence, kind="stable")[:answered]
    return float(correct[order].mean())


def _bin_means(index: NDArray[np.int64], values: NDArray[np.float64], count: NDArray[np.int64]) -> NDArray[np.float64]:
    sums = np.bincount(index, weights=values, minlength=len(count))
    means = np.full(len(count), np.nan)
    np.divide(sums, count, out=means, where=count > 0)
    return means
