"""The learning rate over a training run, before it begins."""

import plotly.graph_objects as go

from core.figures.theme import ORANGE, empty_figure, new_figure, number_axis
from core.training.schedule import ScheduleCurve

_HEIGHT = 170


def schedule_figure(curve: ScheduleCurve, epochs: int, *, title: str = "") -> go.Figure:
    """Draw a schedule as a line; small enough for a sidebar."""
    if not len(curve.rates):
        return empty_figure(title or "Learning rate", "There are no steps to show.", height=_HEIGHT)
    line = go.Scatter(
        x=curve.positions,
        y=curve.rates,
        mode="lines",
        line={"color": ORANGE, "width": 2.5},
        hovertemplate="epoch %{x:.1f}: %{y:.3~g}<extra></extra>",
    )
    return new_figure(
        title,
        [line],
        height=_HEIGHT,
        font={"size": 11},
        xaxis=number_axis("Epoch", range=[0, epochs], nticks=5, fixedrange=True),
        yaxis=number_axis("Learning rate", rangemode="tozero", nticks=4, tickformat="~g", fixedrange=True),
    )
