"""The learning-rate finder's curve."""

import plotly.graph_objects as go

from core.figures.theme import BLUE, VERMILLION, empty_figure, new_figure, number_axis
from core.training.finder import FinderCurve

_HEIGHT = 300


def finder_figure(curve: FinderCurve, *, title: str) -> go.Figure:
    """Draw the smoothed training loss against the learning rate, the suggestion marked."""
    if not len(curve.rates):
        return empty_figure(title, "The loss was no number from the first batch on.", height=_HEIGHT)
    line = go.Scatter(
        x=curve.rates,
        y=curve.losses,
        mode="lines",
        line={"color": BLUE, "width": 2.5},
        hovertemplate="rate %{x:.2~g}: loss %{y:.3f}<extra></extra>",
    )
    figure = new_figure(
        title,
        [line],
        height=_HEIGHT,
        xaxis=number_axis("Learning rate", type="log", dtick=1, tickformat="~g", fixedrange=True),
        yaxis=number_axis("Training loss", rangemode="tozero", fixedrange=True),
    )
    if curve.suggestion is not None:
        mark = {"color": VERMILLION, "width": 2, "dash": "dash"}
        figure.add_vline(curve.suggestion, line=mark, annotation_text=f"steepest at {curve.suggestion:g}")
    return figure
