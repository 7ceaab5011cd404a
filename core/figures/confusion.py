"""The confusion matrix as a heatmap whose cells can be clicked."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.analysis.confusion import MatrixMode, normalised, without_diagonal
from core.figures.names import longest, shortened
from core.figures.theme import VERMILLION, empty_figure, new_figure, number_axis

HEIGHT = 480

_SCALE = [[0.0, "#0a2a4f"], [0.25, "#2f4a6b"], [0.5, "#70747a"], [0.75, "#b5a663"], [1.0, "#fde737"]]
"""Dark blue to yellow, after cividis: grows lighter all the way, for every kind of colour vision."""

_MOST_WITH_NUMBERS = 20
"""Classes up to which a cell has room for its number; beyond, the pointer reads it."""

_MOST_NAMED = 40
"""Classes up to which every row has room for its name."""

_DARK_TEXT_FROM = 0.51
"""Intensity from which black reads better than white on the scale: so each is read with a contrast of 4.5 or more."""


def confusion_heatmap(
    matrix: NDArray[np.int64],
    class_names: Sequence[str],
    *,
    mode: MatrixMode = "counts",
    hide_diagonal: bool = False,
    selected: tuple[int, int] | None = None,
    title: str = "",
) -> go.Figure:
    """Draw a confusion matrix; each cell can be clicked.

    A heatmap takes no clicks, so invisible markers lie over it. Their ``customdata`` is ``(row, column)``.

    Parameters
    ----------
    matrix
        int64, shape ``(K, K)``: counts, rows are true labels.
    class_names
        K names.
    mode
        What the cells show.
    hide_diagonal
        Leave the correct answers out, so that the colours tell the mistakes apart.
    selected
        Row and column of the cell that gets an outline.
    title
        Shown above.
    """
    if not matrix.sum():
        return empty_figure(title or "Confusion matrix", "There are no predictions to compare.", height=HEIGHT)
    values = normalised(matrix, mode)
    if hide_diagonal:
        values = without_diagonal(values)
    intensity = _intensity(values)
    texts = _cell_texts(values, mode) if len(class_names) <= _MOST_WITH_NUMBERS else np.full(values.shape, "")
    dark_text = intensity >= _DARK_TEXT_FROM
    traces = [
        _cells(np.where(dark_text, np.nan, intensity), texts, "#ffffff"),
        _cells(np.where(dark_text, intensity, np.nan), texts, "#000000"),
        _click_targets(matrix, class_names),
    ]
    return new_figure(title, traces, height=HEIGHT, shapes=_outline(selected, len(class_names)), **_axes(class_names))


def _intensity(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """0–1 for the colour: the root lets one mistake in a thousand still show."""
    top = np.nanmax(values, initial=0.0)
    return np.sqrt(values / top) if top > 0 else values


def _cell_texts(values: NDArray[np.float64], mode: MatrixMode) -> NDArray[np.str_]:
    def text(value: float) -> str:
        if np.isnan(value):
            return ""
        if value == 0:
            return "·"
        return f"{value:.0f}" if mode == "counts" else f"{100 * value:.1f}"

    return np.array([[text(value) for value in row] for row in values])


def _cells(intensity: NDArray[np.float64], texts: NDArray[np.str_], text_colour: str) -> go.Heatmap:
    return go.Heatmap(
        z=intensity.astype(np.float32),
        zmin=0,
        zmax=1,
        colorscale=_SCALE,
        showscale=False,
        hoverinfo="skip",
        xgap=_gap(intensity),
        ygap=_gap(intensity),
        text=np.where(np.isnan(intensity), "", texts).tolist(),
        texttemplate="%{text}",
        textfont={"color": text_colour, "size": 11},
    )


def _gap(values: NDArray[np.float64]) -> int:
    """Pixels between cells, where they are large enough for a gap."""
    return 1 if len(values) <= _MOST_WITH_NUMBERS else 0


def _click_targets(matrix: NDArray[np.int64], class_names: Sequence[str]) -> go.Scatter:
    rows, columns = (axis.ravel().tolist() for axis in np.indices(matrix.shape))
    by_true, by_predicted = normalised(matrix, "by_true_row"), normalised(matrix, "by_predicted_column")
    hover = [
        f"True {class_names[row]}, predicted {class_names[column]}: <b>{matrix[row, column]:,}</b><br>"
        f"{by_true[row, column]:.1%} of all true {class_names[row]}<br>"
        f"{by_predicted[row, column]:.1%} of all predicted {class_names[column]}"
        for row, column in zip(rows, columns, strict=True)
    ]
    return go.Scatter(
        x=columns,
        y=rows,
        customdata=list(zip(rows, columns, strict=True)),
        mode="markers",
        marker={"symbol": "square", "size": max(5, min(30, 360 // len(class_names))), "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertext=hover,
        hoverinfo="text",
    )


def _outline(selected: tuple[int, int] | None, classes: int) -> list[dict[str, Any]]:
    if selected is None or not (0 <= selected[0] < classes and 0 <= selected[1] < classes):
        return []
    row, column = selected
    box = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    width = 4 if classes <= _MOST_WITH_NUMBERS else 2
    return [{"type": "rect", "line": {"color": VERMILLION, "width": width}, "layer": "above", **box}]


def _axes(class_names: Sequence[str]) -> dict[str, Any]:
    every = 1 if len(class_names) <= _MOST_NAMED else 2
    size = 13 if len(class_names) <= 12 else 10 if len(class_names) <= 28 else 8
    ticks = {
        "tickvals": list(range(0, len(class_names), every)),
        "ticktext": [shortened(name, 11) for name in class_names[::every]],
        "tickfont": {"size": size if longest(class_names) <= 3 else min(size, 11)},
        "showgrid": False,
        "fixedrange": True,
        "constrain": "domain",
        "ticklabelstandoff": 4,
    }
    edge = len(class_names) - 0.5
    upright = 0 if longest(class_names) <= 2 else -90
    return {
        "xaxis": number_axis("Predicted label", range=[-0.5, edge], tickangle=upright, **ticks),
        "yaxis": number_axis("True label", range=[edge, -0.5], scaleanchor="x", constraintoward="top", **ticks),
        "hoverdistance": 60,
        "clickmode": "event+select",
    }
