"""Probabilities along a walk from one image to another."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import class_colour, class_symbol, empty_figure, legend_below, new_figure, percent_axis

_TITLE = "Probabilities on the way"
_LEAST_SHOWN = 0.05
_HEIGHT = 300
_MARKED = 8


def walk_curves(
    shares: NDArray[np.float64], probabilities: NDArray[np.float32], class_names: Sequence[str]
) -> go.Figure:
    """A line for each class that has at least 5% somewhere on the way.

    Parameters
    ----------
    shares
        float64, shape ``(S,)``: from 0, the first image, to 1, the second.
    probabilities
        float32, shape ``(S, K)``.
    """
    if not len(shares):
        return empty_figure(_TITLE, "There is no path to show.", height=_HEIGHT)
    shown = np.flatnonzero(probabilities.max(axis=0) >= _LEAST_SHOWN)
    lines = [
        go.Scatter(
            x=shares,
            y=np.round(probabilities[:, label].astype(np.float64), 4),
            name=class_names[label],
            mode="lines+markers",
            line={"color": class_colour(label), "width": 2},
            # A symbol on some of the points tells lines apart without colour.
            marker={"symbol": class_symbol(label), "size": 8, "maxdisplayed": _MARKED},
            hovertemplate="%{y:.1%}",
        )
        for label in shown.tolist()
    ]
    return new_figure(
        _TITLE,
        lines,
        height=_HEIGHT,
        hovermode="x unified",
        showlegend=True,
        legend=legend_below(),
        xaxis=percent_axis("Share of the second image", range=[0, 1], fixedrange=True),
        yaxis=percent_axis("", range=[-0.02, 1.05], tickvals=[0, 0.5, 1], fixedrange=True),
    )
