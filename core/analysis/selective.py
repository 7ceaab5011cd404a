"""Selective classification: what is won by answering only where the network is confident.

References
----------
.. [1] Y. Geifman, R. El-Yaniv, "Selective classification for deep neural networks", 2017,
   https://arxiv.org/abs/1705.08500
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """The risk–coverage curve [1]_: errors among the n most confident of N images, for n from 1 to N.

    Parameters
    ----------
    coverage
        float64, shape ``(N,)``: share of images that are answered, ascending, the last 1.
    risk
        float64, shape ``(N,)``: share of wrong answers among those, 0–1.
    threshold
        float64, shape ``(N,)``: the lowest confidence that is answered.
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    threshold: NDArray[np.float64]

    def risk_at(self, coverage: float) -> float:
        """Risk when this share (0–1, rounded to whole images) is answered; NaN when none is."""
        answered = round(coverage * len(self.risk))
        return float(self.risk[answered - 1]) if answered > 0 else float("nan")


def risk_coverage(confidence: NDArray[np.float32], correct: NDArray[np.bool_]) -> RiskCoverage:
    """Errors among the most confident images; of equal confidences those that come first are answered first.

    Parameters
    ----------
    confidence
        float32, shape ``(N,)``.
    correct
        bool, shape ``(N,)``.
    """
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    return RiskCoverage(
        coverage=answered / max(len(order), 1),
        risk=np.cumsum(~correct[order]) / answered,
        threshold=confidence[order].astype(np.float64),
    )
