"""The moments of a training run whose weights were kept: its first batch, then its epochs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from core.errors import RunError
from core.models.numpy_model import NumpyModel
from core.runs.files import RunFiles
from core.runs.model_tensors import read_model

MOST_MOMENTS = 40
"""Of more, evenly spaced ones are read, the first and the last among them."""
_Any = TypeVar("_Any")


@dataclass(frozen=True, eq=False)
class Moment:
    """A network at one moment of its run.

    Parameters
    ----------
    epoch
        After which it was so; 0 before the first batch.
    """

    epoch: int
    model: NumpyModel


def kept_moments(files: RunFiles, run_id: str, most: int = MOST_MOMENTS) -> tuple[Moment, ...]:
    """Networks whose weights a run has kept, in order, half precision; the early snapshots between are left out.

    Raises
    ------
    RunError
        If a file is damaged, or holds another network than the last.
    """
    moments = tuple(Moment(epoch, read_model(path)) for epoch, path in evenly(kept_places(files, run_id), most))
    if len({tuple((name, array.shape) for name, array in sorted(one.model.weights.items())) for one in moments}) > 1:
        raise RunError(f"The kept epochs of run “{run_id}” are not of one network.")
    return moments


def kept_places(files: RunFiles, run_id: str) -> list[tuple[int, Path]]:
    """Moments whose weights a run has kept, and their files, in order; 0 is before the first batch."""
    start = [(0, path) for step, path in files.early_paths(run_id) if step == 0]
    return [*start, *files.epoch_paths(run_id)]


def evenly(items: Sequence[_Any], most: int) -> list[_Any]:
    """At most this many of them, evenly spaced, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[round(index * (len(items) - 1) / (most - 1))] for index in range(most)]
