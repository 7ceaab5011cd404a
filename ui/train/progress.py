"""What Train shows of a run while it learns: four numbers, its curves, its probe digits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from core.analysis.training_value import training_conditions
from core.engine.job import JobSnapshot
from core.errors import DataError, RunError
from core.figures.curve_points import CurvePoints, curve_points
from core.figures.curves import accuracy_curves, loss_curves
from core.figures.probes import probe_frame, probe_montage
from core.runs.records import RunStatus
from core.training.probes import probe_positions
from ui.digits.gallery import show_montage
from ui.live.curves import CurveView, growing_ceiling
from ui.live.figure import ReadyFigure, show_figure
from ui.shell.resources import images_to_validate, model
from ui.shell.words import escape_markdown, item, loss_unit
from ui.train.replay import answers_of, curve_frames, curve_view, probe_frames
from ui.train.status import epochs_done

CHART_HEIGHT = 280
"""Pixels: with what is above them, the curves end where the first screen of a small laptop does."""
_CAPTION_HEIGHT = 40
_LEGEND_ROOM = 88
_NARROWEST_CHART = 250

Answers = tuple[Sequence[int], Sequence[float]]
"""What a network reads in each probe image, and how sure it is."""

_LOSSES = {
    "cross_entropy": "Mean cross entropy, nats per image.",
    "squared_error": "Half the summed squared error between scores and one-hot labels, mean over the images.",
}


def show_numbers(snapshot: JobSnapshot) -> None:
    """Four numbers, each in its place from the start."""
    last = snapshot.epochs[-1] if snapshot.epochs else None
    speed = _images_per_second(snapshot)
    numbers = (
        ("Validation accuracy", f"{last.val_accuracy:.2%}" if last else "–", _kept_out(snapshot)),
        ("Validation loss", f"{last.val_loss:.3f}" if last else "–", _LOSSES[snapshot.config.loss]),
        ("Epoch", _epoch(snapshot), "Passes over the training images."),
        ("Images per second", f"{speed:,.0f}" if speed else "–", "Training speed, evaluation not counted."),
    )
    with st.grid(4, min_column_width=140):
        for label, value, note in numbers:
            st.metric(label, value, help=note)


def show_learning(snapshot: JobSnapshot, key: str = "train") -> None:
    """Loss, accuracy and the probe digits, side by side where there is room."""
    frames = curve_frames(snapshot)
    with st.grid(3, min_column_width=_NARROWEST_CHART) as grid:
        with grid.cell():
            show_figure(
                _loss(snapshot),
                key=f"{key}_loss_curve",
                revision=snapshot.run_id,
                alt="Training loss per batch and per epoch, and validation loss per epoch",
                frames=frames,
            )
        with grid.cell():
            show_figure(
                _accuracy(snapshot),
                key=f"{key}_accuracy_curve",
                revision=snapshot.run_id,
                alt="Training and validation accuracy per epoch",
                frames=frames,
            )
        with grid.cell():
            show_probes(snapshot, key)


def show_probes(snapshot: JobSnapshot, key: str = "train") -> None:
    """Two validation images of each class, framed by whether the network reads them right at this moment."""
    try:
        validation = images_to_validate(snapshot.config)
    except DataError as error:
        st.caption(f"Validation images cannot be shown. {escape_markdown(str(error))}")
        return
    positions = probe_positions(validation.labels, len(validation.class_names))
    probes = _Probes(validation.labels[positions], validation.class_names)
    images, what = validation.images[positions], item(validation.class_names)
    answers = _probe_answers(snapshot, images)
    # While it learns, how sure it is changes faster than anybody reads, and the figure with it.
    sure = not snapshot.status.is_active
    st.markdown(
        f"**Probe {what}s**{probes.summary(answers)}",
        help=f"Two validation {what}s of each class. Below each, what the network reads; thick orange frames are "
        "mistakes.",
    )
    said = (*probes.words(answers, sure=sure), probes.correct(answers))
    show_montage(
        _probe_figure(snapshot.config.data_only().to_json(), *said, images),
        key=f"{key}_probes",
        alt=f"{len(positions)} probe {what}s with the network’s answers",
        max_height=CHART_HEIGHT - _CAPTION_HEIGHT,
        frames=probe_frames(snapshot, images, probes.frame),
    )


@dataclass(frozen=True, eq=False)
class _Probes:
    """The labels of the probe images, and how answers to them are shown."""

    labels: NDArray[np.int64]
    names: tuple[str, ...]

    def summary(self, answers: Answers | None) -> str:
        if answers is None:
            return ", not read yet"
        return f": now {sum(self.correct(answers) or ())} of {len(self.labels)} correct"

    def words(self, answers: Answers | None, *, sure: bool = True) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What each says when pointed at, and what is below it."""
        labels = [self.names[label] for label in self.labels]
        if answers is None:
            return tuple(f"label {name}" for name in labels), tuple(labels)
        read = [self.names[label] for label in answers[0]]
        hover = [
            f"label {name}, read as {answer}" + (f" ({confidence:.0%} sure)" if sure else "")
            for name, answer, confidence in zip(labels, read, answers[1], strict=True)
        ]
        return tuple(hover), tuple(read)

    def correct(self, answers: Answers | None) -> tuple[bool, ...] | None:
        if answers is None:
            return None
        return tuple(bool(read == label) for read, label in zip(answers[0], self.labels, strict=True))

    def frame(self, labels: Sequence[int], confidence: Sequence[float]) -> dict[str, Any]:
        """What is different with these answers."""
        answers = (labels, confidence)
        return probe_frame(
            *self.words(answers), columns=_probe_columns(len(self.labels)), correct=self.correct(answers) or ()
        )


