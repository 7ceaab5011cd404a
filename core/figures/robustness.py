"""Accuracy against the strength of a change or an attack, a line for each run."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from core.figures.compared_curves import line_colour, line_dash
from core.figures.theme import FAINT, GREY, empty_figure, legend_below, new_figure, number_axis, percent_axis


@dataclass(frozen=True)
class StrengthCurve:
    """A line.

    Parameters
    ----------
    style
        Number of its colour: that of the run in every chart.
    accuracies
        0–1, one for each strength.
    is_dashed
        Whether it is the weaker of two of one run.
    """

    label: str
    style: int
    accuracies: tuple[float, ...]
    is_dashed: bool = False


def strength_figure(
    curves: Sequence[StrengthCurve],
    strengths: Sequence[float],
    *,
    title: str,
    across: str,
    chosen: float | None = None,
    neutral: float = 0.0,
) -> go.Figure:
    """Draw the curves.

    Parameters
    ----------
    across
        Title of the axis of strengths, with its unit.
    chosen
        A strength that is marked.
    neutral
        The strength that changes nothing, marked by a dotted line.
    """
    if not curves:
        return empty_figure(title, "Nothing has been measured yet.")
    guides = [_guide(neutral, {"color": FAINT, "width": 2, "dash": "dot"})]
    if chosen is not None:
        guides.append(_guide(chosen, {"color": GREY, "width": 2}))
    return new_figure(
        title,
        [_line(curve, strengths) for curve in curves],
        showlegend=len(curves) > 1,
        legend=legend_below(),
        shapes=guides,
        xaxis=number_axis(across, fixedrange=True),
        yaxis=percent_axis("", range=[0, 1.02], fixedrange=True),
    )


def _line(curve: StrengthCurve, strengths: Sequence[float]) -> go.Scatter:
    return go.Scatter(
        x=list(strengths),
        y=list(curve.accuracies),
        mode="lines+markers",
        name=escape(curve.label, quote=False),
        line={
            "color": line_colour(curve.style),
            "width": 2.5,
            "dash": "dash" if curve.is_dashed else line_dash(curve.style),
        },
        marker={"size": 7},
        hovertemplate="%{fullData.name}<br>%{x:.4g}: %{y:.2%}<extra></extra>",
    )


def _guide(place: float, line: dict[str, object]) -> dict[str, object]:
    return {"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "yref": "paper", "line": line}
