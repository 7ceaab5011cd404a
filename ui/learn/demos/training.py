"""Demo: one or several small training runs through the engine, live."""

import pandas as pd
import streamlit as st

from core.config import TrainConfig
from core.errors import DigitLabError
from core.figures.curve_points import curve_points
from core.figures.curves import accuracy_curves, loss_curves
from core.figures.experiments import accuracy_lines, variant_curves
from core.learn.lessons.images import accuracy
from core.learn.questions.question import Question, Trial
from core.models.shapes import architecture_name
from core.runs.listing import RunQuery
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.status import RunOrigin, RunStatus
from ui.jobs.controls import snapshot_of
from ui.jobs.state import JobsState
from ui.live.figure import show_figure
from ui.shell.page import show_error
from ui.shell.polling import show_polled
from ui.shell.resources import engine, images_to_validate, model, run_store, splits
from ui.shell.state import page_state

_FAILED = (RunStatus.FAILED, RunStatus.INTERRUPTED, RunStatus.STOPPED)


def demo_train(question: Question) -> None:
    """A button that trains what the question names, and what comes of it."""
    missing = [trial for trial in question.trials if find_run(trial.config) is None]
    count = len(question.trials)
    st.button(
        "Train it here" if count == 1 else f"Train all {count} side by side",
        type="primary",
        icon=":material/play_arrow:",
        disabled=not missing,
        on_click=start_trials,
        args=(missing,),
        key="demo_train",
    )
    show_polled(_show_trials, question, busy=lambda: _is_busy(question))


def demo_fine_tune(question: Question) -> None:
    """The training runs, then what each network reads of the new digits and still reads of the old ones."""
    demo_train(question)
    runs = {trial.label: find_run(trial.config) for trial in question.trials}
    ended = {label: run.run_id for label, run in runs.items() if run is not None and not run.status.is_active}
    new, old = images_to_validate(question.trials[0].config), splits().validation
    rows = [
        (label, *(f"{accuracy(model(run_id), part.images, part.labels):.1%}" for part in (new, old)))
        for label, run_id in ({"The demo run, before": DEMO_RUN_ID} | ended).items()
    ]
    columns = ["Network", "New digits", "MNIST’s digits"]
    st.table(pd.DataFrame(rows, columns=columns), hide_index=True, alt="New and old digits read correctly")
    st.caption(f"Read correctly of {len(new):,} new validation images and of MNIST’s {len(old):,}.")


def find_run(config: TrainConfig) -> Run | None:
    """The latest run with these settings that has not failed: they give the same numbers, given as many threads."""
    runs = (run for run in run_store().listing.find(RunQuery(configs=(config,))) if run.status not in _FAILED)
    # A model that was brought in has these settings too, but nobody has seen it train.
    return next((run for run in runs if run.status.is_active or run.val_accuracy is not None), None)


def start_trials(trials: list[Trial]) -> None:
    """Queue a run for each."""
    try:
        for trial in trials:
            session = page_state(JobsState).session_id
            engine().submit(trial.config, session=session, origin=RunOrigin.EXPERIMENT)
    except DigitLabError as error:
        show_error(error)


def _show_trials(question: Question) -> None:
    """State and result of each; drawn again twice a second while any is under way."""
    runs = {trial.label: find_run(trial.config) for trial in question.trials}
    for trial in question.trials:
        _show_state(trial, runs[trial.label])
    whole = {label: run_store().get(run.run_id) for label, run in runs.items() if run is not None}
    if len(question.trials) == 1:
        for run in whole.values():
            _show_curves(run)
    elif whole:
        figure = accuracy_lines(variant_curves(list(whole), list(whole.values())))
        show_figure(figure, key="demo_trials", alt="Validation accuracy of each run by epoch")


def _show_state(trial: Trial, run: Run | None) -> None:
    """A line: what it is, how far it is or what it reached, and the way to it."""
    config = trial.config
    what = f"**{trial.label}**: {architecture_name(config)}, {config.epochs} epochs of {config.training_size:,} images"
    if run is None:
        st.markdown(what)
        return
    snapshot = snapshot_of(run.run_id)
    if snapshot.status.is_active:
        st.progress(min(1.0, snapshot.position / config.epochs), f"{trial.label}: {snapshot.status} …")
        return
    kept = run_store().get(run.run_id).kept_epoch
    reached = "" if kept is None else f": validation accuracy **{kept.val_accuracy:.2%}**, loss {kept.val_loss:.3f}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{what}{reached}, in {run.seconds:.1f} s")
        st.page_link("train.py", label="Open", icon=":material/arrow_forward:", query_params={"run": run.run_id})


def _show_curves(run: Run) -> None:
    snapshot = snapshot_of(run.run_id)
    points = curve_points(snapshot.epochs, snapshot.live_points)
    left, right = st.columns(2)
    epochs = run.config.epochs
    with left:
        show_figure(loss_curves(points, epochs=epochs), key="demo_loss_curve", alt="Loss while it trains")
    with right:
        show_figure(accuracy_curves(points, epochs=epochs), key="demo_accuracy_curve", alt="Accuracy by epoch")


def _is_busy(question: Question) -> bool:
    runs = [find_run(trial.config) for trial in question.trials]
    return any(run is not None and snapshot_of(run.run_id).status.is_active for run in runs)
