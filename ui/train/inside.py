"""What the network looks for and what it mixes up: its first weights and its confusion matrix, after every epoch."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE
from core.engine.job import JobSnapshot
from core.errors import DigitLabError, RunError
from core.figures.confusion import HEIGHT, confusion_heatmap
from core.figures.theme import empty_figure
from core.figures.weights import weight_figure
from core.models.shapes import weight_shapes
from ui.live.figure import ReadyFigure, show_figure
from ui.results.replay import confusion_frames, weight_frames, weight_picture
from ui.shell.resources import dataset_entry, model, run_store


def show_inside(snapshot: JobSnapshot, key: str = "train") -> None:
    """First-layer weights and the validation confusion matrix after the last epoch; before it, the room for them."""
    left, right = st.columns(2)
    with left:
        st.markdown("**First-layer weights**")
        _show_weights(snapshot, key)
    with right:
        st.markdown("**Validation confusion matrix**")
        show_figure(
            _confusion(snapshot),
            key=f"{key}_confusion",
            shape="1",
            max_height=HEIGHT,
            alt="Validation images by true and predicted label, correct answers in grey",
            frames=confusion_frames(snapshot) if snapshot.epochs else None,
        )
        st.caption("Rows: true labels. Columns: predicted labels. Correct answers are grey.")


def _first_layer(snapshot: JobSnapshot) -> NDArray[np.float32]:
    """Weights of the first units, float32 ``(units, side, side)``; zeros before the first epoch has ended."""
    try:
        return model(snapshot.run_id).first_layer_images()
    except RunError:
        return np.zeros(_first_shape(snapshot), np.float32)


def _first_shape(snapshot: JobSnapshot) -> tuple[int, int, int]:
    try:
        classes = len(dataset_entry(snapshot.config.dataset).class_names)
    except DigitLabError:
        classes = 10
    shape = next(iter(weight_shapes(snapshot.config, classes).values()))
    side = shape[-1] if len(shape) > 2 else IMAGE_SIDE
    return shape[0], side, side


def _show_weights(snapshot: JobSnapshot, key: str) -> None:
    figure, side, units = _weights_figure(snapshot.run_id, snapshot.config.to_json(), _version(snapshot), snapshot)
    shown = min(32, units)
    rows, columns = -(-shown // 8), min(8, shown)
    show_figure(
        figure,
        key=f"{key}_weights",
        shape=f"{columns} / {rows}",
        alt=f"What each of the first units looks for in {side} × {side} pixels",
        frames=weight_frames(snapshot),
    )
    st.caption(f"{shown} of {units:,} units. Orange: ink here raises the unit’s sum; blue: ink here lowers it.")


def _version(snapshot: JobSnapshot) -> str:
    """Another one with all other weights: a file is written a little later than its epoch is known."""
    try:
        return run_store().summary(snapshot.run_id).version
    except RunError:
        return ""


# Drawn twice a second, but changed once an epoch, as the matrix is.
@st.cache_resource(max_entries=32, show_spinner=False)
def _weights_figure(
    run_id: str,  # noqa: ARG001
    config: str,  # noqa: ARG001
    version: str,  # noqa: ARG001
    _snapshot: JobSnapshot,
) -> tuple[ReadyFigure, int, int]:
    """The figure, the side of a filter in pixels, and how many there are."""
    weights = _first_layer(_snapshot)
    units, side, _ = weights.shape
    return ReadyFigure.of(weight_figure(weight_picture(weights))), side, units


def _confusion(snapshot: JobSnapshot) -> ReadyFigure | go.Figure:
    if not snapshot.epochs:
        return empty_figure("", "It appears when the first epoch ends.", height=HEIGHT)
    return _confusion_figure(snapshot.run_id, snapshot.epochs[-1].position, snapshot)


# Drawn twice a second, but changed once an epoch: ``position`` is the key for that.
@st.cache_resource(max_entries=32, show_spinner=False)
def _confusion_figure(run_id: str, position: float, _snapshot: JobSnapshot) -> ReadyFigure:  # noqa: ARG001
    names = run_store().summary(run_id).class_names
    return ReadyFigure.of(confusion_heatmap(_snapshot.epochs[-1].confusion, names))
