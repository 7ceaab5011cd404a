"""Precision, recall and F1 of each class."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.analysis.classification import ClassMetrics
from core.figures.names import tick_names
from core.figures.theme import (
    BLUE,
    GREEN,
    HEIGHT,
    ORANGE,
    empty_figure,
    legend_below,
    new_figure,
    number_axis,
    percent_axis,
)

_MOST_BESIDE_EACH_OTHER = 20
"""Classes up to which the three points of a class stand beside each other; beyond, above each other."""
_APART = 0.22


def class_quality_points(
    quality: ClassMetrics, class_names: Sequence[str], *, title: str = "Quality per class", height: int = HEIGHT
) -> go.Figure:
    """Three points for each class; none for a class without numbers.

    Shares of 97% and 99% look alike on an axis from zero, so this one begins just below the lowest. Points, unlike
    bars, may stand on such an axis: they show a place, not a length.
    """
    if not quality.support.sum():
        return empty_figure(title, "There are no predictions to measure.")
    lowest = min(float(np.nanmin(values)) for values in (quality.precision, quality.recall, quality.f1))
    low = np.floor(max(0.0, lowest - 0.01) * 50) / 50
    apart = _APART if len(class_names) <= _MOST_BESIDE_EACH_OTHER else 0.0
    measures = [
        _measure("Precision", quality.precision, class_names, -apart, BLUE, "triangle-up"),
        _measure("Recall", quality.recall, class_names, 0.0, ORANGE, "triangle-down"),
        _measure("F1", quality.f1, class_names, apart, GREEN, "circle"),
    ]
    return new_figure(
        title,
        measures,
        height=height,
        xaxis=number_axis("Label", range=[-0.6, len(class_names) - 0.4], fixedrange=True, **tick_names(class_names)),
        yaxis=percent_axis(f"Share (axis begins at {low:.0%})", range=[low, 1.0], tickformat=".0~%", fixedrange=True),
        showlegend=True,
        legend=legend_below(),
    )


def _measure(
    name: str, values: NDArray[np.float64], class_names: Sequence[str], shift: float, colour: str, symbol: str
) -> go.Scatter:
    return go.Scatter(
        x=np.arange(len(values)) + shift,
        y=values.astype(np.float32),
        name=name,
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": 9},
        cliponaxis=False,
        hovertext=list(class_names),
        hovertemplate=f"{name} of %{{hovertext}}: %{{y:.2%}}<extra></extra>",
    )
