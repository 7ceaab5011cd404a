"""The risk–coverage curve: errors among the answers against the share that is answered."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.analysis.selective import RiskCoverage
from core.figures.theme import FAINT, TEST_COLOUR, VERMILLION, empty_figure, new_figure, percent_axis

_MOST_POINTS = 101


def risk_coverage_curve(
    curve: RiskCoverage, *, chosen: float | None = None, title: str = "Risk and coverage"
) -> go.Figure:
    """Share of wrong answers against the share answered, from zero; ``chosen`` (0–1) marks one coverage."""
    if not len(curve.risk):
        return empty_figure(title, "There are no predictions to measure.")
    shown = _thinned(len(curve.risk))
    line = go.Scatter(
        x=curve.coverage[shown],
        y=curve.risk[shown],
        customdata=curve.threshold[shown],
        mode="lines",
        line={"color": TEST_COLOUR, "width": 3},
        hovertemplate="%{x:.0%} answered: %{y:.2%} wrong<br>from confidence %{customdata:.1%}<extra></extra>",
    )
    return new_figure(
        title,
        [line, *_marked(curve, chosen)],
        xaxis=percent_axis("Coverage", range=[0, 1], fixedrange=True),
        yaxis=percent_axis("Risk", tickformat=".1~%", rangemode="tozero", fixedrange=True),
        shapes=[] if chosen is None else [_guide(chosen)],
    )


def _thinned(count: int) -> NDArray[np.int64]:
    """Positions of so few points that a browser is quick to draw them, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(_MOST_POINTS, count)).round().astype(np.int64))


def _marked(curve: RiskCoverage, chosen: float | None) -> list[go.Scatter]:
    if chosen is None:
        return []
    marker = {"symbol": "circle", "size": 12, "color": VERMILLION}
    return [go.Scatter(x=[chosen], y=[curve.risk_at(chosen)], mode="markers", marker=marker, hoverinfo="skip")]


def _guide(chosen: float) -> dict[str, Any]:
    line = {"color": FAINT, "width": 2}
    return {"type": "line", "x0": chosen, "x1": chosen, "y0": 0, "y1": 1, "yref": "paper", "line": line}
