"""Refusal: how many strangers are refused, against how many of one's own are refused with them.

References
----------
.. [1] T. Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27, 2006,
   https://doi.org/10.1016/j.patrec.2005.10.010
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class RefusalCurve:
    """The ROC curve [1]_ of a score that is higher for strangers.

    Parameters
    ----------
    own_refused, strangers_refused
        float64, shape ``(P,)``, 0–1, from 0 to 1: shares above one threshold after another, from the highest.
    area
        Under it: how often a stranger has the higher score than one's own, ties counting half; NaN without either.
    strangers
        How many there were.
    """

    own_refused: NDArray[np.float64]
    strangers_refused: NDArray[np.float64]
    area: float
    strangers: int

    def strangers_refused_at(self, own_refused: float) -> float:
        """Share of strangers refused where no more than this share of one's own is, 0–1; NaN without either."""
        within = self.strangers_refused[self.own_refused <= own_refused]
        return float(within.max()) if len(within) else float("nan")


def refusal_curve(own: NDArray[np.float32], strangers: NDArray[np.float32]) -> RefusalCurve:
    """Every threshold that there is between scores of one's own, ``(N,)``, and of strangers, ``(M,)``."""
    if not len(own) or not len(strangers):
        return RefusalCurve(np.empty(0), np.empty(0), float("nan"), len(strangers))
    thresholds = np.unique(np.concatenate([own, strangers]))
    refused = [
        np.append((len(scores) - np.searchsorted(np.sort(scores), thresholds, side="left")) / len(scores), 0.0)[::-1]
        for scores in (own, strangers)
    ]
    return RefusalCurve(refused[0], refused[1], float(np.trapezoid(refused[1], refused[0])), len(strangers))
