"""Which combinations of what a search varies go together: the others cannot be trained, and cost a search nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from core.config import TrainConfig
from core.errors import ConfigError
from core.search.space import Varied, grid_points

MOST_DRAWS = 1_000
"""Draws among which one that can be trained is expected: where there is none, the space has practically none."""


@dataclass(frozen=True)
class Grid:
    """The combinations of a grid.

    Parameters
    ----------
    points
        Those that can be trained, in the order of :func:`core.search.space.grid_points`.
    skipped
        How many others there are.
    why
        Why the first of those cannot be trained, a sentence; empty if there is none.
    """

    points: tuple[Mapping[str, Any], ...]
    skipped: int = 0
    why: str = ""


# A page asks again at every rerun, and a large grid takes a tenth of a second.
@lru_cache(maxsize=8)
def grid_of(config: TrainConfig, space: tuple[Varied, ...]) -> Grid:
    """The grid over a space; raises ConfigError if it is too large."""
    points = grid_points(space)
    reasons = [why_not(config, point) for point in points]
    possible = tuple(point for point, why in zip(points, reasons, strict=True) if not why)
    return Grid(possible, len(points) - len(possible), next(filter(None, reasons), ""))


def draw_possible(config: TrainConfig, space: Sequence[Varied], generator: np.random.Generator) -> dict[str, Any]:
    """Values for what is varied, drawn evenly from the combinations that can be trained.

    Raises
    ------
    ConfigError
        If none of ``MOST_DRAWS`` draws can.
    """
    why = ""
    for _ in range(MOST_DRAWS):
        params = {varied.name: varied.draw(generator) for varied in space}
        why = why_not(config, params)
        if not why:
            return params
    raise ConfigError(none_possible(why))


def why_not(config: TrainConfig, params: Mapping[str, Any]) -> str:
    """Why values, each of which its setting takes, do not go together, as a sentence; empty if they do."""
    return config.model_copy(update=dict(params)).why_not_together()


def none_possible(why: str) -> str:
    """What is said of a space without a combination that can be trained."""
    return f"No combination of the values to try can be trained, for a reason such as this: {why}"


def skipped_words(count: int, why: str) -> str:
    """What is said of combinations that a search leaves out; empty if there are none."""
    if not count:
        return ""
    said = (
        "1 combination cannot be trained and is" if count == 1 else f"{count:,} combinations cannot be trained and are"
    )
    return f"{said} skipped. {why}"
