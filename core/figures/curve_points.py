"""What learning curves are drawn from: losses and accuracies of one run, by position in epochs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.runs.records import EarlySnapshot, EpochMetrics

MAX_BATCH_POINTS = 400
"""More cannot be told apart on a screen and only slow the page down."""


@dataclass(frozen=True, eq=False)
class CurvePoints:
    """What the curves show; positions are in epochs since the start, in fractions.

    Parameters
    ----------
    batch_positions, batch_losses
        float64, shape ``(≤400,)``: training loss while it was learning, nats per image, NaN where not finite.
    positions
        float64, shape ``(E,)``: where each epoch ended.
    train_losses, val_losses
        float64, shape ``(E,)``: nats per image, NaN where not finite.
    train_accuracies, val_accuracies
        float64, shape ``(E,)``: 0–1. Training is NaN, for losses as well, where an epoch was cut off: the mean over a
        few batches is not that of an epoch. If there is no other epoch it counts.
    early_positions, early_losses, early_accuracies
        float64, shape ``(S,)``: validation before the first epoch has ended, on ``early_images`` images.
    """

    batch_positions: NDArray[np.float64]
    batch_losses: NDArray[np.float64]
    positions: NDArray[np.float64]
    train_losses: NDArray[np.float64]
    val_losses: NDArray[np.float64]
    train_accuracies: NDArray[np.float64]
    val_accuracies: NDArray[np.float64]
    early_positions: NDArray[np.float64]
    early_losses: NDArray[np.float64]
    early_accuracies: NDArray[np.float64]
    early_images: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw yet."""
        return not (len(self.positions) or len(self.batch_positions) or len(self.early_positions))


def curve_points(
    epochs: Sequence[EpochMetrics],
    running: Sequence[tuple[float, float]] = (),
    early: Sequence[EarlySnapshot] = (),
) -> CurvePoints:
    """Gather the curves of a run.

    Parameters
    ----------
    epochs
        The epochs that have ended, in order.
    running
        ``(position, train_loss)`` of the epoch that is still going; position in epochs since the start. Points that
        an ended epoch covers already are left out.
    early
        Looks at the network before its first epoch ended.
    """
    ended = epochs[-1].position if epochs else 0.0
    counts = np.array([epoch.complete or len(epochs) == 1 for epoch in epochs], dtype=bool)
    tail = np.array([point for point in running if point[0] > ended], dtype=np.float64).reshape(-1, 2)
    batch_positions = np.concatenate([*map(_stretch_positions, epochs), tail[:, 0]])
    batch_losses = np.concatenate([*(_finite(epoch.batch_losses) for epoch in epochs), _finite(tail[:, 1])])
    return CurvePoints(
        _thinned(batch_positions),
        _thinned(batch_losses),
        np.array([epoch.position for epoch in epochs], dtype=np.float64),
        np.where(counts, _finite([epoch.train_loss for epoch in epochs]), np.nan),
        _finite([epoch.val_loss for epoch in epochs]),
        np.where(counts, np.array([epoch.train_accuracy for epoch in epochs], dtype=np.float64), np.nan),
        np.array([epoch.val_accuracy for epoch in epochs], dtype=np.float64),
        np.array([look.position for look in early], dtype=np.float64),
        _finite([look.val_loss for look in early]),
        np.array([look.val_accuracy for look in early], dtype=np.float64),
        early[0].val_images if early else 0,
    )


def smoothed(values: NDArray[np.float64], strength: float) -> NDArray[np.float64]:
    """Exponential smoothing, corrected for its start; NaN stays NaN and counts for nothing.

    Parameters
    ----------
    strength
        Weight of what came before, from 0 (as they are) to below 1.

    References
    ----------
    Kingma and Ba 2015, section 3, https://arxiv.org/abs/1412.6980.
    """
    if not strength:
        return values
    result, mean, weight = np.full(len(values), np.nan), 0.0, 0.0
    for position in np.flatnonzero(np.isfinite(values)):
        mean = strength * mean + (1 - strength) * float(values[position])
        weight = strength * weight + 1 - strength
        result[position] = mean / weight
    return result


def loss_ceiling(points: CurvePoints) -> float:
    """A round number above every loss, 1, 2, 3, 5 or a power of ten times one of them: where a fixed axis may end."""
    losses = np.concatenate([points.batch_losses, points.train_losses, points.val_losses, points.early_losses])
    finite = losses[np.isfinite(losses)]
    highest = max(float(finite.max()) if finite.size else 1.0, 1e-6)
    power = 10.0 ** math.floor(math.log10(highest))
    return power * next(step for step in (1, 2, 3, 5, 10, 20) if step * power >= highest * 1.02)


def _stretch_positions(epoch: EpochMetrics) -> NDArray[np.float64]:
    """Middle of each stretch of batches, in epochs since the start."""
    count = len(epoch.batch_losses)
    done = epoch.position - (epoch.epoch - 1)
    return epoch.epoch - 1 + (np.arange(count, dtype=np.float64) + 0.5) * (done / max(count, 1))


def _finite(values: Sequence[float] | NDArray[np.floating]) -> NDArray[np.float64]:
    """NaN in the place of infinities, which plotly cannot draw."""
    numbers = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _thinned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of equally long stretches, at most MAX_BATCH_POINTS of them; a NaN makes its stretch NaN."""
    stride = -(-len(values) // MAX_BATCH_POINTS)
    if stride <= 1:
        return values
    starts = np.arange(0, len(values), stride)
    means: NDArray[np.float64] = np.add.reduceat(values, starts) / np.diff(np.append(starts, len(values)))
    return means
