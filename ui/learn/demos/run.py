"""Demos on the demo run: predictions, accuracy, curves, confusion, improvement, saving and loading."""

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.confusion import most_confused_pairs
from core.analysis.intervals import wilson_interval
from core.analysis.percent import points
from core.analysis.predictions import Predictions
from core.figures.confusion import confusion_heatmap
from core.figures.curve_points import curve_points
from core.figures.curves import accuracy_curves, loss_curves
from core.figures.probabilities import probability_bars
from core.figures.weights import weight_montage
from core.learn.lessons.compare import compare_answers
from core.learn.lessons.files import OFFERS, try_to_load
from core.learn.questions.question import Question
from core.models.numpy_model import NumpyModel
from core.runs.records import DEMO_RUN_ID
from ui.live.figure import show_figure
from ui.shell.resources import model, run_store, splits

_ENLARGED = 224


def demo_predict(_: Question) -> None:
    """A test digit of one's choice, read by the demo run."""
    test = splits().test
    index = int(st.number_input("Test image", 0, len(test) - 1, 8, key="demo_digit"))
    probabilities = model(DEMO_RUN_ID).probabilities(test.images[index : index + 1])[0]
    label = int(test.labels[index])
    left, right = st.columns([1, 2])
    left.image(
        test.images[index].repeat(8, axis=0).repeat(8, axis=1),
        width=_ENLARGED,
        caption=f"Label {test.class_names[label]}, read as {test.class_names[int(probabilities.argmax())]}",
        alt=f"Test image {index}, labelled {test.class_names[label]}",
    )
    with right:
        show_figure(
            probability_bars(probabilities, test.class_names, true_label=label),
            key="demo_bars",
            alt=f"Probability of each digit; {test.class_names[int(probabilities.argmax())]} is highest",
        )


def demo_accuracy(_: Question) -> None:
    """Accuracy on as many validation images as one likes, and how far to trust it."""
    validation = splits().validation
    count = int(st.select_slider("Images", (20, 50, 100, 200, 500, 1_000, 2_000, 5_000), 100, key="demo_count"))
    chosen = validation.subset(np.random.default_rng(0).permutation(len(validation))[:count])
    right = int((model(DEMO_RUN_ID).probabilities(chosen.images).argmax(axis=1) == chosen.labels).sum())
    interval = wilson_interval(right, count)
    st.metric("Validation accuracy", f"{interval.share:.2%}")
    st.markdown(
        f"**{right:,} of {count:,}** correct. The 95% interval reaches from {interval.low:.2%} to {interval.high:.2%}: "
        f"it is {100 * (interval.high - interval.low):.2f} points wide."
    )


def demo_curves(_: Question) -> None:
    """The demo run's curves and its first layer."""
    curves = curve_points(run_store().get(DEMO_RUN_ID).epochs)
    left, right = st.columns(2)
    with left:
        show_figure(loss_curves(curves), key="demo_run_loss", alt="Loss of the demo run by epoch")
    with right:
        show_figure(accuracy_curves(curves), key="demo_run_accuracy", alt="Accuracy of the demo run by epoch")
    units = st.slider("Hidden units", 8, 64, 16, 8, key="demo_units")
    st.image(
        weight_montage(model(DEMO_RUN_ID).first_layer_images(), most=units),
        width="stretch",
        alt=f"What each of the first {units} hidden units looks for",
    )
    st.caption("Orange: ink here raises the unit’s sum; blue: ink here lowers it.")


def demo_confusion(_: Question) -> None:
    """The demo run's matrix on validation images, after an epoch of one's choice."""
    models = dict(run_store().epoch_models(DEMO_RUN_ID))
    epoch = st.select_slider("After epoch", list(models), value=max(models), key="demo_after_epoch")
    validation = splits().validation
    probabilities = models[epoch].probabilities(validation.images)
    matrix = Predictions(DEMO_RUN_ID, probabilities, validation.labels, validation.class_names).confusion_matrix
    show_figure(
        confusion_heatmap(matrix, validation.class_names),
        key="demo_matrix",
        alt="Validation images by true and predicted digit, correct answers in grey",
    )
    right = int(np.trace(matrix))
    pairs = most_confused_pairs(matrix, 3)
    words = ", ".join(f"{pair.true_label} as {pair.predicted_label} ({pair.count})" for pair in pairs)
    st.caption(f"{right:,} of {len(validation):,} validation images lie on the diagonal. Most often: {words}.")


def demo_improvement(_: Question) -> None:
    """Two epochs of the demo run on the same validation images."""
    models = dict(run_store().epoch_models(DEMO_RUN_ID))
    epochs = list(models)
    left, right = st.columns(2)
    first = left.selectbox("Before: epoch", epochs, index=len(epochs) - 2, key="demo_before")
    second = right.selectbox("After: epoch", epochs, index=len(epochs) - 1, key="demo_after")
    before, after = (_right_answers(models[epoch]) for epoch in (first, second))
    found = compare_answers(before, after)
    counts = (
        ("Correct in both", found.both_right),
        ("Repaired", found.repaired),
        ("Lost", found.lost),
        ("Incorrect in both", found.both_wrong),
    )
    for column, (name, count) in zip(st.columns(4), counts, strict=True):
        column.metric(name, f"{count:,}")
    verdict = "unlikely to be chance" if found.chance < 0.05 else "quite possibly chance"
    st.markdown(
        f"The change is worth **{points(found.gain)} points**. If both were equally good, a division this uneven "
        f"would occur with probability {found.chance:.3g}: {verdict}."
    )


def _right_answers(network: NumpyModel) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    validation = splits().validation
    right: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (
        network.probabilities(validation.images).argmax(axis=1) == validation.labels
    )
    return right


def demo_save_load(_: Question) -> None:
    """Save the demo run, do something to the file, and load it."""
    offer = st.radio("Save the demo run’s model and load", list(OFFERS), key="demo_offer")
    attempt = try_to_load(model(DEMO_RUN_ID), str(offer))
    rows = [("Bytes", f"{attempt.size:,}"), ("It begins with", attempt.first_bytes.hex(" "))]
    st.table(pd.DataFrame(rows, columns=["File", ""]), hide_index=True, alt="Size and first bytes of the file")
    if attempt.is_loaded:
        st.success(attempt.words, icon=":material/check_circle:")
    else:
        st.warning(attempt.words, icon=":material/block:")
