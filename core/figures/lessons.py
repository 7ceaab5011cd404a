"""Figures of Learn's questions: lines, a histogram, a way down a bowl."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import BLUE, FAINT, PALETTE, empty_figure, legend_below, new_figure, number_axis
from core.learn.lessons.curves import BOWL, Line

Floats = NDArray[np.floating]
_BARS = 60


def line_chart(
    title: str, lines: Sequence[Line], across: str, upwards: str, *, marked: float | None = None
) -> go.Figure:
    """Named curves in one chart; ``marked`` draws a vertical line there."""
    if not lines:
        return empty_figure(title, "There is nothing to draw.")
    traces = [
        go.Scatter(x=line.x, y=line.y, mode="lines", name=line.name, line={"width": 3, "color": colour})
        for line, colour in zip(lines, PALETTE, strict=False)
    ]
    shapes = []
    if marked is not None:
        shapes = [
            {"type": "line", "x0": marked, "x1": marked, "y0": 0, "y1": 1, "yref": "paper", "line": {"color": FAINT}}
        ]
    return new_figure(
        title,
        traces,
        xaxis=number_axis(across),
        yaxis=number_axis(upwards),
        showlegend=True,
        legend=legend_below(),
        shapes=shapes,
    )


def histogram(title: str, values: Floats, across: str) -> go.Figure:
    """How often values occur, in sixty bars."""
    if not values.size:
        return empty_figure(title, "There are no values.")
    counts, edges = np.histogram(values, bins=_BARS)
    bars = go.Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        marker={"color": BLUE},
        hovertemplate="%{x:.3g}: %{y:,}<extra></extra>",
    )
    return new_figure(title, [bars], height=240, xaxis=number_axis(across), yaxis=number_axis("Count"), bargap=0)


def bowl_chart(title: str, ways: Mapping[str, Floats]) -> go.Figure:
    """Ways ``(steps, 2)`` down the bowl, on its contour lines."""
    if not ways:
        return empty_figure(title, "No optimiser is chosen.")
    x, y = np.linspace(-5, 5, 61), np.linspace(-1.5, 1.5, 41)
    heights = (BOWL[0] * x[None] ** 2 + BOWL[1] * y[:, None] ** 2) / 2
    contour = go.Contour(
        x=x,
        y=y,
        z=heights,
        showscale=False,
        contours={"coloring": "lines"},
        line={"color": FAINT},
        colorscale=[[0, FAINT], [1, FAINT]],
        hoverinfo="skip",
    )
    traces = [contour] + [
        go.Scatter(
            x=way[:, 0],
            y=way[:, 1],
            mode="lines+markers",
            name=name,
            line={"width": 2, "color": colour},
            marker={"size": 5},
        )
        for (name, way), colour in zip(ways.items(), PALETTE, strict=False)
    ]
    return new_figure(
        title,
        traces,
        xaxis=number_axis("First weight", range=[-5, 5]),
        yaxis=number_axis("Second weight", range=[-1.5, 1.5]),
        showlegend=True,
        legend=legend_below(),
    )
