"""Quality per label, how honest the confidence is, and how the run learned."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.calibration import Reliability, reliability
from core.analysis.classification import ClassMetrics
from core.analysis.percent import percent
from core.analysis.predictions import Predictions
from core.analysis.training_value import training_conditions
from core.figures.calibration import calibration_diagram
from core.figures.class_quality import class_quality_points
from core.figures.curve_points import curve_points
from core.figures.curves import accuracy_curves, loss_curves
from core.figures.risk_coverage import risk_coverage_curve
from core.runs.records import Run
from ui.digits.reader import judge_of_run
from ui.live.curves import choose_curve_view
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.live.training_value import show_training_value
from ui.results.final import Tested
from ui.results.replay import curve_frames, show_places
from ui.shell.terms import explained
from ui.shell.url import bound, checked_param
from ui.shell.url_values import whole_number
from ui.shell.words import loss_unit

_REFUSED = "refused"
_HEIGHT = 422


def check_quality_params() -> None:
    """Say one sentence about a share in the URL that is not one."""
    checked_param(
        _REFUSED, whole_number(0, 50), "The share refused must be a whole number from 0 to 50, not “{value}”."
    )


def show_classes(predictions: Predictions) -> None:
    """Precision, recall, F1 and support of each label, as a table and as points."""
    names, quality = list(predictions.class_names), predictions.class_metrics
    st.header("Quality per label", anchor=False, help=explained("Precision", "Recall", "F1"))
    st.caption(
        "Test images. Precision: of the images read as a label, the share that have it. Recall: of the images with a "
        "label, the share read as it. F1: the harmonic mean of the two. Support: the number of images."
    )
    left, right = st.columns([9, 11], gap="medium")
    table = pd.DataFrame(
        {
            "Label": [*names, "Mean"],
            "Precision": 100 * np.append(quality.precision, quality.macro_precision),
            "Recall": 100 * np.append(quality.recall, quality.macro_recall),
            "F1": 100 * np.append(quality.f1, quality.macro_f1),
            "Support": pd.array([*quality.support.tolist(), None], dtype="Int64"),
        }
    )
    columns = {name: st.column_config.NumberColumn(format="%.2f%%") for name in ("Precision", "Recall", "F1")}
    columns["Support"] = st.column_config.NumberColumn(format="localized")
    left.dataframe(
        table,
        hide_index=True,
        height=_HEIGHT,
        placeholder="–",
        column_config=columns,
        alt="Precision, recall, F1 and support of each label",
    )
    with right:
        show_figure(
            kept_figure(class_quality_points, quality, names, title="Precision, recall and F1", height=_HEIGHT),
            key="class_quality",
            alt=_alt(quality, names),
        )


def _alt(quality: ClassMetrics, names: Sequence[str]) -> str:
    words = "Precision, recall and F1 of each label"
    if np.isnan(quality.f1).all():
        return words
    return f"{words} as points; label {names[int(np.nanargmin(quality.f1))]} has the lowest F1"


@st.fragment
def show_confidence(tested: Tested) -> None:
    """Calibration, and the errors that are left when only the most confident are answered."""
    predictions = tested.predictions
    bins, calibrated = predictions.reliability, _calibrated(tested)
    st.header("Can its confidence be trusted?", anchor=False, help=explained("Confidence", "Calibration", "ECE"))
    left, right = st.columns(2, gap="medium")
    with left:
        ece = percent(bins.expected_calibration_error)
        if calibrated is not None:
            ece += f", {percent(calibrated.expected_calibration_error)} calibrated,"
        alt = f"Accuracy against confidence of the test images; on average they lie {ece} apart"
        show_figure(
            kept_figure(calibration_diagram, bins, calibrated, title=f"Calibration: {ece} apart on average (ECE)"),
            key="calibration",
            alt=alt,
        )
        st.caption(
            "Of the test images with a confidence near 80%, are 80% correct? Below the dotted line, the network is "
            f"overconfident. {_temperature_words(tested)}"
        )
    with right:
        chart = st.container()
        curve, coverage = predictions.risk_coverage, 1 - _choose_share()
        risk = percent(curve.risk_at(coverage))
        with chart:
            show_figure(
                kept_figure(
                    risk_coverage_curve, curve, chosen=coverage, title=f"At {coverage:.0%} coverage: {risk} risk"
                ),
                key="risk_coverage",
                alt=f"Risk against coverage on the test images; with {coverage:.0%} answered, {risk} are wrong",
            )
        st.caption(
            "Let the network say “I don’t know” where it is least confident, and its other answers should get better. "
            "Coverage is the share of test images that it still answers, risk the share of those answers that are "
            "wrong."
        )


def _calibrated(tested: Tested) -> Reliability | None:
    """The reliability of the confidence that verdicts rest on; None where nothing is calibrated."""
    temperature = judge_of_run(tested.run).temperature
    if temperature is None:
        return None
    return reliability(temperature.confidence(tested.predictions.probabilities), tested.predictions.correct)


def _temperature_words(tested: Tested) -> str:
    judge = judge_of_run(tested.run)
    if judge.temperature is None:
        return judge.why_not
    return (
        f"Dividing its logits by a temperature of {judge.temperature.value:.2f}, fitted on the validation images, "
        "calibrates its confidence; verdicts on drawings use it."
    )


def show_learning(run: Run, *, has_control: bool) -> None:
    """Loss and accuracy over the epochs.

    Parameters
    ----------
    has_control
        Whether the control that moves a line through them stands elsewhere on the page.
    """
    st.header("How it learned", anchor=False, help=explained("Epoch", "Loss", "Nats"))
    st.caption(
        "Training and validation images. Validation that gets worse while training gets better is a sign of "
        "overfitting."
    )
    points = curve_points(run.epochs, early=run.early)
    logarithmic = st.toggle(
        "Logarithmic loss",
        **bound("log_loss"),
        help="Gives small losses as much room as large ones.",
    )
    view, conditions = choose_curve_view(), training_conditions(run.config)
    if not has_control:
        show_places(run, "evaluate")
    frames = curve_frames(run)
    left, right = st.columns(2, gap="medium")
    reached = percent(run.val_accuracy or math.nan)
    planned = run.config.epochs if run.status.is_active else None
    with left:
        show_figure(
            kept_figure(
                loss_curves,
                points,
                epochs=planned,
                logarithmic=logarithmic,
                unit=loss_unit(run.config),
                smoothing=view.smoothing,
                epoch_axis=view.epoch_axis,
                conditions=conditions,
            ),
            key="loss_curves",
            frames=frames,
            alt=f"Training and validation loss over {len(run.epochs)} epochs",
        )
    with right:
        show_figure(
            kept_figure(
                accuracy_curves,
                points,
                epochs=planned,
                scale=view.scale,
                epoch_axis=view.epoch_axis,
                conditions=conditions,
            ),
            key="accuracy_curves",
            frames=frames,
            alt=f"Training and validation accuracy over {len(run.epochs)} epochs; validation ends at {reached}",
        )
    show_training_value(run.run_id, run.config, key="evaluate", disabled=not run.epochs)


def _choose_share() -> float:
    value = st.slider(
        "Refuse the least confident",
        0,
        50,
        5,
        format="%d%%",
        **bound(_REFUSED),
    )
    return float(value) / 100
