"""How often each pixel value occurs."""

import numpy as np
import plotly.graph_objects as go

from core.analysis.pixels import IntensityHistogram
from core.figures.theme import BLUE, empty_figure, new_figure, number_axis, percent_axis


def intensity_points(histogram: IntensityHistogram, *, normalised: bool) -> go.Figure:
    """How often each pixel value occurs, on a log scale, before or after normalisation.

    Points: a logarithmic axis has no zero for bars to stand on. A value that never occurs has none.
    """
    title = "After normalisation" if normalised else "Before normalisation"
    if not histogram.counts.sum():
        return empty_figure(title, "There are no pixels to count.", height=280)
    values = histogram.normalised if normalised else np.arange(256)
    points = go.Scatter(
        x=values,
        y=np.where(histogram.counts > 0, histogram.shares, np.nan),
        mode="markers",
        marker={"color": BLUE, "size": 4},
        hovertemplate="value %{x:.3~f}<br>%{y:.2%} of all pixels<extra></extra>",
    )
    axis_title = "Value that the network gets (standard deviations)" if normalised else "Value in the file (0–255)"
    return new_figure(
        title,
        [points],
        height=280,
        xaxis=number_axis(axis_title),
        yaxis=percent_axis("Share of pixels (log)", type="log", dtick=1, tickformat=".3~%"),
    )
