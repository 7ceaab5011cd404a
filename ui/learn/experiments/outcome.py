"""The result of an experiment: verdict, differences by seed, tables, and pictures of what was measured."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.figures.experiments import accuracy_dots, difference_dots, labelled_bars, offset_histogram
from core.figures.montage import digit_montage
from core.figures.weights import weight_montage
from core.learn.experiments.agreement import (
    Agreement,
    agreement_on,
    check_words,
    repeated_words,
    tempered,
    verdict_of,
    verdict_sentence,
)
from core.learn.experiments.measures import ClassCounts, GradientNoise, LoaderTiming
from core.learn.experiments.profiles import Centring, LayerProfiles
from core.learn.experiments.records import (
    Check,
    Experiment,
    Measurement,
    Outcome,
    Read,
    Table,
    diverged,
)
from core.learn.experiments.samples import Result, Sample, result_of_run, samples_table, with_reading
from core.runs.records import Run
from ui.digits.gallery import show_montage
from ui.live.figure import show_figure
from ui.shell.resources import model, run_store, splits_of

EXPECTATIONS = {
    Outcome.CONFIRMED: "It is confirmed",
    Outcome.MIXED: "Some parts hold, others do not",
    Outcome.NOT_CONFIRMED: "It is not confirmed",
    Outcome.NOT_DECIDED: "Chance decides: no clear answer",
}
_ICONS = {
    Outcome.CONFIRMED: ":material/check_circle:",
    Outcome.MIXED: ":material/contrast:",
    Outcome.NOT_CONFIRMED: ":material/cancel:",
    Outcome.NOT_DECIDED: ":material/help:",
}
_CHECKED = {True: ":material/check:", False: ":material/close:", None: ":material/question_mark:"}
_SHOWN_UNITS = 8


def show_outcome(experiment: Experiment, runs: Sequence[Run], measured: Measurement | None, expected: Outcome) -> None:
    """The verdict first, then what it rests on.

    Parameters
    ----------
    runs
        Ended, variant by variant, each with the same number of seeds.
    """
    samples = samples_of(experiment, runs)
    agreement = agreement_on(experiment)
    checks = tempered(experiment.check(samples, measured), agreement)
    outcome = verdict_of(checks, agreement)
    with st.container(border=True):
        st.markdown(f"{_ICONS[outcome]} {verdict_sentence(experiment, checks, outcome)}")
        lines = (f"{_CHECKED[check.holds]} {check_words(check, part, agreement)}" for part, check in enumerate(checks))
        st.markdown("\n\n".join(lines))
        st.caption(_beside(experiment, outcome, expected, agreement))
    _show_differences(checks)
    if samples:
        _show_samples(samples)
    if measured is not None:
        show_measurement(measured)
    if runs:
        ended = max((run.ended for run in runs if run.ended), default=None)
        date = "" if ended is None else f" on {ended:%d %B %Y}"
        promise = "On the same machine, the same threads, settings and seed give the same numbers."
        st.caption(f"Trained on this server{date}. {promise}")
        st.page_link("runs.py", label="See these runs", icon=":material/inventory_2:")


def samples_of(experiment: Experiment, runs: Sequence[Run]) -> tuple[Sample, ...]:
    """The results of runs, variant by variant."""
    if not experiment.variants:
        return ()
    seeds = len(runs) // len(experiment.variants)
    results = [_result(run.run_id, experiment.read) for run in runs]
    return tuple(
        Sample(variant, tuple(results[place * seeds : (place + 1) * seeds]))
        for place, variant in enumerate(experiment.variants)
    )


@st.cache_resource(max_entries=512, show_spinner="Reading the images …")
def _result(run_id: str, read: Read) -> Result:
    """Kept: a run that has ended answers as it did."""
    run = run_store().get(run_id)
    result = result_of_run(run)
    if read is Read.NOTHING or diverged(run):
        return result
    return with_reading(result, read, model(run_id), splits_of(run.config))


def _beside(experiment: Experiment, outcome: Outcome, expected: Outcome, agreement: Agreement | None) -> str:
    """What was expected, and what other seeds said."""
    guess = EXPECTATIONS[expected]
    words = f"You expected: {guess[0].lower()}{guess[1:]}{', as it came out' if expected is outcome else ''}."
    return f"{words} {repeated_words(outcome, agreement)}" if experiment.variants else words


def _show_differences(checks: Sequence[Check]) -> None:
    """A chart for each unit; dots are seeds."""
    compared = [(check.name, check.comparison) for check in checks if check.comparison is not None]
    for unit in dict.fromkeys(comparison.unit for _, comparison in compared):
        names = [name for name, comparison in compared if comparison.unit == unit]
        values = [comparison for _, comparison in compared if comparison.unit == unit]
        alt = f"Differences by seed with their mean and its interval, in {unit}: {', '.join(names)}"
        _chart(difference_dots(unit, names, values), f"experiment_differences_{unit}", alt)
    if compared:
        st.caption(
            "Each blue dot is a seed, the diamond their mean with its 95% interval, the vertical line the value that "
            "it is compared with."
        )


def _show_samples(samples: Sequence[Sample]) -> None:
    """What each variant reached, as dots and in a table."""
    labels = [sample.variant.label for sample in samples]
    figure = accuracy_dots(labels, [sample.values("accuracy") for sample in samples])
    _chart(figure, "experiment_accuracies", f"Validation accuracy by seed: {', '.join(labels)}")
    _show_table(samples_table(samples), "The variants side by side")


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
        st.caption("Orange: ink here raises the unit’s sum. Blue: ink here lowers it.")
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
