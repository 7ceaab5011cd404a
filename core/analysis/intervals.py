"""How far a measured share can be trusted.

References
----------
.. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Shares = np.float64 | NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A share with its bounds, all 0–1; NaN for the share of nothing."""

    share: float
    low: float
    high: float


def wilson_interval(successes: int, total: int, level: float = 0.95) -> Interval:
    """Wilson's score interval of a share [1]_; it stays within 0–1 and is sound near 100%.

    Parameters
    ----------
    successes
        Images that were correct, ``0 … total``.
    total
        Images; none gives the interval from 0 to 1.
    level
        Probability that the interval covers the true share, between 0 and 1.

    Raises
    ------
    ValueError
        If the numbers do not fit together.
    """
    if not 0 <= successes <= total or not 0 < level < 1:
        raise ValueError(f"{successes} of {total} at level {level} makes no interval.")
    if total == 0:
        return Interval(math.nan, 0.0, 1.0)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = successes / total
    centre, reach = map(float, _centre_and_reach(np.float64(share), total, z))
    low = 0.0 if successes == 0 else max(0.0, centre - reach)
    high = 1.0 if successes == total else min(1.0, centre + reach)
    return Interval(share, low, high)


def widest_reach(total: int, level: float = 0.95) -> float:
    """How far the true share of ``total`` images may be from the measured one, 0–1, at most: by Wilson's interval.

    Parameters
    ----------
    level
        As of :func:`wilson_interval`.
    """
    if total == 0:
        return 1.0
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = np.arange(total // 2 + 1) / total
    # Further up than down below one half, and the same above it the other way round.
    centre, reach = _centre_and_reach(share, total, z)
    return float((centre + reach - share).max())


def _centre_and_reach(share: Shares, total: int, z: float) -> tuple[Shares, Shares]:
    """Wilson's interval of shares of ``total`` images: its middle, and how far it reaches to either side of that."""
    centre = (share + z * z / (2 * total)) / (1 + z * z / total)
    reach = z / (1 + z * z / total) * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return centre, reach


def accuracy_interval(accuracy: float, total: int, level: float = 0.95) -> Interval:
    """Wilson's interval of an accuracy that was measured on ``total`` images."""
    return wilson_interval(round(accuracy * total), total, level)
