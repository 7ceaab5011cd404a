"""What Train shows of a run while it learns: four numbers, its curves, its probe digits."""

from collections.abc import Callable
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st

from core.analysis.percent import percent
from core.analysis.training_value import training_conditions
from core.engine.job import JobSnapshot
from core.figures.curve_points import CurvePoints, curve_points
from core.figures.curves import accuracy_curves, loss_curves
from core.runs.status import RunStatus
from ui.live.curves import CurveView, growing_ceiling
from ui.live.figure import ReadyFigure, show_figure
from ui.results.replay import curve_frames, curve_view
from ui.shell.terms import explained
from ui.shell.words import loss_unit
from ui.train.probes import show_probes
from ui.train.status import epochs_done

CHART_HEIGHT = 280
"""Pixels: with what is above them, the curves end where the first screen of a small laptop does."""
_CAPTION_HEIGHT = 40
_LEGEND_ROOM = 88
_NARROWEST_CHART = 250

_LOSSES = {
    "cross_entropy": "Mean cross entropy per image, in nats: −ln of the probability of the true label.",
    "squared_error": "Half the summed squared error between logits and one-hot labels, averaged over the images.",
}


@dataclass(frozen=True)
class Number:
    """One of the numbers above the curves, and what it means."""

    label: str
    value: str
    note: str


def numbers_of(snapshot: JobSnapshot) -> tuple[Number, ...]:
    """Four numbers, each in its place from the start."""
    last = snapshot.epochs[-1] if snapshot.epochs else None
    speed = _images_per_second(snapshot)
    return (
        Number("Validation accuracy", percent(last.val_accuracy) if last else "–", _accuracy_note(snapshot)),
        Number("Validation loss", f"{last.val_loss:.3f}" if last else "–", _loss_note(snapshot)),
        Number("Epoch", _epoch(snapshot), explained("Epoch", "Batch")),
        Number("Images per second", f"{speed:,.0f}" if speed else "–", "Training speed, without evaluation."),
    )


def show_numbers(snapshot: JobSnapshot, key: str = "train") -> None:
    """The numbers side by side."""
    with st.container(key=f"{key}_numbers"), st.grid(4, min_column_width=140):
        for number in numbers_of(snapshot):
            st.metric(number.label, number.value, help=number.note)


def show_learning(snapshot: JobSnapshot, key: str = "train") -> None:
    """Loss, accuracy and the probe digits, side by side where there is room."""
    frames = curve_frames(snapshot)
    with st.grid(3, min_column_width=_NARROWEST_CHART) as grid:
        for name, curve in CURVES.items():
            with grid.cell():
                show_figure(
                    curve.draw(snapshot, curve_view()),
                    key=f"{key}_{name}",
                    revision=snapshot.run_id,
                    alt=curve.alt,
                    frames=frames,
                )
        with grid.cell():
            show_probes(snapshot, key, max_height=CHART_HEIGHT - _CAPTION_HEIGHT)


def _loss(snapshot: JobSnapshot, view: CurveView) -> ReadyFigure:
    points = curve_points(snapshot.epochs, snapshot.live_points, snapshot.early)
    reached = (snapshot.position, len(snapshot.live_points), len(snapshot.early))
    ceiling = growing_ceiling(snapshot.run_id, points)
    return _loss_figure(_curve_key(snapshot), reached, ceiling, view, snapshot, points)


def _accuracy(snapshot: JobSnapshot, view: CurveView) -> ReadyFigure:
    reached = (snapshot.epochs[-1].position if snapshot.epochs else 0.0, len(snapshot.early))
    return _accuracy_figure(_curve_key(snapshot), reached, view, snapshot)


def _curve_key(snapshot: JobSnapshot) -> str:
    """What tells the curves of one run, or of none with these settings, from all others."""
    return snapshot.run_id or snapshot.config.to_json()


