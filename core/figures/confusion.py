"""The confusion matrix as a heatmap whose cells can be clicked: its colours tell the mistakes apart."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import ImageColor

from core.analysis.confusion import MatrixMode, normalised, times, without_diagonal
from core.analysis.percent import percent
from core.figures.names import longest, shortened
from core.figures.theme import BLUE, WRONG_COLOUR, centred_note, empty_figure, new_figure, number_axis

HEIGHT = 480

_FEWEST, _MOST = 0.12, 0.75
"""Share of the colour of mistakes in the cell with one and in the cell with most of them; the rest is the page.

So it stands out the more, the more there are, on a light page as on a dark one, and writing in the page's own colour
can be read on all of it.
"""

_MOST_WITH_NUMBERS = 20
"""Classes up to which a cell has room for its number; beyond, the pointer reads it."""

_MOST_NAMED = 40
"""Classes up to which every row has room for its name."""

_LETTERS_ALONG_AN_AXIS = 42
"""What fits side by side below a matrix on a phone."""


def confusion_heatmap(
    matrix: NDArray[np.int64],
    class_names: Sequence[str],
    *,
    mode: MatrixMode = "counts",
    selected: tuple[int, int] | None = None,
    title: str = "",
) -> go.Figure:
    """Draw a confusion matrix; each cell can be clicked.

    The diagonal is grey: the correct answers, a hundred times as many, would leave one shade to all mistakes. A heatmap
    takes no clicks, so invisible markers lie over it. Their ``customdata`` is ``(row, column)``.

    Parameters
    ----------
    matrix
        int64, shape ``(K, K)``: counts, rows are true labels.
    class_names
        K names.
    mode
        What the cells show.
    selected
        Row and column of the cell that gets an outline.
    title
        Shown above.
    """
    if not matrix.sum():
        return empty_figure(title or "Confusion matrix", "There are no predictions to compare.", height=HEIGHT)
    values = normalised(matrix, mode)
    traces = [_quiet_cells(values), _mistakes(values), _click_targets(matrix, class_names, _cell_texts(values, mode))]
    return new_figure(
        title, traces, height=HEIGHT, shapes=_outline(selected, len(class_names)), **matrix_axes(class_names)
    )


def confusion_frame(
    matrix: NDArray[np.int64], class_names: Sequence[str], *, mode: MatrixMode = "counts"
) -> dict[str, Any]:
    """What is different in a :func:`confusion_heatmap` with this matrix, small enough to send one for each epoch.

    Parameters
    ----------
    matrix
        int64, shape ``(K, K)``.
    """
    values = normalised(matrix, mode)
    quiet, mistakes = (
        [[None if math.isnan(value) else round(float(value), 2) for value in row] for row in trace.z]
        for trace in (_quiet_cells(values), _mistakes(values))
    )
    texts = _cell_texts(values, mode)
    said = [
        f"{true} read as {read} · {times(matrix[row, column])}"
        for row, true in enumerate(class_names)
        for column, read in enumerate(class_names)
    ]
    # Where there is no room for numbers there are so many cells that what they say would be most of what is sent.
    hover = said if len(class_names) <= _MOST_WITH_NUMBERS else None
    return {"data": {0: {"z": quiet}, 1: {"z": mistakes}, 2: {"text": texts, "hovertext": hover}}}


def unmeasured_frame(why: str) -> dict[str, Any]:
    """What is different in a :func:`confusion_heatmap` where there is no matrix."""
    blank: dict[str, Any] = {"z": []}
    return {
        "data": {0: blank, 1: blank, 2: {"text": [], "hovertext": []}},
        "layout": {"annotations": [centred_note(why)]},
    }


def mistake_colour(intensity: float) -> str:
    """The colour of a cell of mistakes with this intensity, 0–1, as it lies on the page."""
    red, green, blue = ImageColor.getrgb(WRONG_COLOUR)[:3]
    return f"rgba({red}, {green}, {blue}, {_FEWEST + (_MOST - _FEWEST) * intensity:.3f})"


def _cell_texts(values: NDArray[np.float64], mode: MatrixMode) -> list[str]:
    """What is in the cells, row by row; nothing where there is no room."""

    def text(value: float) -> str:
        if value == 0:
            return "·"
        return f"{value:.0f}" if mode == "counts" else f"{100 * value:.1f}"

    return [text(value) if len(values) <= _MOST_WITH_NUMBERS else "" for value in values.ravel()]


def _quiet_cells(values: NDArray[np.float64]) -> go.Heatmap:
    """The diagonal in grey, and cells without mistakes as good as empty."""
    shown = np.where(values > 0, np.nan, 0.0)
    np.fill_diagonal(shown, 1.0)
    return _cells(shown, ["rgba(128, 128, 128, 0.07)", "rgba(128, 128, 128, 0.3)"])


def _mistakes(values: NDArray[np.float64]) -> go.Heatmap:
    """The mistakes by their number; its root lets a single one still show."""
    beside = without_diagonal(values)
    beside[beside == 0] = np.nan
    top = np.nanmax(beside) if np.isfinite(beside).any() else 1.0
    return _cells(np.sqrt(beside / top), [mistake_colour(0), mistake_colour(1)])


def _cells(intensity: NDArray[np.float64], colours: Sequence[str]) -> go.Heatmap:
    return go.Heatmap(
        z=intensity.astype(np.float32),
        zmin=0,
        zmax=1,
        colorscale=[[0.0, colours[0]], [1.0, colours[1]]],
        showscale=False,
        hoverinfo="skip",
        hoverongaps=False,
        xgap=_gap(intensity),
        ygap=_gap(intensity),
    )


def _gap(values: NDArray[np.float64]) -> int:
    """Pixels between cells, where they are large enough for a gap."""
    return 1 if len(values) <= _MOST_WITH_NUMBERS else 0


def _click_targets(matrix: NDArray[np.int64], class_names: Sequence[str], texts: Sequence[str]) -> go.Scatter:
    """Markers that cannot be seen, with the numbers of the cells, written in the page's own colour."""
    rows, columns = (axis.ravel().tolist() for axis in np.indices(matrix.shape))
    return go.Scatter(
        x=columns,
        y=rows,
        customdata=list(zip(rows, columns, strict=True)),
        mode="markers+text",
        text=list(texts),
        textfont={"size": 11},
        marker={"symbol": "square", "size": max(5, min(30, 360 // len(class_names))), "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertext=_hover_texts(matrix, class_names),
        hoverinfo="text",
    )


def _hover_texts(matrix: NDArray[np.int64], class_names: Sequence[str]) -> list[str]:
    by_true, by_predicted = normalised(matrix, "by_true_row"), normalised(matrix, "by_predicted_column")
    return [
        f"<b>{true} read as {read} · {times(matrix[row, column])}</b><br>"
        f"{percent(by_true[row, column])} of all true {true}<br>{percent(by_predicted[row, column])} of all read as "
        f"{read}"
        for row, true in enumerate(class_names)
        for column, read in enumerate(class_names)
    ]


def _outline(selected: tuple[int, int] | None, classes: int) -> list[dict[str, Any]]:
    if selected is None or not (0 <= selected[0] < classes and 0 <= selected[1] < classes):
        return []
    row, column = selected
    box = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    width = 3 if classes <= _MOST_WITH_NUMBERS else 2
    return [{"type": "rect", "line": {"color": BLUE, "width": width}, "layer": "above", **box}]


def matrix_axes(class_names: Sequence[str]) -> dict[str, Any]:
    """Axes of a matrix with a row and a column for each class, that many names can be read on."""
    every = 1 if len(class_names) <= _MOST_NAMED else 2
    size = 13 if len(class_names) <= 12 else 10 if len(class_names) <= 28 else 8
    ticks: dict[str, Any] = {
        "tickvals": list(range(0, len(class_names), every)),
        "ticktext": [shortened(name, 11) for name in class_names[::every]],
        "tickfont": {"size": size if longest(class_names) <= 3 else min(size, 11)},
        "showgrid": False,
        "fixedrange": True,
        "constrain": "domain",
        "ticklabelstandoff": 4,
    }
    edge = len(class_names) - 0.5
    letters = longest(ticks["ticktext"]) * len(ticks["ticktext"])
    upright = 0 if letters <= _LETTERS_ALONG_AN_AXIS else -90
    return {
        "xaxis": number_axis("Predicted label", range=[-0.5, edge], tickangle=upright, **ticks),
        "yaxis": number_axis("True label", range=[edge, -0.5], scaleanchor="x", constraintoward="top", **ticks),
        "hoverdistance": 60,
        "clickmode": "event+select",
    }
