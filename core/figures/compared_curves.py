"""Curves of several runs over one another, by epoch or by time; seeds of one setting as a mean with its interval."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Final, Literal, Self, get_args

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.analysis.seeds import mean_interval, seed_groups
from core.cells import cell
from core.figures.curve_points import smoothed
from core.figures.theme import PALETTE, empty_figure, legend_below, new_figure, number_axis, percent_axis, rgb
from core.runs.records import EpochMetrics, Run

Measure = Literal["val_accuracy", "val_loss", "train_accuracy", "train_loss"]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
CurveAxis = Literal["epochs", "seconds"]
CurveScale = Literal["linear", "logarithmic"]
DASHES: Final = ("solid", "dash", "dot")
"""Beyond the colours of the palette lines are told apart by these."""
HEIGHT = 400
_BEYOND = 3
_TITLES: Final[dict[Measure, str]] = {
    "val_accuracy": "Validation accuracy",
    "val_loss": "Validation loss",
    "train_accuracy": "Training accuracy",
    "train_loss": "Training loss",
}


@dataclass(frozen=True, eq=False)
class ComparedCurve:
    """One line: of a run, or of the mean of several seeds.

    Parameters
    ----------
    style
        Number of its colour and dash.
    x, y
        float64, shape ``(E,)``: epochs done or seconds of training, and the measure; NaN where not finite.
    low, high
        float64, shape ``(E,)``: bounds of the mean; empty for one run.
    """

    label: str
    style: int
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def smoothed(self, smoothing: float) -> Self:
        """The same line and its bounds, as by :func:`core.figures.curve_points.smoothed`."""
        y, low, high = (smoothed(values, smoothing) for values in (self.y, self.low, self.high))
        return replace(self, y=y, low=low, high=high)


def compared_curves(
    runs: Sequence[Run],
    labels: Sequence[str],
    *,
    measure: Measure = "val_accuracy",
    axis: CurveAxis = "epochs",
    fold: bool = False,
) -> tuple[ComparedCurve, ...]:
    """Gather the curves of runs with their epochs; those without epochs are left out.

    Parameters
    ----------
    fold
        Whether runs that differ in their seed alone become one line, as far as all of them have epochs.
    """
    groups = seed_groups([run.config for run in runs]) if fold else tuple((place,) for place in range(len(runs)))
    curves = []
    for group in groups:
        members = [runs[place] for place in group if runs[place].epochs]
        if members:
            label = labels[group[0]] if len(members) == 1 else f"{labels[group[0]]}, mean of {len(members)} seeds"
            curves.append(_curve(members, label, group[0], measure, axis))
    return tuple(curves)


def compared_figure(
    curves: Sequence[ComparedCurve], measure: Measure, axis: CurveAxis = "epochs", scale: CurveScale = "linear"
) -> go.Figure:
    """Draw the curves; of a logarithmic accuracy, the errors that are left."""
    title = _TITLES[measure]
    if not curves:
        return empty_figure(title, "None of these runs has a finished epoch.", height=HEIGHT)
    is_share = measure.endswith("accuracy")
    turned = is_share and scale == "logarithmic"
    drawn = [_turned(curve) for curve in curves] if turned else curves
    ends = _ends(drawn) if scale == "logarithmic" else (-np.inf, np.inf)
    traces = [trace for curve in drawn for trace in _traces(curve, ends, is_share=is_share)]
    words = f"{title.replace('accuracy', 'error rate')}, logarithmic" if turned else title
    make = percent_axis if is_share else number_axis
    options: dict[str, Any] = {"type": "log"} if scale == "logarithmic" else {}
    if is_share:
        options |= {"tickformat": ".2~%"}
    if is_share and not turned:
        # Around a single point plotly would leave room up to twice as much.
        options |= {"autorangeoptions": {"clipmin": 0, "clipmax": 1}}
    across = "Epoch" if axis == "epochs" else "Seconds of training"
    return new_figure(
        words,
        traces,
        height=HEIGHT,
        hovermode="closest",
        showlegend=True,
        legend=legend_below(),
        xaxis=number_axis(across, rangemode="tozero"),
        yaxis=make("", **options),
    )


def curves_csv(curves: Sequence[ComparedCurve], measure: Measure, axis: CurveAxis) -> str:
    """The points of the curves as a table: a row for each, the bounds empty for one run."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("run", axis, measure, "low", "high"))
    for curve in curves:
        bounds = zip(curve.low, curve.high, strict=True) if len(curve.low) else [("", "")] * len(curve.x)
        for x, y, (low, high) in zip(curve.x, curve.y, bounds, strict=True):
            writer.writerow((cell(_plain(curve.label)), f"{x:.6g}", _number(y), _number(low), _number(high)))
    return text.getvalue()


