"""What came of an experiment: verdict, curves, tables, and pictures of what was measured."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.figures.experiments import accuracy_lines, labelled_bars, offset_histogram, variant_curves
from core.figures.montage import digit_montage
from core.figures.weights import weight_montage
from core.learn.experiments.measures import ClassCounts, GradientNoise, LoaderTiming
from core.learn.experiments.profiles import Centring, LayerProfiles
from core.learn.experiments.records import (
    Experiment,
    Measurement,
    Outcome,
    Table,
    diverged,
    outcome_of,
    results_table,
    verdict_sentence,
)
from core.learn.experiments.results import Result, result_of
from core.runs.records import Run
from ui.digits.gallery import show_montage
from ui.live.figure import show_figure
from ui.shell.resources import model, run_store, splits_of

_ICONS = {
    Outcome.CONFIRMED: ":material/check_circle:",
    Outcome.MIXED: ":material/contrast:",
    Outcome.NOT_CONFIRMED: ":material/cancel:",
    Outcome.NOT_DECIDED: ":material/help:",
}
_CHECKED = {True: ":material/check:", False: ":material/close:", None: ":material/question_mark:"}
_SHOWN_UNITS = 8


def show_outcome(experiment: Experiment, runs: Sequence[Run], measured: Measurement | None) -> None:
    """The verdict first, then what it rests on."""
    checks = experiment.check([_result(run.run_id) for run in runs], measured)
    with st.container(border=True):
        st.markdown(f"{_ICONS[outcome_of(checks)]} {verdict_sentence(checks)}")
        lines = (f"{_CHECKED[check.holds]} {check.sentence}" for check in checks)
        st.markdown("\n\n".join(lines))
    if runs:
        show_trainings(experiment, runs)
    if measured is not None:
        show_measurement(measured)
    if runs:
        ended = max((run.ended for run in runs if run.ended), default=None)
        date = "" if ended is None else f" on {ended:%d %B %Y}"
        promise = "On the same machine with as many threads, the same settings and seed give the same numbers."
        st.caption(f"Trained on this server{date}. {promise}")
        st.page_link("runs.py", label="See these runs", icon=":material/inventory_2:")


@st.cache_resource(max_entries=64, show_spinner="Reading the images …")
def _result(run_id: str) -> Result:
    """Kept: a run that has ended answers as it did."""
    run = run_store().get(run_id)
    return result_of(run, None if diverged(run) else model(run_id), splits_of(run.config))


def show_trainings(experiment: Experiment, runs: Sequence[Run]) -> None:
    """Curves and a table."""
    labels = [variant.label for variant in experiment.variants]
    alt = f"Validation accuracy over the epochs: {', '.join(labels)}"
    _chart(accuracy_lines(variant_curves(labels, runs)), "experiment_curves", alt)
    _show_table(results_table(experiment.variants, runs), "The trainings side by side")


def show_measurement(measured: Measurement) -> None:
    """A chart or pictures, as fits the measurement, and its table."""
    match measured:
        case GradientNoise():
            sizes = [f"{size:,} images" for size in measured.batch_sizes]
            title = "Distance of a batch’s gradient from the true one"
            _chart(labelled_bars(title, sizes, measured.noise.tolist(), form=".0%"), "experiment_noise", title)
        case LoaderTiming():
            names = [name for name, _ in measured.ways]
            title = "Milliseconds for one pass"
            times = [1e3 * seconds for _, seconds in measured.ways]
            _chart(labelled_bars(title, names, times, form=".0f"), "experiment_loaders", title)
        case ClassCounts():
            title = "Images of each digit"
            names = [str(label) for label in range(len(measured.counts))]
            _chart(labelled_bars(title, names, measured.counts.tolist()), "experiment_counts", title)
        case Centring():
            figure = offset_histogram(measured.mass_offsets, measured.box_offsets)
            _chart(figure, "experiment_offsets", "Distance of digits from the middle of the frame, as a histogram")
        case LayerProfiles():
            _show_profiles(measured)
    _show_table(measured.table(), "What was measured")


def _show_profiles(measured: LayerProfiles) -> None:
    left, right = st.columns(2)
    with left:
        st.markdown("**Layer 1: the weights of its units**")
        montage = weight_montage(measured.first, columns=8, most=64)
        large = np.repeat(np.repeat(montage, 3, axis=0), 3, axis=1)
        st.image(large, width="stretch", alt="Weights of the units of the first layer, each as an image")
        st.caption("Orange: ink here speaks for the unit. Blue: against it.")
    with right:
        st.markdown(f"**Layer 2: what excites its first {_SHOWN_UNITS} units most, a row for each unit**")
        shown = measured.examples[:_SHOWN_UNITS]
        per_unit = shown.shape[1]
        hover = [f"unit {unit}" for unit in range(len(shown)) for _ in range(per_unit)]
        images = shown.reshape(-1, *shown.shape[2:])
        figure = digit_montage(images, hover, columns=per_unit)
        show_montage(figure, key="experiment_profiles", alt="Validation images that excite units of layer 2 most")


def _show_table(table: Table, title: str) -> None:
    columns = {name or title: [row[index] for row in table.rows] for index, name in enumerate(table.columns)}
    st.dataframe(columns, hide_index=True, alt=title)


def _chart(figure: go.Figure, key: str, alt: str) -> None:
    show_figure(figure, key=key, alt=alt)
