"""Accuracy against confidence."""

import numpy as np
import plotly.graph_objects as go

from core.analysis.calibration import Reliability
from core.figures.theme import GREY, TEST_COLOUR, empty_figure, new_figure, percent_axis


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
