"""Charts of a search: Optuna's own, in the house style."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from core.figures.theme import BLUE, FAINT, HEIGHT, ORANGE, VERMILLION, empty_figure, new_figure, percent_axis

if TYPE_CHECKING:
    import optuna

VALUE = "Validation accuracy"
_SCALE = "Cividis"
"""Of early to late and of poor to good; reads the same to all eyes, and shows on light and dark."""


def history_figure(study: "optuna.Study") -> go.Figure:
    """The accuracy of each trial in turn, and the best so far."""
    title = "Trial by trial"
    if not any(trial.state.name == "COMPLETE" for trial in study.get_trials(deepcopy=False)):
        return _nothing(title)
    from optuna.visualization import plot_optimization_history

    figure = _in_house_style(plot_optimization_history(study, target_name=VALUE), title)
    colours = {"Best Value": ("Best so far", ORANGE), VALUE: ("One trial", BLUE)}
    for trace in figure.data:
        name, colour = colours.get(trace.name, (trace.name, VERMILLION))
        trace.update(name=name, marker={"color": colour}, line={"color": colour})
    figure.update_layout(showlegend=True, yaxis=percent_axis("", fixedrange=True), xaxis={"title": {"text": "Trial"}})
    return figure


def importance_figure(importances: Mapping[str, float]) -> go.Figure:
    """A bar for each varied setting: its share in what makes trials good.

    Parameters
    ----------
    importances
        0–1, by the words for the settings, the largest first.
    """
    title = "Importance"
    if not importances:
        return _nothing(title)
    names, shares = list(importances)[::-1], list(importances.values())[::-1]
    bars = go.Bar(
        x=shares,
        y=names,
        orientation="h",
        text=[f"{share:.0%}" for share in shares],
        textposition="outside",
        cliponaxis=False,
        marker={"color": BLUE},
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    return new_figure(
        title,
        [bars],
        height=max(160, 60 + 44 * len(names)),
        xaxis={"visible": False, "range": [0, 1.2 * max(shares)], "fixedrange": True},
        yaxis={"automargin": True, "fixedrange": True},
    )


def slice_figure(study: "optuna.Study", setting: str) -> go.Figure:
    """The accuracy of every trial over one setting; the later a trial, the lighter.

    Parameters
    ----------
    setting
        In words, as the study names it.
    """
    title = f"Accuracy by {setting.lower()}"
    if not study.get_trials(deepcopy=False):
        return _nothing(title)
    from optuna.visualization import plot_slice

    figure = _in_house_style(plot_slice(study, params=[setting], target_name=VALUE), title)
    figure.update_traces(
        marker={"colorscale": _SCALE, "size": 9, "line": {"color": FAINT, "width": 1}}, selector={"type": "scatter"}
    )
    figure.update_layout(yaxis=percent_axis("", fixedrange=True))
    return figure


def parallel_figure(study: "optuna.Study") -> go.Figure:
    """Every trial as a line through its settings to its accuracy; the best tenth stands out."""
    title = "All settings at once"
    if not study.get_trials(deepcopy=False):
        return _nothing(title)
    from optuna.visualization import plot_parallel_coordinate

    figure = _in_house_style(plot_parallel_coordinate(study, target_name=VALUE), title, height=400)
    # Its last trace is a bar of colours that are ours no longer.
    figure.data = [trace for trace in figure.data if trace.y is not None and trace.y[0] is not None]
    best = sorted((float(trace.y[0]) for trace in figure.data), reverse=True)[: max(1, len(figure.data) // 10)]
    for trace in figure.data:
        is_good = float(trace.y[0]) >= best[-1]
        line = {"color": ORANGE, "width": 2.5} if is_good else {"color": BLUE, "width": 1.2}
        trace.update(line=line, opacity=1.0 if is_good else 0.6)
    # Words on white and black alike.
    figure.update_annotations(font={"color": None, "size": 11})
    figure.update_layout(margin={"l": 56, "r": 56})
    return figure


def epochs_figure(study: "optuna.Study") -> go.Figure:
    """The accuracy of trials after each of their epochs: where the unpromising ones were stopped."""
    title = "Epoch by epoch"
    if not any(trial.intermediate_values for trial in study.get_trials(deepcopy=False)):
        return _nothing(title)
    from optuna.visualization import plot_intermediate_values

    figure = _in_house_style(plot_intermediate_values(study), title)
    for trace in figure.data:
        trace.update(marker={"maxdisplayed": 10, "color": BLUE}, line={"color": BLUE, "width": 1.5}, opacity=0.6)
    figure.update_layout(
        showlegend=False,
        yaxis=percent_axis("", fixedrange=True),
        xaxis={"title": {"text": "Epoch"}, "dtick": 1 if _epochs(study) <= 12 else None},
    )
    return figure


def _epochs(study: "optuna.Study") -> int:
    return max((max(trial.intermediate_values, default=0) for trial in study.get_trials(deepcopy=False)), default=0)


def _nothing(title: str) -> go.Figure:
    return empty_figure(title, "It appears with the first trials.")


def _in_house_style(figure: go.Figure, title: str, height: int = HEIGHT) -> go.Figure:
    """Optuna's traces and axes with our colours, margins and words; the page's theme paints the background."""
    own: dict[str, Any] = figure.layout.to_plotly_json()
    for name in ("template", "title", "plot_bgcolor", "paper_bgcolor", "legend", "showlegend", "width", "height"):
        own.pop(name, None)
    seen = [trace for trace in figure.data if trace.x is None or len(trace.x)]
    styled = new_figure(title, seen, height=height, **own)
    styled.update_xaxes(automargin=True, fixedrange=True)
    styled.update_yaxes(automargin=True, fixedrange=True)
    return styled
