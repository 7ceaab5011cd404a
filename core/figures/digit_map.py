"""Digits as points on a map, coloured and shaped by class."""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.names import shortened
from core.figures.theme import class_colour, class_symbol, empty_figure, new_figure

_MOST_IN_A_ROW = 12
"""Classes whose names fit below a map; the names of more stand beside it."""
_MOST_TRACES = 60
"""Parts of classes: more draw no fairer picture, and take longer."""
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
    hover: Sequence[str] = (),
) -> go.Figure:
    """Digits as points, coloured and shaped by class; a lasso chooses some.

    Each class is drawn in several parts, in turn with those of the others: drawn whole, the last class would hide the
    first wherever the two overlap.

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
    hover
        N texts; the names of the classes if left out.

    Returns
    -------
    Figure
        Several traces a class, one of them in the legend, which hides and shows all of them; the customdata of a
        point is its position in ``points``.
    """
    if not len(points):
        return empty_figure(title, "There are no digits to lay out.", height=560)
    chosen, texts = np.isin(np.arange(len(points)), selected), np.array(hover or [class_names[n] for n in labels])
    traces = [
        _class_points(points, members, label, class_names[label], chosen, texts) | {"showlegend": turn == 0}
        for turn, label, members in _in_turn(labels, len(class_names))
    ]
    look: dict[str, object] = {"margin": {"l": 0, "r": 0, "t": _TOP, "b": 0}, "legend": _legend(class_names)}
    axes = {"xaxis": {"visible": False}, "yaxis": {"visible": False}}
    figure = new_figure("", traces, height=560, showlegend=True, dragmode="lasso", **axes, **look)
    for label, (x, y) in enumerate(() if centres is None else centres):
        if np.isfinite(x):
            figure.add_annotation(**_class_name(class_names[label], label, float(x), float(y)))
    return figure


def map_frame(figure: go.Figure, points: NDArray[np.float32]) -> dict[str, Any]:
    """What of a map is different where its digits lie elsewhere: float32 ``(N, 2)``, in their order there."""
    places = [points[np.asarray(trace.customdata, dtype=np.int64)].T for trace in figure.data]
    return {"data": {number: {"x": _coded(x), "y": _coded(y)} for number, (x, y) in enumerate(places)}}


def _coded(numbers: NDArray[np.float32]) -> dict[str, str]:
    """As plotly.js reads it, in half of the room that digits take."""
    return {"dtype": "f4", "bdata": base64.b64encode(np.ascontiguousarray(numbers).tobytes()).decode("ascii")}


def _legend(class_names: Sequence[str]) -> dict[str, object]:
    if len(class_names) <= _MOST_IN_A_ROW:
        return {"orientation": "h", "x": 0, "y": 0, "yanchor": "top"}
    return {"orientation": "v", "x": 1.0, "y": 1.0, "yanchor": "top", "font": {"size": 11}}


def _in_turn(labels: NDArray[np.int64], classes: int) -> Iterator[tuple[int, int, NDArray[np.int64]]]:
    """Part, class and its positions in that part: the first parts of all classes, then the second ones."""
    parts = max(1, _MOST_TRACES // max(1, classes))
    order = np.random.default_rng(0).permutation(len(labels))
    of_class = [np.array_split(order[labels[order] == label], parts) for label in range(classes)]
    for part in range(parts):
        for label in range(classes):
            if part == 0 or len(of_class[label][part]):
                yield part, label, np.sort(of_class[label][part])


def _class_points(
    points: NDArray[np.float64],
    members: NDArray[np.int64],
    label: int,
    name: str,
    chosen: NDArray[np.bool_],
    texts: NDArray[np.str_],
) -> dict[str, Any]:
    return {
        "type": "scattergl",
        "name": shortened(name, 14),
        "legendgroup": str(label),
        "x": points[members, 0].astype(np.float32),
        "y": points[members, 1].astype(np.float32),
        "customdata": members,
        "text": texts[members].tolist(),
        "selectedpoints": np.flatnonzero(chosen[members]).tolist() if chosen.any() else None,
        "mode": "markers",
        "marker": {"color": class_colour(label), "symbol": class_symbol(label), "size": 7, "opacity": 0.8},
        "hovertemplate": "%{text}<extra></extra>",
    }


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
