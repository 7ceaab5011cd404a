"""Charts of experiments: one line, bar or row of dots for each of the ways to train that are compared."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.analysis.by_seed import Comparison
from core.figures.curve_points import CurvePoints
from core.figures.curves import loss_curves
from core.figures.theme import (
    BLUE,
    GREY,
    ORANGE,
    PALETTE,
    empty_figure,
    legend_below,
    new_figure,
    number_axis,
    percent_axis,
)
from core.runs.records import Run

_HEIGHT = 320
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")
_BINS = np.arange(0, 6.25, 0.25)


@dataclass(frozen=True, eq=False)
class VariantCurve:
    """Validation accuracy of one training run.

    Parameters
    ----------
    positions, accuracies
        float64, shape ``(E,)``: epochs done, and the accuracy after them, 0–1.
    """

    label: str
    positions: NDArray[np.float64]
    accuracies: NDArray[np.float64]


def variant_curves(labels: Sequence[str], runs: Sequence[Run]) -> tuple[VariantCurve, ...]:
    """Gather the curves of runs with their epochs."""
    return tuple(
        VariantCurve(
            label,
            np.array([epoch.position for epoch in run.epochs], dtype=np.float64),
            np.array([epoch.val_accuracy for epoch in run.epochs], dtype=np.float64),
        )
        for label, run in zip(labels, runs, strict=True)
    )


def accuracy_lines(curves: Sequence[VariantCurve]) -> go.Figure:
    """Validation accuracy over the epochs, a colour and a symbol for each training run."""
    title = "Validation accuracy"
    if not any(len(curve.positions) for curve in curves):
        return empty_figure(title, "The first point appears at the end of the first epoch.", height=_HEIGHT)
    lines = [
        go.Scatter(
            x=curve.positions,
            y=curve.accuracies,
            mode="lines+markers",
            name=curve.label,
            line={"color": PALETTE[index % len(PALETTE)], "width": 2.5},
            marker={"symbol": _SYMBOLS[index % len(_SYMBOLS)], "size": 8},
            hovertemplate="%{y:.2%}",
        )
        for index, curve in enumerate(curves)
    ]
    last = max(float(curve.positions[-1]) for curve in curves if len(curve.positions))
    return new_figure(
        title,
        lines,
        height=_HEIGHT,
        hovermode="x unified",
        showlegend=True,
        legend=legend_below(),
        xaxis=number_axis("Epoch", dtick=max(1, round(last / 6)), tick0=0, fixedrange=True),
        yaxis=percent_axis("", fixedrange=True),
    )


def loss_panels(
    labels: Sequence[str], points: Sequence[CurvePoints], epochs: Sequence[int], conditions: Sequence[str]
) -> tuple[go.Figure, ...]:
    """Training and validation loss by epoch, a chart for each run, on logarithmic axes of one range.

    Parameters
    ----------
    epochs, conditions
        How many each run is meant to take, and under which its training was measured: ``dropout on``.
    """
    limits = _log_limits(points)
    panels = []
    for label, own, planned, measured in zip(labels, points, epochs, conditions, strict=True):
        # Loss by batch reaches far above the rest, and says nothing on how the two lines part.
        by_epoch = replace(own, batch_positions=own.batch_positions[:0], batch_losses=own.batch_losses[:0])
        figure = loss_curves(by_epoch, title=label, epochs=planned, logarithmic=True, conditions=measured)
        figure.update_traces(showlegend=False, selector={"name": "Training, per batch"})
        panels.append(figure.update_yaxes(range=limits) if limits and figure.data else figure)
    return tuple(panels)


def _log_limits(points: Sequence[CurvePoints]) -> list[float]:
    """Powers of ten between which all losses by epoch lie, with some room; empty where there are none."""
    losses = np.concatenate([part for own in points for part in (own.train_losses, own.val_losses)] or [np.empty(0)])
    shown = losses[np.isfinite(losses) & (losses > 0)]
    return [float(np.log10(shown.min() / 1.3)), float(np.log10(1.3 * shown.max()))] if len(shown) else []


def accuracy_dots(labels: Sequence[str], accuracies: Sequence[NDArray[np.float64]]) -> go.Figure:
    """A dot for each seed of each variant, 0–1, and a line at their mean."""
    title = "Validation accuracy, a dot for each seed"
    if not labels:
        return empty_figure(title, "Nothing has been trained yet.", height=_HEIGHT)
    rows = _rows(labels)
    traces = [
        _dots(row, values, "%{x:.2%}<extra>" + label + "</extra>")
        for row, label, values in zip(rows, labels, accuracies, strict=True)
    ]
    means = [float(values.mean()) for values in accuracies]
    traces.append(_marks(rows, means, ORANGE, "mean %{x:.2%}<extra></extra>"))
    return _dot_figure(title, traces, rows, percent_axis("", fixedrange=True))


def difference_dots(unit: str, names: Sequence[str], comparisons: Sequence[Comparison]) -> go.Figure:
    """For each comparison a dot for each seed, their mean with its interval, and what it is held against."""
    title = f"Seed by seed, in {unit}"
    if not names:
        return empty_figure(title, "Nothing has been compared yet.", height=_HEIGHT)
    rows = _rows(names)
    traces = [_marks(rows, [one.limit for one in comparisons], GREY, "compared with %{x}<extra></extra>")]
    for row, one in zip(rows, comparisons, strict=True):
        low, high = one.interval
        traces.append(_dots(row, one.values, "%{x:+.3g}<extra></extra>"))
        traces.append(
            go.Scatter(
                x=[one.mean],
                y=[row],
                mode="markers",
                marker={"color": ORANGE, "size": 10, "symbol": "diamond"},
                error_x={"type": "data", "symmetric": False, "array": [high - one.mean], "arrayminus": [one.mean - low]}
                | {"color": ORANGE, "thickness": 2.5, "width": 6},
                hovertemplate=f"mean %{{x:+.3g}}, {low:+.3g} to {high:+.3g}<extra></extra>",
            )
        )
    return _dot_figure(title, traces, rows, number_axis("", fixedrange=True, zeroline=True, zerolinecolor=GREY))


def _rows(names: Sequence[str]) -> list[str]:
    """Names of rows, broken into lines: long ones would leave a phone no room for the dots."""
    return ["<br>".join(textwrap.wrap(name, 20)) for name in names]


def _dots(row: str, values: NDArray[np.float64], hover: str) -> go.Scatter:
    shown = values[np.isfinite(values)]
    marker = {"color": BLUE, "size": 9, "opacity": 0.6}
    return go.Scatter(x=shown, y=[row] * len(shown), mode="markers", marker=marker, hovertemplate=hover)


def _marks(rows: Sequence[str], values: Sequence[float], colour: str, hover: str) -> go.Scatter:
    """An upright line in each row."""
    marker = {"symbol": "line-ns-open", "size": 26, "color": colour, "line": {"width": 3, "color": colour}}
    return go.Scatter(x=list(values), y=list(rows), mode="markers", marker=marker, hovertemplate=hover)


def _dot_figure(title: str, traces: Sequence[go.Scatter], rows: Sequence[str], axis: dict[str, object]) -> go.Figure:
    return new_figure(
        title,
        traces,
        height=90 + 56 * len(rows),
        xaxis=axis,
        yaxis={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": list(reversed(rows)),
            "automargin": True,
            "fixedrange": True,
        },
    )


def labelled_bars(title: str, labels: Sequence[str], values: Sequence[float], *, form: str = ",") -> go.Figure:
    """One bar a label with its number over it; ``form`` is how numbers are written, as in Python."""
    if not values:
        return empty_figure(title, "Nothing has been measured yet.", height=_HEIGHT)
    bars = go.Bar(
        # Long labels break into lines: turned ones would push the bars together on a phone.
        x=["<br>".join(label.split()) for label in labels],
        y=list(values),
        text=[format(value, form) for value in values],
        textposition="outside",
        cliponaxis=False,
        marker={"color": BLUE},
        hovertemplate="%{x}: %{text}<extra></extra>",
    )
    return new_figure(
        title,
        [bars],
        height=_HEIGHT,
        xaxis={"type": "category", "automargin": True, "fixedrange": True},
        yaxis={"visible": False, "range": [0, 1.15 * max(values)], "fixedrange": True},
        bargap=0.35,
    )


def offset_shares(offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of all digits in each quarter of a pixel from 0 to 6, float64 ``(24,)``; further away counts as last."""
    counts, _ = np.histogram(np.minimum(offsets, _BINS[-1] - 1e-9), _BINS)
    shares: NDArray[np.float64] = counts / max(len(offsets), 1)
    return shares


def offset_histogram(mass: NDArray[np.float64], box: NDArray[np.float64]) -> go.Figure:
    """How far from the middle digits lie: by their centre of mass and by their bounding box."""
    title = "Distance from the middle"
    if not len(mass):
        return empty_figure(title, "Nothing has been measured yet.", height=_HEIGHT)
    bars = [
        go.Bar(
            x=_BINS[:-1] + 0.125,
            y=offset_shares(offsets),
            name=name,
            marker={"color": colour},
            opacity=0.75,
            hovertemplate="%{y:.2%}",
        )
        for name, offsets, colour in (("Centre of mass", mass, BLUE), ("Bounding box", box, ORANGE))
    ]
    return new_figure(
        title,
        bars,
        height=_HEIGHT,
        barmode="overlay",
        bargap=0.05,
        showlegend=True,
        legend=legend_below(),
        xaxis=number_axis("Pixels", fixedrange=True),
        yaxis=percent_axis("Digits", fixedrange=True),
    )
