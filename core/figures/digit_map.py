"""Digits as points on a map, coloured and shaped by class."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.names import shortened
from core.figures.theme import class_colour, class_symbol, empty_figure, new_figure

_MOST_IN_A_ROW = 12
"""Classes whose names fit below a map; the names of more stand beside it."""
_TOP = 40
"""Pixels above a map, where plotly's buttons lie and would hide what is there."""


def digit_map(
    points: NDArray[np.float64],
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    *,
    title: str,
    centres: NDArray[np.float64] | None = None,
    selected: Sequence[int] = (),
) -> go.Figure:
    """Digits as points, coloured and shaped by class; a lasso chooses some.

    Parameters
    ----------
    points
        float64, shape ``(N, 2)``.
    labels
        int64, shape ``(N,)``.
    centres
        float64, shape ``(K, 2)``: where the name of each class stands, NaN for none. Left out, the legend
        alone names them: where the classes overlap, so would their names.
    selected
        Positions in ``points`` that stand out; all do if there are none.

    Returns
    -------
    Figure
        One trace a class; the customdata of a point is its position in ``points``.
    """
    if not len(points):
        return empty_figure(title, "There are no digits to lay out.", height=560)
    traces = [_class_points(points, labels, label, name, selected) for label, name in enumerate(class_names)]
    look: dict[str, object] = {"margin": {"l": 0, "r": 0, "t": _TOP, "b": 0}, "legend": _legend(class_names)}
    axes = {"xaxis": {"visible": False}, "yaxis": {"visible": False}}
    figure = new_figure("", traces, height=560, showlegend=True, dragmode="lasso", **axes, **look)
    for label, (x, y) in enumerate(() if centres is None else centres):
        if np.isfinite(x):
            figure.add_annotation(**_class_name(class_names[label], label, float(x), float(y)))
    return figure


def _legend(class_names: Sequence[str]) -> dict[str, object]:
    if len(class_names) <= _MOST_IN_A_ROW:
        return {"orientation": "h", "x": 0, "y": 0, "yanchor": "top"}
    return {"orientation": "v", "x": 1.0, "y": 1.0, "yanchor": "top", "font": {"size": 11}}


def _class_points(
    points: NDArray[np.float64], labels: NDArray[np.int64], label: int, name: str, selected: Sequence[int]
) -> go.Scattergl:
    members = np.flatnonzero(labels == label)
    return go.Scattergl(
        name=shortened(name, 14),
        x=points[members, 0].astype(np.float32),
        y=points[members, 1].astype(np.float32),
        customdata=members,
        selectedpoints=np.flatnonzero(np.isin(members, selected)) if len(selected) else None,
        mode="markers",
        marker={"color": class_colour(label), "symbol": class_symbol(label), "size": 7, "opacity": 0.8},
        hovertemplate=f"{name}<extra></extra>",
    )


def _class_name(name: str, label: int, x: float, y: float) -> dict[str, object]:
    """The name of a class on a chip framed in its colour, so that the map is read without the legend."""
    return {
        "x": x,
        "y": y,
        "text": f"<b>{name}</b>",
        "showarrow": False,
        "font": {"size": 15, "color": "#111111"},
        "bgcolor": "rgba(255, 255, 255, 0.85)",
        "bordercolor": class_colour(label),
        "borderwidth": 2,
        "borderpad": 3,
    }
