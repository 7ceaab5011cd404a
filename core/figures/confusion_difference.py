"""What one network confuses more often than another: the difference of two confusion matrices."""

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.confusion import HEIGHT, matrix_axes
from core.figures.theme import BLUE, ORANGE, empty_figure, new_figure, rgb

_MOST_WITH_NUMBERS = 20
_STRONGEST = 0.85


def confusion_difference(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Second minus first, int64 ``(K, K)``; rows are true labels.

    Raises
    ------
    ValueError
        If they are not of the same classes and images.
    """
    if first.shape != second.shape or not np.array_equal(first.sum(axis=1), second.sum(axis=1)):
        raise ValueError("Both matrices must count the same images.")
    return second - first


def difference_heatmap(difference: NDArray[np.int64], class_names: Sequence[str], first: str, second: str) -> go.Figure:
    """Draw it: orange where the second has more images in a cell, blue where the first has."""
    title = "Confusion matrix, B minus A"
    if not np.any(difference):
        return empty_figure(title, "Both confusion matrices are the same.", height=HEIGHT)
    top = float(np.sqrt(np.abs(difference).max()))
    strength = np.sign(difference) * np.sqrt(np.abs(difference)) / top
    cells = go.Heatmap(
        z=strength.astype(np.float32),
        zmin=-1,
        zmax=1,
        colorscale=[[0.0, _shade(BLUE, _STRONGEST)], [0.5, _shade("#808080", 0.06)], [1.0, _shade(ORANGE, _STRONGEST)]],
        showscale=False,
        text=_texts(difference),
        texttemplate="%{text}" if len(class_names) <= _MOST_WITH_NUMBERS else None,
        hovertext=_hover(difference, class_names, first, second),
        hoverinfo="text",
        xgap=1,
        ygap=1,
    )
    return new_figure(title, [cells], height=HEIGHT, **matrix_axes(class_names))


def _texts(difference: NDArray[np.int64]) -> list[list[str]]:
    return [[f"{value:+d}".replace("-", "−") if value else "·" for value in row] for row in difference.tolist()]


def _hover(difference: NDArray[np.int64], names: Sequence[str], first: str, second: str) -> list[list[str]]:
    first, second = escape(first, quote=False), escape(second, quote=False)

    def words(true: str, read: str, value: int) -> str:
        kind = f"{true} read correctly" if true == read else f"{true} read as {read}"
        if not value:
            return f"<b>{kind}</b><br>equally often"
        return f"<b>{kind}</b><br>{abs(value):,} more with {second if value > 0 else first}"

    rows = zip(names, difference.tolist(), strict=True)
    return [[words(true, read, value) for read, value in zip(names, row, strict=True)] for true, row in rows]


def _shade(colour: str, opacity: float) -> str:
    red, green, blue = rgb(colour)
    return f"rgba({red}, {green}, {blue}, {opacity})"
