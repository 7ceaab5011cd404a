"""What a search is asked to do: shared settings, what is varied, how, and for how long."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from core.config import TrainConfig
from core.errors import ConfigError
from core.search.possible import draw_possible, grid_of, none_possible
from core.search.space import Varied, read_space, why_same

MOST_TRIALS = 10_000
MOST_MINUTES = 10_080.0
"""A week."""


class Sampler(StrEnum):
    """How the settings of the next trial are chosen."""

    TPE = "tpe"
    RANDOM = "random"
    GRID = "grid"


@dataclass(frozen=True)
class Budget:
    """When a search ends: after this many seconds, or this many trials. Just one of the two."""

    seconds: float | None = None
    trials: int | None = None

    @classmethod
    def of(cls, *, minutes: float | None = None, trials: int | None = None) -> "Budget":
        """Check and keep one of the two.

        Raises
        ------
        ConfigError
            If neither or both are given, or one is out of its range.
        """
        if (minutes is None) == (trials is None):
            raise ConfigError("A search needs a budget: give either minutes or trials.")
        if minutes is not None and not 0 < minutes <= MOST_MINUTES:
            raise ConfigError(f"Minutes must be a number above 0 and at most {MOST_MINUTES:,.0f}, not {minutes:g}.")
        if trials is not None and not 1 <= trials <= MOST_TRIALS:
            raise ConfigError(f"Trials must be a whole number from 1 to {MOST_TRIALS:,}, not {trials}.")
        return cls(None if minutes is None else 60 * minutes, trials)


@dataclass(frozen=True)
class Plan:
    """A search before it begins.

    Parameters
    ----------
    config
        What all trials share.
    space
        What they differ in.
    prunes
        Whether trials that are worse than most were at the same epoch end early.
    """

    config: TrainConfig
    space: tuple[Varied, ...]
    budget: Budget
    sampler: Sampler = Sampler.TPE
    prunes: bool = True

    @property
    def can_prune(self) -> bool:
        """Whether trials are stopped early: epochs are comparable only where all trials have equally many."""
        return self.prunes and all(varied.name != "epochs" for varied in self.space)

    @property
    def most_trials(self) -> int | None:
        """How many trials there can be; None where only time ends them."""
        return min(filter(None, (self.grid, self.budget.trials)), default=None)

    @property
    def grid(self) -> int | None:
        """How many combinations a grid tries, each once; None for other samplers."""
        return len(grid_of(self.config, self.space).points) if self.sampler is Sampler.GRID else None

    def to_json(self) -> str:
        """One line."""
        plain = {
            "config": self.config.model_dump(),
            "vary": [varied.text() for varied in self.space],
            "seconds": self.budget.seconds,
            "trials": self.budget.trials,
            "sampler": self.sampler.value,
            "prunes": self.prunes,
        }
        return json.dumps(plain)

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """Inverse of :meth:`to_json`; raises ConfigError, KeyError, TypeError or ValueError for anything else."""
        plain: dict[str, Any] = json.loads(text)
        config = TrainConfig.from_mapping(plain["config"])
        budget = Budget(plain["seconds"], plain["trials"])
        return cls(config, read_space(plain["vary"], config), budget, Sampler(plain["sampler"]), plain["prunes"])


def make_plan(
    config: TrainConfig, vary: Sequence[str], budget: Budget, sampler: str = "tpe", *, prunes: bool = True
) -> Plan:
    """A plan from what somebody has typed.

    Raises
    ------
    ConfigError
        If there is no such sampler, the grid is too large, no combination can be trained, the run to start from fixes a
        setting, or as :func:`core.search.space.read_space` says.
    """
    if sampler not in set(Sampler):
        raise ConfigError(f"There is no sampler “{sampler[:40]}”; there are {', '.join(Sampler)}.")
    plan = Plan(config, read_space(vary, config), budget, Sampler(sampler), prunes)
    if why := next(filter(None, (why_same(varied.name, config) for varied in plan.space)), ""):
        raise ConfigError(why)
    if plan.sampler is not Sampler.GRID:
        draw_possible(config, plan.space, np.random.default_rng(config.seed))
    elif not plan.grid:
        raise ConfigError(none_possible(grid_of(config, plan.space).why))
    return plan
