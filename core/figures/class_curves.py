"""The validation accuracy of everybody’s runs in a class, over one another: a colour and a dash for each nickname."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import plotly.graph_objects as go

from core.figures.compared_curves import line_colour, line_dash
from core.figures.theme import empty_figure, legend_below, new_figure, number_axis, percent_axis

HEIGHT: Final = 420
MOST_POINTS: Final = 50
"""Of one curve: a line of 400 pixels shows no more."""
_MOST_NAMED: Final = 24
"""Nicknames that the legend has room for; the mouse tells the others."""


@dataclass(frozen=True)
class ClassLine:
    """All runs of one nickname in one line, which breaks between them.

    Parameters
    ----------
    x, y
        Epochs done and validation accuracy, 0–1; None between two runs.
    """

    nickname: str
    x: tuple[float | None, ...]
    y: tuple[float | None, ...]


def class_lines(runs: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> tuple[ClassLine, ...]:
    """Gather the curves of each nickname, in the order in which the nicknames come.

    Parameters
    ----------
    runs
        Nickname and points of each run; a run without points is left out, and of one with more than ``MOST_POINTS``
        that many are taken, evenly from the first to the last.
    """
    points: dict[str, list[tuple[float | None, float | None]]] = {}
    for nickname, curve in runs:
        if curve:
            line = points.setdefault(nickname, [])
            line.extend([*([(None, None)] if line else []), *_thinned(curve)])
    return tuple(ClassLine(name, *map(tuple, zip(*line, strict=True))) for name, line in points.items())


def class_title(newest: int | None = None) -> str:
    """What the figure shows: every run, or only this many of the newest."""
    return f"Validation accuracy of {'every run' if newest is None else f'the newest {newest} runs'}"


def class_figure(lines: Sequence[ClassLine], styles: Mapping[str, int], title: str) -> go.Figure:
    """Draw the lines.

    Parameters
    ----------
    styles
        Number of the colour and dash of each nickname, which it keeps as others join.
    title
        From :func:`class_title`.
    """
    if not lines:
        return empty_figure(title, "The first curve starts when somebody’s first epoch ends.", height=HEIGHT)
    traces = [
        go.Scatter(
            x=line.x,
            y=line.y,
            mode="lines+markers",
            name=escape(line.nickname, quote=False),
            line={"color": line_colour(styles[line.nickname]), "dash": line_dash(styles[line.nickname]), "width": 1.5},
            marker={"size": 4},
            showlegend=place < _MOST_NAMED,
            hovertemplate="%{fullData.name}<br>epoch %{x:.4g}: %{y:.2%}<extra></extra>",
        )
        for place, line in enumerate(lines)
    ]
    return new_figure(
        title,
        traces,
        height=HEIGHT,
        showlegend=True,
        legend=legend_below(),
        xaxis=number_axis("Epoch", rangemode="tozero"),
        yaxis=percent_axis("", range=[0, 1.01]),
    )


def _thinned(curve: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    if len(curve) <= MOST_POINTS:
        return curve
    return [curve[round(place * (len(curve) - 1) / (MOST_POINTS - 1))] for place in range(MOST_POINTS)]
