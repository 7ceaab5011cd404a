"""Quality of a run on the test images: per class, by confidence, and with the unsure ones refused."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.analysis.calibration import RefusalCurve, Reliability
from core.analysis.classification import ClassMetrics
from core.figures.names import tick_names
from core.figures.theme import (
    BLUE,
    FAINT,
    GREEN,
    GREY,
    HEIGHT,
    ORANGE,
    TEST_COLOUR,
    VERMILLION,
    empty_figure,
    new_figure,
    number_axis,
    percent_axis,
)

_MOST_BARS = 20
_SYMBOLS = MappingProxyType({"Precision": "triangle-up", "Recall": "triangle-down", "F1": "circle"})
_LEGEND = {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.22, "yanchor": "top", "font": {"size": 12}}


def class_bars(
    quality: ClassMetrics, class_names: Sequence[str], *, title: str = "Quality per class", height: int = HEIGHT
) -> go.Figure:
    """Precision, recall and F1 of each class.

    Bars of 97 % and 99 % look alike, so the axis begins just below the lowest value.
    """
    if not quality.support.sum():
        return empty_figure(title, "There are no predictions to measure.")
    measures = (
        ("Precision", quality.precision, BLUE),
        ("Recall", quality.recall, ORANGE),
        ("F1", quality.f1, GREEN),
    )
    lowest = min(float(values.min()) for _, values, _ in measures)
    low = np.floor(max(0.0, lowest - 0.01) * 50) / 50
    names = list(class_names)
    drawn = [_class_measure(names, values, name, colour) for name, values, colour in measures]
    return new_figure(
        title,
        drawn,
        height=height,
        xaxis=number_axis("Label", fixedrange=True, **tick_names(names)),
        yaxis=percent_axis(f"Share (axis begins at {low:.0%})", range=[low, 1.0], tickformat=".0~%", fixedrange=True),
        barmode="group",
        showlegend=True,
        legend=_LEGEND,
    )


def _class_measure(names: Sequence[str], values: NDArray[np.float64], measure: str, colour: str) -> go.Bar | go.Scatter:
    """Bars side by side; of many classes points above each other, which need less room."""
    common: dict[str, Any] = {
        "x": list(range(len(names))),
        "y": values.astype(np.float32),
        "name": measure,
        "hovertext": list(names),
        "hovertemplate": f"{measure} of %{{hovertext}}: %{{y:.2%}}<extra></extra>",
    }
    if len(names) <= _MOST_BARS:
        return go.Bar(**common, marker={"color": colour})
    marker = {"color": colour, "symbol": _SYMBOLS[measure], "size": 8}
    return go.Scatter(**common, mode="markers", marker=marker)


def calibration_diagram(bins: Reliability, *, title: str = "Calibration") -> go.Figure:
    """Accuracy against confidence in bins; on the dotted line the two agree. Large points hold many images."""
    filled = bins.count > 0
    if not filled.any():
        return empty_figure(title, "There are no predictions to measure.")
    count = bins.count[filled]
    perfect = go.Scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": GREY, "dash": "dot", "width": 2}, hoverinfo="skip"
    )
    points = go.Scatter(
        x=bins.confidence[filled],
        y=bins.accuracy[filled],
        customdata=count,
        mode="lines+markers",
        line={"color": TEST_COLOUR, "width": 2},
        marker={"size": 7 + 13 * np.sqrt(count / count.max()), "color": TEST_COLOUR, "opacity": 0.9},
        hovertemplate="Confidence %{x:.1%}, accuracy %{y:.1%}<br>%{customdata:,} images<extra></extra>",
    )
    first = float(bins.edges[:-1][filled][0])
    return new_figure(
        title,
        [perfect, points],
        xaxis=percent_axis("Confidence", range=[min(first, 0.9) - 0.02, 1.03], fixedrange=True),
        yaxis=percent_axis("Accuracy", range=[-0.04, 1.06], fixedrange=True),
    )


def refusal_diagram(
    curve: RefusalCurve, *, chosen: float | None = None, title: str = "Refusing the least confident"
) -> go.Figure:
    """Accuracy of the answered images against the share refused; ``chosen`` (0–1) marks one share."""
    if not len(curve.refused):
        return empty_figure(title, "There are no predictions to measure.")
    line = go.Scatter(
        x=curve.refused,
        y=curve.accuracy,
        customdata=curve.threshold,
        mode="lines",
        line={"color": TEST_COLOUR, "width": 3},
        hovertemplate="%{x:.0%} refused: %{y:.2%} right<br>answered from confidence %{customdata:.1%}<extra></extra>",
    )
    return new_figure(
        title,
        [line, *_marked(curve, chosen)],
        xaxis=percent_axis("Refused", range=[0, 1], fixedrange=True),
        yaxis=percent_axis("Accuracy of the rest", tickformat=".1~%", fixedrange=True),
        shapes=[] if chosen is None else [_guide(chosen)],
    )


def _marked(curve: RefusalCurve, chosen: float | None) -> list[go.Scatter]:
    if chosen is None:
        return []
    accuracy = float(np.interp(chosen, curve.refused, curve.accuracy))
    marker = {"symbol": "circle", "size": 12, "color": VERMILLION}
    return [go.Scatter(x=[chosen], y=[accuracy], mode="markers", marker=marker, hoverinfo="skip")]


def _guide(chosen: float) -> dict[str, Any]:
    line = {"color": FAINT, "width": 2}
    return {"type": "line", "x0": chosen, "x1": chosen, "y0": 0, "y1": 1, "yref": "paper", "line": line}
