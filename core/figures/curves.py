"""Learning curves: loss and accuracy over the epochs of one run, finished or still going."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import (
    TRAIN_COLOUR,
    VALIDATION_COLOUR,
    empty_figure,
    legend_below,
    new_figure,
    number_axis,
    percent_axis,
)
from core.runs.records import EpochMetrics

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
    """

    batch_positions: NDArray[np.float64]
    batch_losses: NDArray[np.float64]
    positions: NDArray[np.float64]
    train_losses: NDArray[np.float64]
    val_losses: NDArray[np.float64]
    train_accuracies: NDArray[np.float64]
    val_accuracies: NDArray[np.float64]


def curve_points(epochs: Sequence[EpochMetrics], running: Sequence[tuple[float, float]] = ()) -> CurvePoints:
    """Gather the curves of a run.

    Parameters
    ----------
    epochs
        The epochs that have ended, in order.
    running
        ``(position, train_loss)`` of the epoch that is still going; position in epochs since the start. Points that
        an ended epoch covers already are left out.
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
    )


def loss_curves(
    points: CurvePoints,
    *,
    title: str = "Loss",
    epochs: int | None = None,
    logarithmic: bool = False,
    unit: str = "nats per image",
) -> go.Figure:
    """Training loss per batch (thin) and per epoch, validation loss per epoch (thick).

    Parameters
    ----------
    points
        From :func:`curve_points`.
    title
        Shown above the chart.
    epochs
        Epochs that the run is meant to take, so that a run that is going has an axis that stands still.
    logarithmic
        Show small losses as large as big ones.
    unit
        What the loss is counted in; squared errors have none.
    """
    if not len(points.positions) and not len(points.batch_positions):
        return empty_figure(title, "The first point appears after a moment of training.")
    name = f"Loss ({unit})" if unit else "Loss"
    axis = number_axis(name, type="log") if logarithmic else number_axis(name)
    if not logarithmic:
        axis["rangemode"] = "tozero"
    lines = [
        _batch_line(points),
        _epoch_line("Training", points.positions, points.train_losses, TRAIN_COLOUR, "circle", ".4f"),
        _epoch_line("Validation", points.positions, points.val_losses, VALIDATION_COLOUR, "square", ".4f"),
    ]
    return _curves_figure(title, lines, points, epochs, axis)


def accuracy_curves(points: CurvePoints, *, title: str = "Accuracy", epochs: int | None = None) -> go.Figure:
    """Training and validation accuracy per epoch; ``epochs`` as in :func:`loss_curves`."""
    if not len(points.positions):
        return empty_figure(title, "The first point appears at the end of the first epoch.")
    lines = [
        _epoch_line("Training", points.positions, points.train_accuracies, TRAIN_COLOUR, "circle", ".2%"),
        _epoch_line("Validation", points.positions, points.val_accuracies, VALIDATION_COLOUR, "square", ".2%"),
    ]
    return _curves_figure(title, lines, points, epochs, percent_axis("Accuracy", tickformat=".1~%"))


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


def _curves_figure(
    title: str, lines: list[go.Scatter], points: CurvePoints, epochs: int | None, yaxis: dict[str, Any]
) -> go.Figure:
    last = max([1.0, *points.positions[-1:], *points.batch_positions[-1:]])
    end = max(last, epochs or 0)
    step = max(1, round(end / 8))
    xaxis = number_axis("Epoch", range=[0, end * 1.02], dtick=step, tick0=0)
    axes: dict[str, Any] = {"xaxis": xaxis, "yaxis": yaxis}
    return new_figure(title, lines, **axes, hovermode="x unified", showlegend=True, legend=legend_below())


def _batch_line(points: CurvePoints) -> go.Scatter:
    return go.Scatter(
        x=points.batch_positions.astype(np.float32),
        y=points.batch_losses.astype(np.float32),
        mode="lines",
        name="Training, per batch",
        line={"color": TRAIN_COLOUR, "width": 1},
        opacity=0.55,
        hoverinfo="skip",
    )


def _epoch_line(
    name: str, x: NDArray[np.float64], y: NDArray[np.float64], colour: str, symbol: str, form: str
) -> go.Scatter:
    return go.Scatter(
        x=x.astype(np.float32),
        y=y.astype(np.float32),
        mode="lines+markers",
        name=name,
        line={"color": colour, "width": 3},
        marker={"symbol": symbol, "size": 7},
        hovertemplate="%{y:" + form + "}",
    )
