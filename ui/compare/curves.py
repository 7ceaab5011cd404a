"""The curves of the compared runs over one another."""

from dataclasses import replace

import streamlit as st

from core.analysis.seeds import seed_groups
from core.figures.compared_curves import CurveAxis, CurveScale, Measure, compared_curves, compared_figure, curves_csv
from core.runs.records import Run
from ui.compare.chosen import Compared
from ui.jobs.controls import snapshot_of, status_of
from ui.live.curves import choose_smoothing
from ui.live.figure import show_figure
from ui.shell.polling import show_polled
from ui.shell.terms import explained
from ui.shell.url import bound, choice
from ui.shell.words import escape_markdown, listed


def show_curves(compared: Compared) -> None:
    """Curves by epoch or seconds, smoothed, on either axis, and as CSV; while a run trains, they grow."""
    st.header("How they learned", anchor=False, help=explained("Epoch", "Loss", "Seed"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure: Measure = st.selectbox("Curve", width=200, **choice("curve"))
        axis: CurveAxis = st.segmented_control("Across", required=True, **choice("across"))
        scale: CurveScale = st.segmented_control("Axis", required=True, **choice("curve_scale"))
        with st.container(width=220):
            smoothing = choose_smoothing("Smoothing", "Exponential smoothing of every curve")
        fold = _choose_fold(compared)
    _say_what_is_missing(compared)
    show_polled(
        _show_figure,
        compared,
        measure,
        axis,
        scale,
        smoothing,
        fold,
        busy=lambda: tuple(status_of(run.run_id).is_active for run in compared.runs),
    )


def _choose_fold(compared: Compared) -> bool:
    groups = seed_groups([run.config for run in compared.runs])
    if len(groups) == len(compared.runs):
        return False
    return st.toggle(
        "Group seeds",
        help="Shows runs that differ only in the seed as their mean with its 95% interval.",
        **bound("fold"),
    )


def _say_what_is_missing(compared: Compared) -> None:
    without = [label for label, run in zip(compared.labels, compared.runs, strict=True) if not _trained(run)]
    if without:
        verb = "has" if len(without) == 1 else "have"
        st.caption(
            f":material/info: {escape_markdown(listed(without))} {verb} no curve: an imported model does not say how "
            "it was trained, and a queued run has not started."
        )


def _trained(run: Run) -> bool:
    return bool(run.epochs) or run.status.is_active


def _show_figure(
    compared: Compared, measure: Measure, axis: CurveAxis, scale: CurveScale, smoothing: float, fold: bool
) -> None:
    runs = [_as_now(run) for run in compared.runs]
    measured = compared_curves(runs, compared.labels, measure=measure, axis=axis, fold=fold)
    curves = [curve.smoothed(smoothing) for curve in measured]
    show_figure(
        compared_figure(curves, measure, axis, scale),
        key="compare_curves",
        alt=f"Curves of {', '.join(compared.labels)}",
        revision=",".join(run.run_id for run in runs) + measure + axis + scale,
    )
    st.download_button(
        "Download as CSV",
        curves_csv(measured, measure, axis),
        file_name=f"curves-{measure}.csv",
        mime="text/csv",
        icon=":material/download:",
        key="compare_csv",
        on_click="ignore",
        disabled=not curves,
        help="The points as they were measured, without smoothing.",
    )


def _as_now(run: Run) -> Run:
    """With the epochs that have ended since the page was drawn."""
    return replace(run, epochs=snapshot_of(run.run_id).epochs) if run.status.is_active else run
