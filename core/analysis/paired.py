"""Two networks on the same images: where they differ, and whether that could be chance.

References
----------
.. [1] Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
   Psychometrika 12, 1947.
.. [2] A. L. Edwards, "Note on the correction for continuity", Psychometrika 13, 1948.
.. [3] T. G. Dietterich, "Approximate statistical tests for comparing supervised classification learning algorithms",
   Neural Computation 10, 1998.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.predictions import Predictions

FEW = 25
"""Images on which only one is correct below which the test is exact."""


@dataclass(frozen=True, eq=False)
class Flips:
    """Where one network is correct and the other is not.

    Parameters
    ----------
    only_first, only_second
        int64: positions of the images that only this network reads correctly, those first on which the other is most
        confident of its mistake.
    both, neither
        How many images both read correctly, and none does.
    """

    only_first: NDArray[np.int64]
    only_second: NDArray[np.int64]
    both: int
    neither: int


@dataclass(frozen=True)
class McNemar:
    """McNemar's test of whether two networks are equally often correct [1]_.

    Parameters
    ----------
    only_first, only_second
        Images that only this network reads correctly.
    p_value
        Probability of a difference at least as large if both were equally good, 0–1.
    is_exact
        Whether it is the binomial's; else the chi-square's with Edwards' correction [2]_.
    """

    only_first: int
    only_second: int
    p_value: float
    is_exact: bool


def flips(first: Predictions, second: Predictions) -> Flips:
    """Compare image by image.

    Raises
    ------
    ValueError
        If they are not of the same images.
    """
    if not np.array_equal(first.labels, second.labels):
        raise ValueError("Both must have read the same images.")
    only_first, only_second = first.correct & ~second.correct, second.correct & ~first.correct
    return Flips(
        _surest_first(only_first, second),
        _surest_first(only_second, first),
        both=int((first.correct & second.correct).sum()),
        neither=int((~first.correct & ~second.correct).sum()),
    )


def mcnemar(only_first: int, only_second: int) -> McNemar:
    """Test the two counts: exact where they are few, as [3]_ advises for classifiers on one test set."""
    from scipy.stats import binom, chi2

    total, fewer = only_first + only_second, min(only_first, only_second)
    if total < FEW:
        return McNemar(only_first, only_second, min(1.0, 2 * float(binom.cdf(fewer, total, 0.5))), is_exact=True)
    statistic = max(0, abs(only_first - only_second) - 1) ** 2 / total
    return McNemar(only_first, only_second, float(chi2.sf(statistic, 1)), is_exact=False)


def _surest_first(chosen: NDArray[np.bool_], mistaken: Predictions) -> NDArray[np.int64]:
    positions = np.flatnonzero(chosen).astype(np.int64)
    return positions[np.lexsort((positions, -mistaken.confidence[positions]))]
