"""Accuracy against confidence."""

import numpy as np
import plotly.graph_objects as go

from core.analysis.calibration import Reliability
from core.figures.theme import PURPLE, TEST_COLOUR, diagonal, empty_figure, legend_below, new_figure, percent_axis


def calibration_diagram(
    bins: Reliability, calibrated: Reliability | None = None, *, title: str = "Calibration"
) -> go.Figure:
    """Accuracy against confidence in bins; on the dotted line the two agree. Large points hold many images.

    Parameters
    ----------
    calibrated
        The same after temperature scaling, drawn over it.
    """
    if not bins.count.any():
        return empty_figure(title, "There are no predictions to measure.")
    lines = [_points(bins, "Uncalibrated", TEST_COLOUR)]
    if calibrated is not None:
        lines.append(_points(calibrated, "Calibrated", PURPLE))
    first = min(float(one.edges[:-1][one.count > 0][0]) for one in (bins, calibrated or bins))
    return new_figure(
        title,
        [diagonal(), *lines],
        xaxis=percent_axis("Confidence", range=[min(first, 0.9) - 0.02, 1.03], fixedrange=True),
        yaxis=percent_axis("Accuracy", range=[-0.04, 1.06], fixedrange=True),
        showlegend=calibrated is not None,
        legend=legend_below(),
    )


def _points(bins: Reliability, name: str, colour: str) -> go.Scatter:
    filled = bins.count > 0
    count = bins.count[filled]
    return go.Scatter(
        x=bins.confidence[filled],
        y=bins.accuracy[filled],
        customdata=count,
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 7 + 13 * np.sqrt(count / count.max()), "color": colour, "opacity": 0.9},
        hovertemplate="Confidence %{x:.1%}, accuracy %{y:.2%}<br>%{customdata:,} images<extra></extra>",
    )
