"""Learn: experiments, each a few ways to train side by side, held against what a document claims."""

from collections.abc import Sequence
from typing import cast

import streamlit as st

from core.errors import DigitLabError
from core.learn.experiments.agreement import SETS, agreement_on
from core.learn.experiments.catalogue import EXPERIMENTS, experiment_named
from core.learn.experiments.records import Claim, Experiment, Measurement, Outcome, Said, has_result, seeds_of
from core.runs.records import Run
from ui.jobs.controls import stop_training, why_not_stop
from ui.learn.experiments.outcome import EXPECTATIONS, show_outcome
from ui.learn.experiments.queue import (
    begin,
    estimated_seconds,
    is_waiting,
    missing_of,
    queue_more,
    runs_of,
    stop_waiting,
)
from ui.learn.experiments.seeds import choose_seeds
from ui.learn.experiments.state import ExperimentsState
from ui.learn.targets import link_to
from ui.shell.background import Work, find_work, start_work
from ui.shell.polling import show_polled
from ui.shell.resources import run_store
from ui.shell.sentences import pass_refusals_on, refuse_click
from ui.shell.state import page_state
from ui.shell.url import linked
from ui.shell.url_values import one_of
from ui.shell.words import duration, escape_markdown

_SAID = {
    Said.CLAIMED: "",
    Said.PLANNED: " This is a plan, not a claim.",
    Said.ASKED: " This is a question, not a claim.",
}


def show_experiments() -> None:
    """Choose an experiment, say what to expect, run it, read the result."""
    experiment = _choose()
    st.header(experiment.question, anchor=False)
    st.markdown("\n\n".join(_quotation(claim) for claim in experiment.claims))
    if experiment.statement:
        st.markdown(f"**What Digit Lab tests:** {experiment.statement}")
    st.caption(" ".join(filter(None, (experiment.setting, experiment.rule, experiment.left_open))))
    if experiment.link:
        link_to(experiment.link, experiment.link_label, key="experiment_link")
    number = choose_seeds(experiment)
    _ask_expectation(experiment)
    show_buttons(experiment, number)
    show_polled(show_state, experiment, number, busy=lambda: _is_busy(experiment, number))
    show_catalogue()


def _choose() -> Experiment:
    names = [experiment.name for experiment in EXPERIMENTS]
    name = st.selectbox(
        "Experiment",
        names,
        format_func=lambda name: experiment_named(name).title,
        **linked("experiment", one_of(*names), names[0], f"Experiments are {', '.join(names)}, not “{{value}}”."),
    )
    return experiment_named(name)


def _quotation(claim: Claim) -> str:
    return f"> “{claim.quote}”  \n> — {claim.document}.{_SAID[claim.said]}"


def _ask_expectation(experiment: Experiment) -> None:
    """A result is shown to those who have said what they expect of it."""
    expected = page_state(ExperimentsState).expected
    said = expected.get(experiment.name)
    chosen = st.radio(
        "What do you expect?",
        list(EXPECTATIONS),
        index=None if said is None else list(EXPECTATIONS).index(said),
        format_func=EXPECTATIONS.__getitem__,
        # One that shows what was said is another control: it holds what nobody can change any more.
        key=f"{'expect' if said is None else 'expected'}_{experiment.name}",
        disabled=said is not None,
        horizontal=True,
        help="Answer before you see the result: you cannot change your answer afterwards.",
    )
    if chosen is not None and said is None:
        expected[experiment.name] = Outcome(chosen)
        st.rerun()


def show_buttons(experiment: Experiment, number: int) -> None:
    """Run and Stop, and how long it will take."""
    runs = runs_of(experiment, number)
    configs = experiment.configs(seeds_of(number))
    missing = missing_of(experiment, number, runs)
    why_on = {run.run_id: why_not_stop(run) for run in runs if run is not None and run.status.is_active}
    active = [run_id for run_id, why in why_on.items() if not why]
    waiting = is_waiting(experiment, number)
    work = find_measurement(experiment, number, _profiled(experiment, runs))
    measured = bool(experiment.variants) or (work is not None and not work.error)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Run the experiment",
            type="primary",
            icon=":material/science:",
            disabled=waiting or (not missing and measured),
            on_click=run_experiment,
            args=(experiment, number),
            key="run_experiment",
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            disabled=not (active or waiting),
            help=None if active or waiting else escape_markdown(next(iter(why_on.values()), "")) or None,
            on_click=stop_experiment,
            args=(experiment, number, active),
            key="stop_experiment",
        )
        if missing and not waiting:
            count, seconds = len(missing), estimated_seconds(configs, runs)
            runs_left = "1 training run" if count == 1 else f"{count} training runs"
            st.caption(f"{runs_left}, about {duration(seconds)} by an estimate that is corrected as runs end.")


def run_experiment(experiment: Experiment, number: int) -> None:
    """Queue the training runs that have no result yet, as far as there is room, and what is measured beside them."""
    try:
        # As things are now: since the button was drawn, a run may have been stopped.
        begin(experiment, number, missing_of(experiment, number, runs_of(experiment, number)))
        if experiment.measure is not None and not experiment.profiles_networks:
            start_measurement(experiment, number)
    except DigitLabError as error:
        refuse_click(error)


