"""Learn: experiments, each a few trainings side by side, held against what a document claims."""

from collections.abc import Sequence

import streamlit as st

from core.errors import DigitLabError
from core.learn.experiments.catalogue import EXPERIMENTS, experiment_named
from core.learn.experiments.records import Experiment, find_runs, has_result
from core.runs.listing import RunQuery
from core.runs.records import Run
from core.runs.status import RunOrigin
from ui.jobs.controls import snapshot_of, stop_training
from ui.jobs.state import JobsState
from ui.learn.experiments.outcome import show_outcome, show_trainings
from ui.learn.targets import link_to
from ui.shell.background import Work, find_work, start_work
from ui.shell.page import show_error
from ui.shell.polling import show_polled
from ui.shell.resources import dataset_entry, engine, run_store
from ui.shell.rights import may_change
from ui.shell.state import page_state
from ui.shell.url import linked
from ui.shell.url_values import one_of
from ui.shell.words import duration, escape_markdown


def show_experiments() -> None:
    """Choose an experiment, run it, read what came of it."""
    names = [experiment.name for experiment in EXPERIMENTS]
    name = st.selectbox(
        "Experiment",
        names,
        format_func=lambda name: experiment_named(name).title,
        **linked("experiment", one_of(*names), names[0], f"Experiments are {', '.join(names)}, not “{{value}}”."),
    )
    experiment = experiment_named(name)
    st.header(experiment.question, anchor=False)
    st.markdown("\n\n".join(f"> “{claim.quote}”  \n> — {claim.document}" for claim in experiment.claims))
    st.caption(f"{experiment.setting} {experiment.rule}")
    if experiment.link:
        link_to(experiment.link, experiment.link_label, key="experiment_link")
    runs = _runs_of(experiment)
    show_buttons(experiment, runs)
    show_polled(show_state, experiment, busy=lambda: _is_busy(experiment, _runs_of(experiment)))


def show_buttons(experiment: Experiment, runs: Sequence[Run | None]) -> None:
    """Run and Stop."""
    missing = [variant for variant, run in zip(experiment.variants, runs, strict=True) if run is None]
    active = [run.run_id for run in runs if run is not None and run.status.is_active and may_change(run)]
    work = find_measurement(experiment)
    measured = bool(experiment.variants) or (work is not None and not work.error)
    configs = [variant.config for variant in missing]
    estimates = [engine().estimate_seconds(config, dataset_entry(config.dataset)) for config in configs]
    seconds = sum(estimate or 0 for estimate in estimates)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Run the experiment",
            type="primary",
            icon=":material/science:",
            disabled=not missing and measured,
            on_click=run_experiment,
            args=(experiment,),
            key="run_experiment",
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            disabled=not active,
            on_click=stop_experiment,
            args=(active,),
            key="stop_experiment",
        )
        if missing and seconds:
            count = len(missing)
            st.caption(f"{count} training{'s' if count > 1 else ''}, about {duration(seconds)} of computing.")


def run_experiment(experiment: Experiment) -> None:
    """Queue every training that has no result yet, as far as there is room, and what is measured beside them."""
    session = page_state(JobsState).session_id
    runs = zip(experiment.variants, _runs_of(experiment), strict=True)
    missing = [variant for variant, run in runs if run is None]
    room = engine().room(session)
    try:
        # Without any room, the first says why.
        for variant in missing[: max(room, 1)]:
            job = engine().submit(variant.config, session=session, origin=RunOrigin.EXPERIMENT)
            run_store().rename(job.run_id, experiment.run_name(variant))
        if 0 < room < len(missing):
            st.info(_NO_ROOM.format(queued=room, missing=len(missing)), icon=":material/hourglass_top:")
        if experiment.measure is not None and not experiment.profiles_network:
            start_measurement(experiment)
    except DigitLabError as error:
        show_error(error)


_NO_ROOM = (
    "{queued} of {missing} runs are queued: you may have no more under way at once. Press the button again when they "
    "have ended."
)


def _runs_of(experiment: Experiment) -> tuple[Run | None, ...]:
    configs = tuple(variant.config for variant in experiment.variants)
    return find_runs(experiment, run_store().listing.find(RunQuery(configs=configs)) if configs else [])


def find_measurement(experiment: Experiment, run_id: str = "") -> Work | None:
    """The measurement of an experiment, with the network of a run where it profiles one; None if nobody asked."""
    return find_work(_measurement_key(experiment, run_id))


def start_measurement(experiment: Experiment, run_id: str = "") -> None:
    """Have a worker measure, unless one is at it or has done it; what is measured is shared by all sessions."""
    assert experiment.measure is not None
    arguments = (run_store().model(run_id),) if experiment.profiles_network else ()
    start_work(_measurement_key(experiment, run_id), experiment.measure, *arguments)


def stop_experiment(run_ids: Sequence[str]) -> None:
    """Stop what is under way."""
    for run_id in run_ids:
        stop_training(run_id)


def show_state(experiment: Experiment) -> None:
    """Progress while trainings run, the outcome once all have ended; drawn anew twice a second meanwhile."""
    found = _runs_of(experiment)
    runs = [run_store().get(run.run_id) for run in found if run is not None and has_result(run)]
    if len(runs) < len(experiment.variants):
        _show_progress(experiment, found)
    elif experiment.measure is None:
        show_outcome(experiment, runs, None)
    else:
        _show_measured(experiment, runs)


def _show_measured(experiment: Experiment, runs: Sequence[Run]) -> None:
    """What trainings and measurement say together; the measurement begins as soon as the trainings are there."""
    run_id = _profiled(experiment, runs)
    if runs and find_measurement(experiment, run_id) is None:
        start_measurement(experiment, run_id)
    work = find_measurement(experiment, run_id)
    if work is None:
        return
    measured = work.result
    if measured is not None:
        show_outcome(experiment, runs, measured)
        return
    if runs:
        show_trainings(experiment, runs)
    if work.error:
        st.error(f"Nothing was measured: {escape_markdown(work.error)}")
        again = (experiment, run_id)
        st.button("Measure again", icon=":material/refresh:", key="again", on_click=start_measurement, args=again)
    else:
        st.info("Measuring …", icon=":material/straighten:")


def _measurement_key(experiment: Experiment, run_id: str) -> str:
    return f"experiment {experiment.name} {run_id}"


def _profiled(experiment: Experiment, runs: Sequence[Run | None]) -> str:
    """The run whose network is measured, if one is."""
    return runs[0].run_id if experiment.profiles_network and runs and runs[0] is not None else ""


def _show_progress(experiment: Experiment, found: Sequence[Run | None]) -> None:
    if not any(found):
        return
    under_way = [
        (variant, snapshot_of(run.run_id))
        for variant, run in zip(experiment.variants, found, strict=True)
        if run is not None
    ]
    done = sum(snapshot.position for _, snapshot in under_way)
    total = sum(variant.config.epochs for variant in experiment.variants)
    words = " · ".join(f"{variant.label}: {snapshot.status}" for variant, snapshot in under_way)
    st.progress(min(1.0, done / total), words)


def _is_busy(experiment: Experiment, found: Sequence[Run | None]) -> bool:
    """Whether there is something to wait for."""
    if any(run is not None and run.status.is_active for run in found):
        return True
    if experiment.measure is None or not all(run is not None and has_result(run) for run in found):
        return False
    work = find_measurement(experiment, _profiled(experiment, found))
    return work.is_running if work is not None else bool(found)