def _curve(members: Sequence[Run], label: str, style: int, measure: Measure, axis: CurveAxis) -> ComparedCurve:
    # Seeds are averaged over the epochs that all of them have.
    columns = list(zip(*(run.epochs for run in members), strict=False))
    values = np.array([[_value(epoch, measure) for epoch in column] for column in columns], dtype=np.float64)
    seconds = np.cumsum([[epoch.seconds for epoch in column] for column in columns], axis=0).mean(axis=1)
    positions = np.array([np.mean([epoch.position for epoch in column]) for column in columns], dtype=np.float64)
    means = [mean_interval(row) for row in values.tolist()]
    bounds = means if len(members) > 1 else []
    return ComparedCurve(
        label,
        style,
        positions if axis == "epochs" else seconds,
        np.array([mean.mean for mean in means]),
        np.array([mean.low for mean in bounds]),
        np.array([mean.high for mean in bounds]),
    )


def _value(epoch: EpochMetrics, measure: Measure) -> float:
    value = float(getattr(epoch, measure))
    return value if np.isfinite(value) else np.nan


def _traces(curve: ComparedCurve, ends: tuple[float, float], *, is_share: bool) -> list[go.Scatter]:
    colour = line_colour(curve.style)
    low, high = (np.clip(bound, *ends) for bound in (curve.low, curve.high))
    form = ".2%" if is_share else ".4g"
    line = go.Scatter(
        x=curve.x.astype(np.float32),
        y=curve.y.astype(np.float32),
        mode="lines+markers",
        name=escape(curve.label, quote=False),
        line={"color": colour, "width": 2.5, "dash": line_dash(curve.style)},
        marker={"size": 6},
        hovertemplate="%{fullData.name}<br>%{x:.4g}: %{y:" + form + "}<extra></extra>",
    )
    if not len(low):
        return [line]
    red, green, blue = rgb(colour)
    band = go.Scatter(
        x=np.concatenate([curve.x, curve.x[::-1]]).astype(np.float32),
        y=np.concatenate([high, low[::-1]]).astype(np.float32),
        fill="toself",
        fillcolor=f"rgba({red}, {green}, {blue}, 0.18)",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    return [band, line]


def line_colour(style: int) -> str:
    """The colour of a run, the same in every chart of a comparison."""
    return PALETTE[style % len(PALETTE)]


def line_dash(style: int) -> str:
    """Its dash, which tells runs of one colour apart."""
    return DASHES[style // len(PALETTE) % len(DASHES)]


def _turned(curve: ComparedCurve) -> ComparedCurve:
    """Accuracies as error rates; one without any error lies at one in a million."""
    y, low, high = (np.maximum(1 - values, 1e-6) for values in (curve.y, curve.high, curve.low))
    return replace(curve, y=y, low=low, high=high)


def _ends(curves: Sequence[ComparedCurve]) -> tuple[float, float]:
    """How far bands reach on a logarithmic axis: the interval of two seeds may go down to losses below 0."""
    points = np.concatenate([curve.y for curve in curves])
    points = points[points > 0]
    return (points.min() / _BEYOND, points.max() * _BEYOND) if len(points) else (-np.inf, np.inf)


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else "" if np.isnan(value) else f"{value:.6g}"


def _plain(label: str) -> str:
    """A label that no spreadsheet takes for a formula."""
    return f"'{label}" if label[:1] in "=+-@" else label
