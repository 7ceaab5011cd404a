"""Learning rates to try where the one that was chosen is not a good one."""

from collections.abc import Mapping
from types import MappingProxyType

from core.config import TrainConfig, setting_range

USUAL_RATES: Mapping[str, float] = MappingProxyType({"sgd": 0.1, "momentum": 0.03, "adam": 1e-3, "adamw": 1e-3})
"""Learning rates that train most networks on standardised pixels well enough, by optimiser."""
FAR = 3.0
"""A rate that is this many times the usual one, or less than one part in as many, may be what is wrong."""


def usual_rate(config: TrainConfig) -> float:
    """A learning rate that trains most networks with this optimiser well enough."""
    usual = USUAL_RATES[config.optimizer]
    # Squared errors have steeper slopes than cross entropy.
    return usual / 10 if config.loss == "squared_error" and config.optimizer in ("sgd", "momentum") else usual


def lower_rate(config: TrainConfig) -> float:
    """What to try where a config’s rate is too high: the usual one, if that is well below; else a third of it."""
    usual, lowest = usual_rate(config), setting_range("learning_rate")[0]
    return usual if config.learning_rate >= FAR * usual else max(lowest, rounded_rate(config.learning_rate / 3))


def rounded_rate(rate: float) -> float:
    """To one significant figure, within what is permitted."""
    low, high = setting_range("learning_rate")
    return min(high, max(low, float(f"{rate:.0e}")))
