"""Runs that differ in their seed alone, and what they say together: a mean and how far it can be trusted."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.config import TrainConfig


@dataclass(frozen=True)
class MeanInterval:
    """A mean with its bounds; without bounds (NaN) for one value.

    Parameters
    ----------
    count
        How many values it is the mean of.
    """

    mean: float
    low: float
    high: float
    count: int


def seed_groups(configs: Sequence[TrainConfig]) -> tuple[tuple[int, ...], ...]:
    """Positions of configs that are equal but for the seed, in the order of their first.

    A seed that comes again begins a group of its own: the same numbers twice would make a mean look surer than it is.
    """
    seen: Counter[TrainConfig] = Counter()
    groups: dict[tuple[TrainConfig, int], list[int]] = {}
    for position, config in enumerate(configs):
        groups.setdefault((config.replace(seed=0), seen[config]), []).append(position)
        seen[config] += 1
    return tuple(map(tuple, groups.values()))


def differing_settings(configs: Sequence[TrainConfig]) -> tuple[str, ...]:
    """Names of the settings in which not all configs agree, in the order of the settings."""
    return tuple(name for name in TrainConfig.model_fields if len({_key(getattr(one, name)) for one in configs}) > 1)


def mean_interval(values: Sequence[float], level: float = 0.95) -> MeanInterval:
    """Student's interval of the mean of values that scatter as a normal distribution does.

    Parameters
    ----------
    values
        At least one.
    level
        Probability that the interval covers the true mean, between 0 and 1.
    """
    from scipy.stats import t

    count, mean = len(values), math.fsum(values) / len(values)
    if count < 2:
        return MeanInterval(mean, math.nan, math.nan, count)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    reach = float(t.ppf(0.5 + level / 2, count - 1)) * deviation / math.sqrt(count)
    return MeanInterval(mean, mean - reach, mean + reach, count)


def _key(value: Any) -> str:
    return repr(value)
