"""Learning curves: loss and accuracy over the epochs of one run, finished or still going."""

import math
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.curve_points import CurvePoints, loss_ceiling, smoothed
from core.figures.theme import (
    GREY,
    TRAIN_COLOUR,
    VALIDATION_COLOUR,
    empty_figure,
    legend_below,
    new_figure,
    number_axis,
    percent_axis,
)

Scale = Literal["accuracy", "error_rate"]
"""How accuracies are drawn: from 0 to 100%, or as error rates on a logarithmic axis."""
EpochAxis = Literal["linear", "logarithmic"]
"""How epochs are drawn: evenly, or so that the beginning, where most is learned, has as much room as the rest."""
BEGINNING = 0.0005
"""Where a logarithmic axis of epochs begins: what was before the first batch is drawn there."""
_EPOCH_TICKS = {BEGINNING: "0", 0.001: "0.001", 0.01: "0.01", 0.1: "0.1", 1: "1", 10: "10", 100: "100"}
LEAST_ERROR = 0.001
"""Where the axis of error rates ends: lower ones are drawn there."""
_ERROR_TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def loss_curves(  # noqa: PLR0913 - all but one have defaults and are keywords
    points: CurvePoints,
    *,
    title: str = "Loss",
    epochs: int | None = None,
    logarithmic: bool = False,
    unit: str = "nats per image",
    smoothing: float = 0.0,
    ceiling: float | None = None,
    conditions: str = "",
    epoch_axis: EpochAxis = "linear",
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
    smoothing
        Of the line of the batches, see :func:`smoothed`.
    ceiling
        Where the axis ends at least: for a run that is going, where it ended last.
    conditions
        Under which training was measured: ``dropout on``.
    epoch_axis
        How epochs are drawn.
    """
    if points.is_empty:
        return empty_figure(title, "The first point appears after a moment of training.")
    name = f"Loss ({unit})" if unit else "Loss"
    limits = {"type": "log"} if logarithmic else {"range": [0, max(ceiling or 0.0, loss_ceiling(points))]}
    axis = number_axis(name, **limits)
    lines = [
        _batch_line(points, smoothing),
        *_early_line(points, points.early_losses, ".4f"),
        _epoch_line(_training(conditions), points.positions, points.train_losses, TRAIN_COLOUR, "circle", ".4f"),
        _epoch_line("Validation", points.positions, points.val_losses, VALIDATION_COLOUR, "square", ".4f"),
    ]
    return _curves_figure(title, lines, _epoch_axis(points, epochs, epoch_axis), axis)


def accuracy_curves(
    points: CurvePoints,
    *,
    title: str | None = None,
    epochs: int | None = None,
    scale: Scale = "accuracy",
    conditions: str = "",
    epoch_axis: EpochAxis = "linear",
) -> go.Figure:
    """Training and validation accuracy per epoch on an axis that stands still; the rest as for :func:`loss_curves`."""
    words = {"accuracy": "Accuracy", "error_rate": "Error rate"}[scale]
    if not len(points.positions) and not len(points.early_positions):
        return empty_figure(words if title is None else title, "The first point appears at the end of the first epoch.")
    name, drawn = _training(conditions), {"accuracy": _as_accuracy, "error_rate": _as_error_rate}[scale]
    lines = [
        *_early_line(points, drawn(points.early_accuracies), ".2%"),
        _epoch_line(name, points.positions, drawn(points.train_accuracies), TRAIN_COLOUR, "circle", ".2%"),
        _epoch_line("Validation", points.positions, drawn(points.val_accuracies), VALIDATION_COLOUR, "square", ".2%"),
    ]
    xaxis = _epoch_axis(points, epochs, epoch_axis)
    return _curves_figure(words if title is None else title, lines, xaxis, _share_axis(words, scale))


def _training(conditions: str) -> str:
    return f"Training, {conditions}" if conditions else "Training"


def _as_accuracy(accuracies: NDArray[np.float64]) -> NDArray[np.float64]:
    return accuracies


def _as_error_rate(accuracies: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is wrong, no less than the axis shows."""
    return np.maximum(1 - accuracies, LEAST_ERROR)


def _share_axis(words: str, scale: Scale) -> dict[str, Any]:
    if scale == "accuracy":
        return percent_axis(words, range=[0, 1.02], tickvals=[0, 0.2, 0.4, 0.6, 0.8, 1])
    texts = [f"{100 * tick:g}%" for tick in _ERROR_TICKS]
    limits = [math.log10(LEAST_ERROR) - 0.05, 0.05]
    return percent_axis(words, type="log", range=limits, tickvals=list(_ERROR_TICKS), ticktext=texts)


def _epoch_axis(points: CurvePoints, epochs: int | None, kind: EpochAxis) -> dict[str, Any]:
    last = max([1.0, *points.positions[-1:], *points.batch_positions[-1:]])
    end = max(last, epochs or 0)
    if kind == "logarithmic":
        limits = [math.log10(BEGINNING) - 0.05, math.log10(end) + 0.05]
        ticks = {"tickvals": list(_EPOCH_TICKS), "ticktext": list(_EPOCH_TICKS.values())}
        return number_axis("Epoch, logarithmic", type="log", range=limits, **ticks)
    return number_axis("Epoch", range=[0, end * 1.02], dtick=max(1, round(end / 8)), tick0=0)


def _curves_figure(title: str, lines: list[go.Scatter], xaxis: dict[str, Any], yaxis: dict[str, Any]) -> go.Figure:
    if xaxis.get("type") == "log":
        for line in lines:
            line.x = np.maximum(line.x, np.float32(BEGINNING))
    axes: dict[str, Any] = {"xaxis": xaxis, "yaxis": yaxis}
    return new_figure(title, lines, **axes, hovermode="x unified", showlegend=True, legend=legend_below())


def _batch_line(points: CurvePoints, smoothing: float) -> go.Scatter:
    return go.Scatter(
        x=points.batch_positions.astype(np.float32),
        y=smoothed(points.batch_losses, smoothing).astype(np.float32),
        mode="lines",
        name="Training, per batch",
        line={"color": TRAIN_COLOUR, "width": 1},
        opacity=0.55,
        hoverinfo="skip",
    )


def _early_line(points: CurvePoints, values: NDArray[np.float64], form: str) -> list[go.Scatter]:
    """Validation before the first epoch ended, hollow and dotted: it is measured on fewer images."""
    if not len(values):
        return []
    line = go.Scatter(
        x=points.early_positions.astype(np.float32),
        y=_sent(values),
        mode="lines+markers",
        name=f"Validation, {points.early_images:,} images",
        line={"color": VALIDATION_COLOUR, "width": 1.5, "dash": "dot"},
        marker={"symbol": "square-open", "size": 6},
        hovertemplate="%{y:" + form + "}",
        showlegend=False,
    )
    return [line]


def _epoch_line(
    name: str, x: NDArray[np.float64], y: NDArray[np.float64], colour: str, symbol: str, form: str
) -> go.Scatter:
    return go.Scatter(
        x=x.astype(np.float32),
        y=_sent(y),
        mode="lines+markers",
        name=name,
        line={"color": colour, "width": 3},
        marker={"symbol": symbol, "size": 7},
        hovertemplate="%{y:" + form + "}",
    )


def _sent(values: NDArray[np.float64]) -> NDArray[np.floating]:
    """In single precision, which is half as much to send, unless a loss is too large for it."""
    largest = np.nanmax(np.abs(values), initial=0.0)
    return values.astype(np.float32 if largest <= np.finfo(np.float32).max else np.float64)


def place_frame(position: float) -> dict[str, Any]:
    """What of the curves is different where a place of the run is looked at: a line at it."""
    x = max(position, BEGINNING)
    across = {"type": "line", "xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1}
    return {"layout": {"shapes": [across | {"line": {"color": GREY, "width": 2, "dash": "dash"}}]}}