def _loss(snapshot: JobSnapshot) -> ReadyFigure:
    points = curve_points(snapshot.epochs, snapshot.live_points, snapshot.early)
    reached = (snapshot.position, len(snapshot.live_points), len(snapshot.early))
    ceiling = growing_ceiling(snapshot.run_id, points)
    return _loss_figure(_curve_key(snapshot), reached, ceiling, curve_view(), snapshot, points)


def _accuracy(snapshot: JobSnapshot) -> ReadyFigure:
    reached = (snapshot.epochs[-1].position if snapshot.epochs else 0.0, len(snapshot.early))
    return _accuracy_figure(_curve_key(snapshot), reached, curve_view(), snapshot)


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


@st.cache_resource(max_entries=32, show_spinner=False)
def _probe_figure(
    data: str,  # noqa: ARG001
    hover: tuple[str, ...],
    captions: tuple[str, ...],
    correct: tuple[bool, ...] | None,
    _images: NDArray[np.uint8],
) -> ReadyFigure:
    return ReadyFigure.of(
        probe_montage(_images, hover, captions, columns=_probe_columns(len(_images)), correct=correct)
    )


def _probe_columns(count: int) -> int:
    """As wide as high, more or less: the room beside two curves."""
    return max(5, round(math.sqrt(1.25 * count)))


def _kept_out(snapshot: JobSnapshot) -> str:
    images = int(snapshot.epochs[-1].confusion.sum()) if snapshot.epochs else 0
    return f"On {images:,} images kept out of training." if images else "On images kept out of training."


def _probe_answers(snapshot: JobSnapshot, images: NDArray[np.uint8]) -> Answers | None:
    """What the network reads in each probe image, and how sure it is."""
    if snapshot.progress is not None:
        return snapshot.progress.probe_predicted, snapshot.progress.probe_confidence
    if snapshot.epochs:
        try:
            return answers_of(model(snapshot.run_id), images)
        except RunError:
            return None
    if snapshot.early:
        return snapshot.early[-1].probe_predicted, snapshot.early[-1].probe_confidence
    return None


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
