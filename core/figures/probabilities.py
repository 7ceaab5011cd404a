"""Class probabilities of one image as bars."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.analysis.percent import probability_percent
from core.figures.names import longest, shortened
from core.figures.theme import (
    BLUE,
    FAINT,
    WRONG_COLOUR,
    centred_note,
    empty_figure,
    new_figure,
    number_axis,
    percent_axis,
)

_TITLE = "Probability of each class"
_HEIGHT = 240
_MOST_BARS = 15
_SHOWN_OF_MANY = 10
# A number over every bar would be noise; these are the ones that one looks for.
_LEAST_LABELLED = 0.01


def probability_bars(
    probabilities: NDArray[np.float32], class_names: Sequence[str], *, true_label: int | None = None
) -> go.Figure:
    """One bar a class from 0 to 100%, the highest in full colour, the true one framed and named.

    Of more than fifteen classes the ten most probable ones are shown, and the true one.

    Parameters
    ----------
    probabilities
        shape ``(K,)``, sum 1; empty gives an empty figure.
    true_label
        Position of the true class, where it is known.
    """
    if not len(probabilities):
        return empty_figure(_TITLE, "Nothing to read yet.", height=_HEIGHT)
    shown = _shown(probabilities, true_label)
    full_names = [class_names[label] for label in shown]
    short = [shortened(name) for name in full_names]
    names = [f"<b>{name}</b>" if label == true_label else name for label, name in zip(shown, short, strict=True)]
    highest = int(np.argmax(probabilities))
    bars = go.Bar(
        x=list(range(len(shown))),
        **_heights(probabilities, shown, full_names),
        textposition="outside",
        textangle=0,
        constraintext="none",
        cliponaxis=False,
        hovertemplate="%{customdata}<extra></extra>",
        marker=_marker(shown, highest, true_label),
    )
    title = _TITLE if len(shown) == len(probabilities) else f"The {_SHOWN_OF_MANY} most probable classes"
    room = max(0, longest(short) - 3)
    return new_figure(
        title if true_label is None else f"{title} (true: {class_names[true_label]})",
        [bars],
        height=_HEIGHT + min(60, 6 * room),
        xaxis=number_axis(
            "",
            tickvals=list(range(len(names))),
            ticktext=names,
            tickangle=-40 if room else 0,
            range=[-0.6, len(names) - 0.4],
            showgrid=False,
            fixedrange=True,
        ),
        yaxis=percent_axis("", range=[0, 1.12], tickvals=[0, 0.5, 1], fixedrange=True),
        bargap=0.25,
    )


def probability_bars_json(
    probabilities: NDArray[np.float32], class_names: tuple[str, ...], *, true_label: int | None = None
) -> tuple[go.Figure, str]:
    """:func:`probability_bars` as plotly.js reads it, for a tenth of the time where the classes stay the same.

    Returns
    -------
    tuple
        A figure of the same size with other bars, and the JSON.
    """
    if not 0 < len(probabilities) <= _MOST_BARS:
        figure = probability_bars(probabilities, class_names, true_label=true_label)
        return figure, str(figure.to_json(validate=False))
    figure, trace, layout = _without_bars(class_names, true_label)
    shown = _shown(probabilities, true_label)
    bars = _heights(probabilities, shown, [class_names[label] for label in shown])
    marker = _marker(shown, int(np.argmax(probabilities)), true_label)
    return figure, json.dumps({"data": [trace | bars | {"marker": marker}], "layout": layout}, separators=(",", ":"))


@lru_cache(maxsize=32)
def _without_bars(
    class_names: tuple[str, ...], true_label: int | None
) -> tuple[go.Figure, dict[str, Any], dict[str, Any]]:
    """What is the same for all probabilities of these few classes: a figure, its trace and its layout."""
    figure = probability_bars(np.zeros(len(class_names), np.float32), class_names, true_label=true_label)
    said = json.loads(figure.to_json(validate=False))
    return figure, said["data"][0], said["layout"]


def probability_frame(
    probabilities: NDArray[np.float32],
    newest: NDArray[np.float32],
    class_names: Sequence[str],
    *,
    true_label: int | None = None,
) -> dict[str, Any]:
    """What is different in the :func:`probability_bars` of ``newest`` with these probabilities; its classes stay.

    Parameters
    ----------
    probabilities, newest
        shape ``(K,)``, sum 1: at an earlier place of the run, and what the figure shows by itself.
    """
    shown = _shown(newest, true_label)
    highest = int(np.argmax(probabilities))
    heights = _heights(probabilities, shown, [class_names[label] for label in shown])
    return {"data": {0: heights | {"marker": _marker(shown, highest, true_label)}}}


def unknown_frame(why: str) -> dict[str, Any]:
    """What is different in :func:`probability_bars` where nobody can say any more what they were."""
    return {"data": {0: {"y": [], "text": []}}, "layout": {"annotations": [centred_note(why)]}}


def _heights(probabilities: NDArray[np.float32], shown: Sequence[int], names: Sequence[str]) -> dict[str, list[Any]]:
    """Bars, and what is above and beside them."""
    values = [round(float(probabilities[label]), 4) for label in shown]
    # The same rounding as in every sentence beside the bars.
    said = [probability_percent(float(probabilities[label])) for label in shown]
    return {
        "y": values,
        "text": [words if value >= _LEAST_LABELLED else "" for words, value in zip(said, values, strict=True)],
        "customdata": [f"{name}: {words}" for name, words in zip(names, said, strict=True)],
    }


def _shown(probabilities: NDArray[np.float32], true_label: int | None) -> list[int]:
    """The classes that get a bar: all in their order, or of many the most probable first."""
    if len(probabilities) <= _MOST_BARS:
        return list(range(len(probabilities)))
    first = [int(label) for label in np.argsort(-probabilities, kind="stable")[:_SHOWN_OF_MANY]]
    return first if true_label is None or true_label in first else [*first, true_label]


def _marker(shown: Sequence[int], highest: int, true_label: int | None) -> dict[str, object]:
    """Colours by rank; a frame, not a second colour, marks the true class."""
    frames = [2.5 if label == true_label else 0 for label in shown]
    return {
        "color": [BLUE if label == highest else FAINT for label in shown],
        "line": {"width": frames, "color": WRONG_COLOUR},
    }
