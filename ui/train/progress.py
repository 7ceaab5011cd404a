"""What Train shows of a run: its progress, its curves, its probe digits, its weights."""

import base64
import io

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from core.analysis.intervals import accuracy_interval
from core.data.dataset import IMAGE_SIDE
from core.engine.job import JobSnapshot
from core.errors import DataError, RunError
from core.figures.confusion import HEIGHT, confusion_heatmap
from core.figures.curves import accuracy_curves, curve_points, loss_curves
from core.figures.montage import digit_montage
from core.figures.weights import weight_montage
from core.runs.records import EpochMetrics, RunStatus
from core.training.probes import probe_positions
from ui.digits.gallery import show_montage
from ui.live.figure import show_figure
from ui.shell.resources import engine, images_to_validate, model, run_store
from ui.shell.words import duration, escape_markdown, item, loss_unit

_LOSSES = {
    "cross_entropy": "Mean cross entropy, nats per image.",
    "squared_error": "Half the summed squared error between scores and one-hot labels, mean over the images.",
}


def show_progress(snapshot: JobSnapshot) -> None:
    """Status, bar with the time that is left, and four numbers."""
    st.progress(min(1.0, snapshot.position / snapshot.config.epochs), text=_progress_text(snapshot))
    last = snapshot.epochs[-1] if snapshot.epochs else None
    speed = _images_per_second(snapshot)
    numbers = (
        ("Validation accuracy", f"{last.val_accuracy:.2%}" if last else "–", _kept_out(snapshot)),
        ("Validation loss", f"{last.val_loss:.3f}" if last else "–", _LOSSES[snapshot.config.loss]),
        ("Epoch", _epoch(snapshot), "Passes over the training images."),
        ("Images per second", f"{speed:,.0f}" if speed else "–", "Training speed, evaluation not counted."),
    )
    for column, (label, value, note) in zip(st.columns(4), numbers, strict=True):
        column.metric(label, value, help=note)


def show_curves(snapshot: JobSnapshot) -> None:
    """Loss and accuracy, side by side."""
    losses, accuracies = _curve_figures(
        snapshot.run_id, snapshot.position, len(snapshot.epochs), len(snapshot.live_points), snapshot
    )
    left, right = st.columns(2)
    with left:
        show_figure(
            losses,
            key="train_loss_curve",
            revision=snapshot.run_id,
            alt="Training loss per batch and per epoch, and validation loss per epoch",
        )
    with right:
        show_figure(
            accuracies,
            key="train_accuracy_curve",
            revision=snapshot.run_id,
            alt="Training and validation accuracy per epoch",
        )


def show_probes(snapshot: JobSnapshot) -> None:
    """Two validation images of each class, framed by whether the network reads them right at this moment."""
    try:
        validation = images_to_validate(snapshot.config)
    except DataError as error:
        st.caption(f"Validation images cannot be shown. {escape_markdown(str(error))}")
        return
    positions = probe_positions(validation.labels, len(validation.class_names))
    labels = validation.labels[positions]
    predicted, confidence = _probe_answers(snapshot, validation.images[positions])
    names, what = validation.class_names, item(validation.class_names)
    if predicted is None:
        marks, captions = None, [names[label] for label in labels]
        st.caption(f"{len(labels)} validation {what}s; the network’s answers appear here once it has begun.")
    else:
        marks = ["right" if p == label else "wrong" for p, label in zip(predicted, labels, strict=True)]
        captions = [names[p] for p in predicted]
        st.caption(
            f"Below each {what} stands what the network reads: **{marks.count('right')} of {len(marks)}** right. "
            "Thick orange frames are wrong."
        )
    hover = [
        f"label {names[label]}" + ("" if predicted is None else f", read as {c} ({p:.0%} sure)")
        for label, c, p in zip(labels, captions, confidence, strict=True)
    ]
    answers = (tuple(hover), None if marks is None else tuple(marks), tuple(captions))
    figure = _probe_figure(snapshot.config.data_only().to_json(), *answers, validation.images[positions])
    show_montage(figure, key="train_probes", alt=f"{len(labels)} probe {what}s with the network’s answers")


