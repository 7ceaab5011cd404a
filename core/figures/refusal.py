"""Strangers refused against one's own refused with them."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import plotly.graph_objects as go

from core.analysis.refusal import RefusalCurve
from core.figures.theme import FAINT, PALETTE, diagonal, empty_figure, legend_below, new_figure, percent_axis

_MOST_POINTS: Final = 200


def refusal_curves(curves: Mapping[str, RefusalCurve], *, chosen: float, title: str = "Refused") -> go.Figure:
    """A ROC curve for each kind of strangers, by its name; ``chosen`` (0–1) marks the share of one's own refused."""
    drawn = {name: curve for name, curve in curves.items() if len(curve.own_refused)}
    if not drawn:
        return empty_figure(title, "There is nothing to compare.")
    lines = [_line(name, curve, colour) for (name, curve), colour in zip(drawn.items(), PALETTE, strict=False)]
    guide = {"type": "line", "x0": chosen, "x1": chosen, "y0": 0, "y1": 1, "line": {"color": FAINT, "width": 2}}
    return new_figure(
        title,
        [diagonal(), *lines],
        xaxis=percent_axis("Test images refused", range=[-0.01, 1.01], fixedrange=True),
        yaxis=percent_axis("Others refused", range=[-0.02, 1.04], fixedrange=True),
        shapes=[guide],
        showlegend=True,
        legend=legend_below(),
    )


def _line(name: str, curve: RefusalCurve, colour: str) -> go.Scatter:
    """Its corners, thinned evenly along the curve, the first and the last among them."""
    # Both only grow, so their sum is how far along the curve a corner is.
    along = curve.own_refused + curve.strangers_refused
    shown = np.unique(np.searchsorted(along, np.linspace(along[0], along[-1], _MOST_POINTS)).clip(0, len(along) - 1))
    return go.Scatter(
        x=curve.own_refused[shown],
        y=curve.strangers_refused[shown],
        name=f"{name}, area {curve.area:.3f}",
        mode="lines",
        line={"color": colour, "width": 3},
        hovertemplate=f"{name}: %{{y:.2%}} refused<br>with %{{x:.2%}} of the test images<extra></extra>",
    )