# A run of the page draws everything, and most of it is as it was: what changes with a figure is its key.
@st.cache_resource(max_entries=32, show_spinner=False)
def _loss_figure(
    key: str,  # noqa: ARG001
    reached: tuple[float, int, int],  # noqa: ARG001
    ceiling: float,
    view: CurveView,
    _snapshot: JobSnapshot,
    _points: CurvePoints,
) -> ReadyFigure:
    config = _snapshot.config
    losses = loss_curves(
        _points,
        epochs=config.epochs,
        conditions=training_conditions(config),
        unit=loss_unit(config),
        smoothing=view.smoothing,
        epoch_axis=view.epoch_axis,
        ceiling=ceiling,
    )
    # Thin in the training's own colour, it needs no words of its own, which there is no room for.
    losses.update_traces(showlegend=False, selector={"name": "Training, per batch"})
    # For whoever measures how old a point is when it is seen.
    losses.update_layout(meta=None if _snapshot.progress is None else _snapshot.progress.said_at)
    return _compact(losses)


@st.cache_resource(max_entries=32, show_spinner=False)
def _accuracy_figure(
    key: str,  # noqa: ARG001
    reached: tuple[float, int],  # noqa: ARG001
    view: CurveView,
    _snapshot: JobSnapshot,
) -> ReadyFigure:
    points = curve_points(_snapshot.epochs, (), _snapshot.early)
    config = _snapshot.config
    figure = accuracy_curves(
        points,
        epochs=config.epochs,
        scale=view.scale,
        epoch_axis=view.epoch_axis,
        conditions=training_conditions(config),
    )
    return _compact(figure)


def _compact(figure: go.Figure) -> ReadyFigure:
    """A third of the page wide, so that all three are on the first screen; a mouse can zoom."""
    small = {"title": {"font": {"size": 12}, "standoff": 4}}
    # Room for two rows of legend from the start: the axes must not move when its first line appears.
    look = {"xaxis": small, "yaxis": small, "legend": {"y": -0.3}, "margin": {"b": _LEGEND_ROOM}, "dragmode": "zoom"}
    return ReadyFigure.of(figure.update_layout(height=CHART_HEIGHT, **look))


def _accuracy_note(snapshot: JobSnapshot) -> str:
    images = int(snapshot.epochs[-1].confusion.sum()) if snapshot.epochs else 0
    measured = f"On {images:,} images kept out of training." if images else "On images kept out of training."
    return f"{measured}\n\n{explained('Accuracy', 'Validation set')}"


def _loss_note(snapshot: JobSnapshot) -> str:
    loss = snapshot.config.loss
    return f"{_LOSSES[loss]}\n\n{explained('Loss', *(['Nats'] if loss == 'cross_entropy' else []))}"


def _epoch(snapshot: JobSnapshot) -> str:
    """Which epoch is going on; how many are done where none is."""
    epochs = snapshot.config.epochs
    if snapshot.status is RunStatus.RUNNING:
        return f"{min(int(snapshot.position) + 1, epochs)} of {epochs}"
    return epochs_done(snapshot)


def _images_per_second(snapshot: JobSnapshot) -> float | None:
    """The speed now, or that of the last epoch; one that was cut off is too short to tell, if there is another."""
    if snapshot.progress is not None and snapshot.status.is_active:
        return snapshot.progress.images_per_second
    whole = [epoch for epoch in snapshot.epochs if epoch.complete] or snapshot.epochs
    return whole[-1].images_per_second if whole else None


@dataclass(frozen=True)
class Curve:
    """How a figure of the first screen is drawn, and what a person who does not see it is told."""

    draw: Callable[[JobSnapshot, CurveView], ReadyFigure]
    alt: str


CURVES = {
    "loss_curve": Curve(_loss, "Training loss per batch and per epoch, and validation loss per epoch"),
    "accuracy_curve": Curve(_accuracy, "Training and validation accuracy per epoch"),
}
"""By the end of their keys."""