def show_inside(snapshot: JobSnapshot) -> None:
    """First-layer weights and the validation confusion matrix after the last epoch."""
    left, right = st.columns(2)
    with left:
        st.markdown("**First-layer weights**")
        try:
            network = model(snapshot.run_id)
        except RunError:
            st.caption("They appear when the first epoch ends.")
        else:
            _show_weights(network.first_layer_images())
    with right:
        st.markdown("**Validation confusion matrix**")
        if not snapshot.epochs:
            st.caption("It appears when the first epoch ends.")
            return
        show_figure(
            _confusion_figure(snapshot.run_id, snapshot.epochs[-1].position, snapshot),
            key="train_confusion",
            shape="1",
            max_height=HEIGHT,
            alt="Validation images by true and predicted label, right answers hidden",
        )
        st.caption("Rows: true label. Columns: what the network read. Right answers are hidden.")


def _show_weights(weights: NDArray[np.float32]) -> None:
    """First-layer weights, float32 ``(units, side, side)``; filters of a few pixels are enlarged to be seen."""
    side = weights.shape[1]
    zoom = max(1, IMAGE_SIDE // side)
    st.image(
        _inline(weight_montage(weights.repeat(zoom, axis=1).repeat(zoom, axis=2))),
        width="stretch",
        alt=f"What each of the first units looks for in {side} × {side} pixels",
    )
    shown = min(32, len(weights))
    st.caption(f"{shown} of {len(weights):,} units. Orange: ink here speaks for the unit; blue: against it.")


def _inline(picture: NDArray[np.uint8]) -> str:
    """A picture ``(H, W, 3)`` as an address that holds it: a file would be gone at the next poll, fetched or not."""
    file = io.BytesIO()
    Image.fromarray(picture).quantize(dither=Image.Dither.NONE).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def show_result(snapshot: JobSnapshot) -> None:
    """What came of it, with its uncertainty, and where to go on."""
    if not snapshot.epochs or snapshot.status.is_active:
        return
    last = snapshot.epochs[-1]
    kept = run_store().get(snapshot.run_id).kept_epoch or last
    total = int(kept.confusion.sum())
    interval = accuracy_interval(kept.val_accuracy, total)
    seconds = duration(sum(epoch.seconds for epoch in snapshot.epochs))
    with st.container(border=True):
        st.markdown(
            f"**{kept.val_accuracy:.2%}** of {total:,} validation images right "
            f"(95 % interval {interval.low:.2%} – {interval.high:.2%}) after {last.position:.3g} "
            f"{'epoch' if last.position == 1 else 'epochs'} in {seconds}. "
            f"{_best_is_kept(kept, last)}"
            "The test images have not been looked at here; Evaluate does."
        )
        query = {"run": snapshot.run_id}
        first, second, third = st.columns(3)
        first.page_link(
            "evaluate.py", label="Evaluate on the test set", icon=":material/query_stats:", query_params=query
        )
        second.page_link(
            "errors.py", label="See what it gets wrong", icon=":material/error_outline:", query_params=query
        )
        third.page_link("draw.py", label="Draw for it", icon=":material/gesture:", query_params=query)


# A run of the page draws everything, and most of it is as it was: what changes with a figure is its key.
@st.cache_resource(max_entries=32, show_spinner=False)
def _curve_figures(
    run_id: str,  # noqa: ARG001
    position: float,  # noqa: ARG001
    epochs: int,  # noqa: ARG001
    live_points: int,  # noqa: ARG001
    _snapshot: JobSnapshot,
) -> tuple[go.Figure, go.Figure]:
    points, planned = curve_points(_snapshot.epochs, _snapshot.live_points), _snapshot.config.epochs
    losses = loss_curves(points, epochs=planned, unit=loss_unit(_snapshot.config))
    return losses, accuracy_curves(points, epochs=planned)


@st.cache_resource(max_entries=32, show_spinner=False)
def _probe_figure(
    data: str,  # noqa: ARG001
    hover: tuple[str, ...],
    marks: tuple[str, ...] | None,
    captions: tuple[str, ...],
    _images: NDArray[np.uint8],
) -> go.Figure:
    return digit_montage(_images, hover, columns=10, marks=marks, captions=captions)


# Drawn twice a second, but changed once an epoch: ``position`` is the key for that.
@st.cache_resource(max_entries=32, show_spinner=False)
def _confusion_figure(run_id: str, position: float, _snapshot: JobSnapshot) -> go.Figure:  # noqa: ARG001
    return confusion_heatmap(_snapshot.epochs[-1].confusion, run_store().get(run_id).class_names, hide_diagonal=True)


def _kept_out(snapshot: JobSnapshot) -> str:
    images = int(snapshot.epochs[-1].confusion.sum()) if snapshot.epochs else 0
    return f"On {images:,} images kept out of training." if images else "On images kept out of training."


def _best_is_kept(kept: EpochMetrics, last: EpochMetrics) -> str:
    """What early stopping has kept, if it is not the last epoch."""
    return "" if kept.epoch == last.epoch else f"The weights of epoch {kept.epoch}, the best, are kept. "


def _probe_answers(snapshot: JobSnapshot, images: NDArray[np.uint8]) -> tuple[list[int] | None, list[float]]:
    """What the network reads in each probe image, and how sure it is."""
    if snapshot.progress is not None:
        return list(snapshot.progress.probe_predicted), list(snapshot.progress.probe_confidence)
    if snapshot.epochs:
        try:
            probabilities = model(snapshot.run_id).probabilities(images)
            return probabilities.argmax(1).tolist(), probabilities.max(1).tolist()
        except RunError:
            pass
    return None, [0.0] * len(images)


def _epoch(snapshot: JobSnapshot) -> str:
    """Which epoch is going on; how many are done where none is."""
    epochs = snapshot.config.epochs
    if snapshot.status is RunStatus.RUNNING:
        return f"{min(int(snapshot.position) + 1, epochs)} of {epochs}"
    return _done(snapshot)


def _done(snapshot: JobSnapshot) -> str:
    return f"{snapshot.position:.3g} of {snapshot.config.epochs}"


def _images_per_second(snapshot: JobSnapshot) -> float | None:
    """The speed now, or that of the last epoch; one that was cut off is too short to tell, if there is another."""
    if snapshot.progress is not None and snapshot.status.is_active:
        return snapshot.progress.images_per_second
    whole = [epoch for epoch in snapshot.epochs if epoch.complete] or snapshot.epochs
    return whole[-1].images_per_second if whole else None


def _completed(snapshot: JobSnapshot) -> str:
    epochs = snapshot.config.epochs
    if snapshot.epochs and snapshot.position < epochs:
        return f"Completed: early stopping ended it after {_done(snapshot)} epochs."
    return f"Completed {epochs} {'epoch' if epochs == 1 else 'epochs'}."


def _progress_text(snapshot: JobSnapshot) -> str:
    done = f"{_done(snapshot)} epochs"
    if snapshot.status is RunStatus.QUEUED:
        if not engine().is_ready:
            return "Waiting for the workers, which are just starting …"
        if snapshot.workers == 0:
            return (
                f"Queued, place {snapshot.queue_place or 1}: the cluster has no worker at the moment. "
                "It starts as soon as one joins."
            )
        return f"Queued, place {snapshot.queue_place or 1}: it starts as soon as a worker is free."
    if snapshot.status is RunStatus.RUNNING:
        left = snapshot.seconds_left
        return "Training …" if left is None else f"Training … about {duration(left)} left"
    words = {
        RunStatus.STOPPING: "Stopping: keeping what it has learned …",
        RunStatus.STOPPED: f"Stopped after {done}; what it had learned is kept.",
        RunStatus.COMPLETED: _completed(snapshot),
    }
    return words.get(snapshot.status, f"{str(snapshot.status).capitalize()} after {done}.")