def stop_experiment(experiment: Experiment, number: int, run_ids: Sequence[str]) -> None:
    """Stop what is under way, and queue no more."""
    stop_waiting(experiment, number)
    for run_id in run_ids:
        stop_training(run_id)


def find_measurement(experiment: Experiment, number: int, run_ids: Sequence[str] = ()) -> Work | None:
    """The measurement of an experiment, with the networks of runs where it profiles them; None if nobody asked."""
    return find_work(_measurement_key(experiment, number, run_ids))


def start_measurement(experiment: Experiment, number: int, run_ids: Sequence[str] = ()) -> None:
    """Have a worker measure, unless one is at it or has done it; what is measured is shared by all sessions."""
    assert experiment.measure is not None
    arguments: tuple[object, ...] = (seeds_of(number),) if experiment.measures_seeds else ()
    if experiment.profiles_networks:
        arguments = ([run_store().model(run_id) for run_id in run_ids],)
    start_work(_measurement_key(experiment, number, run_ids), experiment.measure, *arguments)


def show_state(experiment: Experiment, number: int) -> None:
    """Progress while training runs, the outcome once all have ended; drawn again twice a second meanwhile."""
    queue_more(experiment, number)
    pass_refusals_on()
    found = runs_of(experiment, number)
    runs = [run for run in found if run is not None and has_result(run)]
    if len(runs) < len(found):
        _show_progress(experiment, number, found, len(runs))
    elif experiment.measure is None:
        _show_outcome(experiment, runs, None)
    else:
        _show_measured(experiment, number, runs)


def _show_outcome(experiment: Experiment, runs: Sequence[Run], measured: Measurement | None) -> None:
    expected = page_state(ExperimentsState).expected.get(experiment.name)
    if expected is None:
        st.info("There is a result. Say first what you expect.", icon=":material/psychology_alt:")
    else:
        show_outcome(experiment, runs, measured, expected)


def _show_measured(experiment: Experiment, number: int, runs: Sequence[Run]) -> None:
    """What training runs and measurement say together; the measurement begins as soon as the runs are there."""
    run_ids = _profiled(experiment, runs)
    if runs and find_measurement(experiment, number, run_ids) is None:
        start_measurement(experiment, number, run_ids)
    work = find_measurement(experiment, number, run_ids)
    if work is None:
        return
    if work.result is not None:
        # As the experiment’s own measure returns it.
        _show_outcome(experiment, runs, cast(Measurement, work.result))
    elif work.error:
        st.error(f"Nothing was measured: {escape_markdown(work.error)}")
        again = (experiment, number, run_ids)
        st.button("Measure again", icon=":material/refresh:", key="again", on_click=start_measurement, args=again)
    else:
        st.info("Measuring …", icon=":material/straighten:")


def _measurement_key(experiment: Experiment, number: int, run_ids: Sequence[str]) -> str:
    return f"experiment {experiment.name} {number if experiment.measures_seeds else ''} {' '.join(run_ids)}"


def _profiled(experiment: Experiment, runs: Sequence[Run | None]) -> tuple[str, ...]:
    """The runs whose networks are measured, if any are: those of the first variant."""
    seeds = len(runs) // max(1, len(experiment.variants))
    return tuple(run.run_id for run in runs[:seeds] if run is not None) if experiment.profiles_networks else ()


def _show_progress(experiment: Experiment, number: int, found: Sequence[Run | None], ended: int) -> None:
    if is_waiting(experiment, number) or any(run is not None and run.status.is_active for run in found):
        left = duration(estimated_seconds(experiment.configs(seeds_of(number)), found))
        st.progress(ended / len(found), f"{ended} of {len(found)} training runs have ended; about {left} left.")
    elif ended:
        st.caption(f"{ended} of {len(found)} training runs have ended; the others have not been started.")


def _is_busy(experiment: Experiment, number: int) -> bool:
    """Whether there is something to wait for."""
    found = runs_of(experiment, number)
    if is_waiting(experiment, number) or any(run is not None and run.status.is_active for run in found):
        return True
    if experiment.measure is None or not all(run is not None and has_result(run) for run in found):
        return False
    work = find_measurement(experiment, number, _profiled(experiment, found))
    return work.is_running if work is not None else bool(found)


def show_catalogue() -> None:
    """What ten sets of seeds said of every experiment, folded: it gives the answers away."""
    with st.expander("All experiments, and what ten sets of seeds said (gives the answers away)"):
        rows = [(one.title, *_repeated(one)) for one in EXPERIMENTS]
        columns = ("Experiment", "Verdict", "Sets that agree")
        st.dataframe(
            {name: [row[place] for row in rows] for place, name in enumerate(columns)},
            hide_index=True,
            alt="Experiments and what ten sets of seeds said",
        )


def _repeated(experiment: Experiment) -> tuple[str, str]:
    if not experiment.variants:
        return "no seeds: measured on all images", "–"
    agreement = agreement_on(experiment)
    if agreement is None:
        return "not yet repeated", "–"
    return agreement.outcome.value, f"{agreement.sets_saying(agreement.outcome)} of {SETS}"
