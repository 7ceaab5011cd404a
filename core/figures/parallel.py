"""Parallel coordinates: one axis for each setting in which runs differ, one line for each run."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import plotly.graph_objects as go

from core.analysis.percent import percent
from core.config import TrainConfig, setting_title
from core.figures.compared_curves import line_colour, line_dash
from core.figures.names import shortened
from core.figures.theme import FAINT, empty_figure, new_figure

_HEIGHT = 340
_TITLE = "Settings and validation accuracy"


@dataclass(frozen=True)
class Coordinate:
    """One axis.

    Parameters
    ----------
    places
        Where each run crosses it, 0–1; None where it has no value.
    words
        The value of each run as people read it.
    ends
        What is written at its lower and upper end.
    """

    title: str
    places: tuple[float | None, ...]
    words: tuple[str, ...]
    ends: tuple[str, str]


def coordinates(
    configs: Sequence[TrainConfig],
    names: Sequence[str],
    accuracies: Sequence[float | None],
    say: Callable[[str, Any], str],
) -> tuple[Coordinate, ...]:
    """The axes of these settings, and the validation accuracy as the last.

    Numbers of which the largest is at least twenty times the smallest positive one are placed by their logarithm; words
    and switches at equal distances.

    Parameters
    ----------
    say
        A setting’s value as people read it, by its name and the value.
    """
    axes = [_coordinate(name, [getattr(config, name) for config in configs], say) for name in names]
    known = [accuracy for accuracy in accuracies if accuracy is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    places = tuple(None if value is None else _between(value, low, high) for value in accuracies)
    words = tuple("not measured" if value is None else percent(value) for value in accuracies)
    return (*axes, Coordinate("Validation accuracy", places, words, (percent(low), percent(high))))


def parallel_figure(axes: Sequence[Coordinate], labels: Sequence[str], styles: Sequence[int]) -> go.Figure:
    """Draw the axes side by side and a line through them for each run, in its colour."""
    if len(axes) < 2:
        return empty_figure(_TITLE, "These runs differ in no setting but the seed.", height=_HEIGHT)
    lines = [_line(axes, run, label, style) for run, (label, style) in enumerate(zip(labels, styles, strict=True))]
    upright = {"type": "line", "y0": 0, "y1": 1, "line": {"color": FAINT, "width": 2}, "layer": "below"}
    notes = [
        {
            "x": place,
            "y": y,
            "text": escape(shortened(text, 12), quote=False),
            "showarrow": False,
            "yshift": shift,
            "font": {"size": 12},
        }
        for place, axis in enumerate(axes)
        for y, text, shift in ((0, axis.ends[0], -12), (1, axis.ends[1], 12))
    ]
    names = ["<br>".join(axis.title.split()) for axis in axes]
    return new_figure(
        _TITLE,
        lines,
        height=_HEIGHT,
        shapes=[upright | {"x0": place, "x1": place} for place in range(len(axes))],
        annotations=notes,
        xaxis={
            "tickvals": list(range(len(axes))),
            "ticktext": names,
            "range": [-0.4, len(axes) - 0.6],
            "showgrid": False,
            "fixedrange": True,
            "automargin": True,
            "tickangle": 0,
            "ticklabelstandoff": 16,
        },
        yaxis={"visible": False, "range": [-0.12, 1.12], "fixedrange": True},
    )


def _coordinate(name: str, values: Sequence[Any], say: Callable[[str, Any], str]) -> Coordinate:
    title, words = setting_title(name), tuple(say(name, value) for value in values)
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        numbers = [float(value) for value in values]
        low, high = min(numbers), max(numbers)
        if low > 0 and high >= 20 * low:
            numbers, low, high = [math.log(number) for number in numbers], math.log(low), math.log(high)
        ordered = sorted(zip(values, words, strict=True))
        places: tuple[float | None, ...] = tuple(_between(number, low, high) for number in numbers)
        return Coordinate(title, places, words, (ordered[0][1], ordered[-1][1]))
    kinds = sorted(set(words))
    places = tuple(_between(kinds.index(word), 0, len(kinds) - 1) for word in words)
    return Coordinate(title, places, words, (kinds[0], kinds[-1]))


def _between(value: float, low: float, high: float) -> float:
    return 0.5 if high == low else (value - low) / (high - low)


def _line(axes: Sequence[Coordinate], run: int, label: str, style: int) -> go.Scatter:
    label = escape(label, quote=False)
    return go.Scatter(
        x=list(range(len(axes))),
        y=[axis.places[run] for axis in axes],
        mode="lines+markers",
        name=label,
        line={"color": line_colour(style), "width": 2.5, "dash": line_dash(style), "shape": "spline", "smoothing": 0.6},
        marker={"size": 8},
        hovertext=[f"<b>{label}</b><br>{axis.title}: {escape(axis.words[run], quote=False)}" for axis in axes],
        hoverinfo="text",
    )
