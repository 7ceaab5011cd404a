"""Values of the same seeds, held against each other: differences, their interval, and how likely chance alone is."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.analysis.seeds import mean_interval

Floats = NDArray[np.float64]

CHANCE = 0.05
"""A difference counts if seeds that differ by chance alone would give as large a mean with a smaller probability."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """One value for each seed, held against a limit.

    Parameters
    ----------
    values
        float64, shape ``(S,)``: differences between two variants with the same seed, or values of one variant.
    limit
        What they are held against.
    unit
        Of values and limit, as the page writes it.
    """

    values: Floats
    limit: float = 0.0
    unit: str = "points"

    @property
    def mean(self) -> float:
        """Over the seeds; infinite where a training run diverged."""
        return float(self.values.mean()) if self._is_finite else float(np.median(self.values))

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Where the mean over many seeds lies, 19 times in 20; both ends are the mean where all seeds agree."""
        if not self._is_finite:
            return -np.inf, np.inf
        found = mean_interval(self.values.tolist(), 1 - CHANCE)
        return found.low, found.high

    @cached_property
    def chance(self) -> float:
        """Probability of a mean so far from the limit if the limit were the truth (paired t-test, two-sided).

        References
        ----------
        Student 1908, https://doi.org/10.1093/biomet/6.1.1.
        """
        away = self.values - self.limit
        if not self._is_finite or self._error == 0:
            # Without a spread there is no test: all seeds say the same, or do not.
            return 0.0 if bool((away > 0).all() or (away < 0).all()) else 1.0
        from scipy.special import stdtr

        return float(2 * stdtr(len(away) - 1, -abs(away.mean()) / self._error))

    @property
    def is_above(self) -> bool | None:
        """Whether the mean lies above the limit; None if that is not decided."""
        return None if not self.chance < CHANCE else self.mean > self.limit

    @property
    def is_below(self) -> bool | None:
        """Whether the mean lies below the limit; None if that is not decided."""
        above = self.is_above
        return None if above is None else not above

    @property
    def words(self) -> str:
        """Mean and interval with their unit, as ``+1.21 points (+0.82 to +1.60)``."""
        if not self._is_finite:
            return "one of them diverged"
        digits = 3 if self.unit == "nats" else 2
        mean, low, high = (_signed(value, digits) for value in (self.mean, *self.interval))
        return f"{mean} {self.unit} ({low} to {high})"

    @property
    def _is_finite(self) -> bool:
        return bool(np.isfinite(self.values).all())

    @property
    def _error(self) -> float:
        """Standard error of the mean."""
        return float(self.values.std(ddof=1)) / float(np.sqrt(len(self.values)))


def differences(one: ArrayLike, other: ArrayLike, *, scale: float = 100.0, unit: str = "points") -> Comparison:
    """What the first of two variants has more than the second, seed by seed.

    Parameters
    ----------
    one, other
        A value for each of at least two seeds, the same seeds in the same order, shape ``(S,)``.
    scale
        What they are multiplied by: shares (0–1) become points.
    """
    with np.errstate(invalid="ignore"):
        return Comparison(scale * (np.asarray(one, np.float64) - np.asarray(other, np.float64)), unit=unit)


def _signed(value: float, digits: int) -> str:
    # Written with U+2212, as everywhere on the pages; a zero has no sign.
    rounded = f"{value:+.{digits}f}"
    return rounded.replace("-", "−") if float(rounded) else rounded[1:]
