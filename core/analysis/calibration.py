"""Whether a confidence of 90% means correct in 90 of 100 cases.

References
----------
.. [1] C. Guo et al., "On calibration of modern neural networks", ICML 2017, https://arxiv.org/abs/1706.04599
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


def _bin_means(index: NDArray[np.int64], values: NDArray[np.float64], count: NDArray[np.int64]) -> NDArray[np.float64]:
    sums = np.bincount(index, weights=values, minlength=len(count))
    means = np.full(len(count), np.nan)
    np.divide(sums, count, out=means, where=count > 0)
    return means
