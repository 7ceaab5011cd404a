"""Accuracy of each class with all units of a network, and without some."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.analysis.percent import percent
from core.figures.names import tick_names
from core.figures.theme import BLUE, FAINT, ORANGE, empty_figure, legend_below, new_figure, number_axis, percent_axis

_TITLE = "Accuracy of each class"


def class_accuracies(
    before: NDArray[np.float64], after: NDArray[np.float64], class_names: Sequence[str], *, height: int = 300
) -> go.Figure:
    """Two points for each class with a line between them; none for a class without images.

    Points may stand on an axis that does not begin at zero: they show a place, not a length.

    Parameters
    ----------
    before, after
        float64 ``(K,)``, 0–1 or NaN.
    """
    known = np.concatenate([before, after])
    known = known[~np.isnan(known)]
    if not len(known):
        return empty_figure(_TITLE, "There are no images to measure on.", height=height)
    low = np.floor(max(0.0, float(known.min()) - 0.01) * 20) / 20
    return new_figure(
        _TITLE,
        [
            _changes(before, after),
            _points("All units", before, class_names, BLUE, "circle-open"),
            _points("Switched off", after, class_names, ORANGE, "circle"),
        ],
        height=height,
        xaxis=number_axis("Label", range=[-0.6, len(class_names) - 0.4], fixedrange=True, **tick_names(class_names)),
        yaxis=percent_axis(
            f"Accuracy (axis begins at {low:.0%})", range=[low, 1.0], tickformat=".0~%", fixedrange=True
        ),
        showlegend=True,
        legend=legend_below(),
    )


def _changes(before: NDArray[np.float64], after: NDArray[np.float64]) -> go.Scatter:
    """One trace of lines from one point to the other, with gaps between classes."""
    places = np.arange(len(before), dtype=np.float64)
    x = np.stack([places, places, np.full(len(before), np.nan)], axis=1).ravel()
    y = np.stack([before, after, np.full(len(before), np.nan)], axis=1).ravel()
    return go.Scatter(x=x, y=y, mode="lines", line={"color": FAINT, "width": 4}, hoverinfo="skip", showlegend=False)


def _points(name: str, values: NDArray[np.float64], names: Sequence[str], colour: str, symbol: str) -> go.Scatter:
    return go.Scatter(
        x=np.arange(len(values)),
        y=values,
        name=name,
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": 10, "line": {"width": 2}},
        cliponaxis=False,
        customdata=[f"{label}: {percent(value)}" for label, value in zip(names, values.tolist(), strict=True)],
        hovertemplate=f"{name}, %{{customdata}}<extra></extra>",
    )
