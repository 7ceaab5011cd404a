"""Class probabilities of one image as bars."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.analysis.verdict import percent
from core.figures.theme import BLUE, FAINT, WRONG_COLOUR, empty_figure, new_figure, number_axis, percent_axis

_TITLE = "Probability of each class"
_HEIGHT = 240
# A number over every bar would be noise; these are the ones that one looks for.
_LEAST_LABELLED = 0.01


def probability_bars(
    probabilities: NDArray[np.float32], class_names: Sequence[str], *, true_label: int | None = None
) -> go.Figure:
    """One bar a class from 0 to 100 %, the highest in full colour, the true one framed and named.

    Parameters
    ----------
    probabilities
        shape ``(K,)``, sum 1; empty gives an empty figure.
    true_label
        Position of the true class, where it is known.
    """
    if not len(probabilities):
        return empty_figure(_TITLE, "Nothing to read yet.", height=_HEIGHT)
    values = [round(float(value), 4) for value in probabilities]
    names = [f"<b>{name}</b>" if label == true_label else name for label, name in enumerate(class_names)]
    highest = int(np.argmax(probabilities))
    bars = go.Bar(
        x=list(range(len(values))),
        y=values,
        text=[f"{value:.0%}" if value >= _LEAST_LABELLED else "" for value in values],
        textposition="outside",
        cliponaxis=False,
        customdata=[f"{name}: {percent(value)}" for name, value in zip(class_names, values, strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
        marker=_marker(len(values), highest, true_label),
    )
    return new_figure(
        _TITLE if true_label is None else f"{_TITLE} (true: {class_names[true_label]})",
        [bars],
        height=_HEIGHT,
        xaxis=number_axis("", tickvals=list(range(len(names))), ticktext=names, showgrid=False, fixedrange=True),
        yaxis=percent_axis("", range=[0, 1.12], tickvals=[0, 0.5, 1], fixedrange=True),
        bargap=0.25,
    )


def _marker(classes: int, highest: int, true_label: int | None) -> dict[str, object]:
    """Colours by rank; a frame, not a second colour, marks the true class."""
    frames = [2.5 if label == true_label else 0 for label in range(classes)]
    return {
        "color": [BLUE if label == highest else FAINT for label in range(classes)],
        "line": {"width": frames, "color": WRONG_COLOUR},
    }
