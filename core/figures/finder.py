"""The learning-rate finder's curve."""

import math

import numpy as np
import plotly.graph_objects as go

from core.figures.theme import BLUE, GREEN, VERMILLION, empty_figure, new_figure, number_axis
from core.training.finder import FinderCurve

_HEIGHT = 300


def finder_figure(curve: FinderCurve, *, title: str, current: float | None = None) -> go.Figure:
    """Draw the smoothed training loss against the learning rate, with the band of good rates.

    Parameters
    ----------
    current
        The rate that is set, marked as a point on the curve; left out where the sweep did not come so far.
    """
    if not len(curve.rates):
        return empty_figure(title, "The loss was not a number from the first batch on.", height=_HEIGHT)
    line = go.Scatter(
        x=curve.rates,
        y=curve.losses,
        mode="lines",
        line={"color": BLUE, "width": 2.5},
        hovertemplate="rate %{x:.2~g}: loss %{y:.3f}<extra></extra>",
        showlegend=False,
    )
    marked = [] if current is None or current > curve.rates[-1] else [_mark(curve, current)]
    figure = new_figure(
        title,
        [line, *marked],
        height=_HEIGHT,
        xaxis=number_axis("Learning rate", type="log", dtick=1, tickformat="~g", fixedrange=True),
        yaxis=number_axis("Training loss", rangemode="tozero", fixedrange=True),
    )
    if curve.advice is not None:
        low, high = curve.advice.cautious, curve.advice.valley
        figure.add_vrect(low, high, fillcolor=GREEN, opacity=0.2, line_width=0)
        figure.add_vline(high, line={"color": GREEN, "width": 2})
    return figure


def _mark(curve: FinderCurve, rate: float) -> go.Scatter:
    """A point on the curve at this rate."""
    loss = float(np.interp(math.log(rate), np.log(curve.rates), curve.losses))
    return go.Scatter(
        x=[rate],
        y=[loss],
        mode="markers",
        marker={"color": VERMILLION, "size": 11, "symbol": "diamond"},
        hovertemplate="set now: %{x:.2~g}<extra></extra>",
        showlegend=False,
    )
