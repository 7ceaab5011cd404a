"""Demos: one or several small training runs through the engine, live."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.analysis.percent import percent
from core.analysis.training_value import training_conditions
from core.config import TrainConfig
from core.errors import DigitLabError
from core.figures.curve_points import CurvePoints, curve_points
from core.figures.curves import accuracy_curves, loss_curves
from core.figures.experiments import accuracy_lines, loss_panels, variant_curves
from core.learn.lessons.images import accuracy
from core.learn.questions.question import Question, Trial
from core.models.shapes import architecture_name
from core.runs.query import RunQuery
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.status import RunOrigin, RunStatus
from ui.jobs.controls import snapshot_of
from ui.jobs.state import JobsState
from ui.live.figure import show_figure
from ui.live.training_value import measured_value
from ui.shell.polling import show_polled
from ui.shell.resources import engine, images_to_validate, model, run_store, splits
from ui.shell.sentences import refuse_click
from ui.shell.state import page_state

_FAILED = (RunStatus.FAILED, RunStatus.INTERRUPTED, RunStatus.STOPPED)


def demo_train(question: Question) -> None:
    """A button that trains what the question names, and the results."""
    show_button(question)
    show_polled(_show_trials, question, busy=lambda: is_busy(question))


def demo_losses(question: Question) -> None:
    """The training runs with their losses on axes of one range, then both losses of the finished networks."""
    show_button(question)
    show_polled(_show_losses, question, busy=lambda: is_busy(question))


def show_button(question: Question) -> None:
    """Train what has not been trained yet."""
    missing = [trial for trial in question.trials if find_run(trial.config) is None]
    words = {1: "Train it here", 2: "Train both", 3: "Train all three", 4: "Train all four"}
    st.button(
        words[len(question.trials)],
        type="primary",
        icon=":material/play_arrow:",
        disabled=not missing,
        on_click=start_trials,
        args=(missing,),
        key="demo_train",
    )


def demo_fine_tune(question: Question) -> None:
    """The training runs, then what each network reads of the new digits and still reads of the old ones."""
    demo_train(question)
    ended = {label: run.run_id for label, run in ended_runs(question).items()}
    new, old = images_to_validate(question.trials[0].config), splits().validation
    rows = [
        (label, *(percent(accuracy(model(run_id), part.images, part.labels)) for part in (new, old)))
        for label, run_id in ({"The demo run, before": DEMO_RUN_ID} | ended).items()
    ]
    columns = ["Network", "New digits", "MNIST’s digits"]
    st.table(pd.DataFrame(rows, columns=columns), hide_index=True, alt="New and old digits read correctly")
    st.caption(f"Read correctly of {len(new):,} new validation images and of MNIST’s {len(old):,}.")


def ended_runs(question: Question) -> Mapping[str, Run]:
    """The runs of a question’s trials that have ended, by the trials’ labels."""
    runs = {trial.label: find_run(trial.config) for trial in question.trials}
    return {label: run for label, run in runs.items() if run is not None and not run.status.is_active}


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
        refuse_click(error)


def _show_trials(question: Question) -> None:
    """State and result of each; drawn again twice a second while any is under way."""
    runs = show_states(question)
    if len(question.trials) == 1:
        for run in runs.values():
            _show_curves(run)
    else:
        _show_accuracies(runs)


def show_states(question: Question) -> Mapping[str, Run]:
    """A line for each trial; the runs that there are, with their epochs, by the trials’ labels."""
    runs = {trial.label: find_run(trial.config) for trial in question.trials}
    for trial in question.trials:
        _show_state(trial, runs[trial.label])
    return {label: run_store().get(run.run_id) for label, run in runs.items() if run is not None}


def _show_losses(question: Question) -> None:
    """As :func:`_show_trials`, with the losses of each run and what its network makes of the images afterwards."""
    runs = show_states(question)
    if not runs:
        return
    trials = [trial for trial in question.trials if trial.label in runs]
    panels = loss_panels(
        [trial.label for trial in trials],
        [_points(runs[trial.label]) for trial in trials],
        [trial.config.epochs for trial in trials],
        [training_conditions(trial.config) for trial in trials],
    )
    for number, (place, trial, panel) in enumerate(zip(st.columns(len(trials)), trials, panels, strict=True)):
        with place:
            alt = f"Training and validation loss of “{trial.label}” by epoch"
            show_figure(panel, key=f"demo_losses_{number}", alt=alt)
    _show_accuracies(runs)
    ended = [(label, run) for label, run in runs.items() if not run.status.is_active]
    if ended:
        _show_afterwards(ended)


def _show_accuracies(runs: Mapping[str, Run]) -> None:
    if runs:
        figure = accuracy_lines(variant_curves(list(runs), list(runs.values())))
        show_figure(figure, key="demo_trials", alt="Validation accuracy of each run by epoch")


def _show_afterwards(ended: Sequence[tuple[str, Run]]) -> None:
    """Both losses of each kept network: those of the charts are counted while it learns, and under conditions."""
    rows = []
    for label, run in ended:
        value, kept = measured_value(run), run.kept_epoch
        if kept is not None:
            losses = f"{value.loss:.4f}", f"{kept.val_loss:.4f}"
            rows.append((label, *losses, percent(value.accuracy), percent(kept.val_accuracy)))
    columns = ["Network", "Training loss", "Validation loss", "Training accuracy", "Validation accuracy"]
    st.table(pd.DataFrame(rows, columns=columns), hide_index=True, alt="Losses and accuracies of the kept networks")
    st.caption(
        "Measured with the network that was kept, on unchanged images. The training line of a chart is measured while "
        "the network learns: with dropout or mixup on, it is higher."
    )


def _show_state(trial: Trial, run: Run | None) -> None:
    """A line: what it is, how far it is or what it reached, and the way to it."""
    config = trial.config
    epochs = "1 epoch" if config.epochs == 1 else f"{config.epochs} epochs"
    what = f"**{trial.label}**: {architecture_name(config)}, {epochs} of {config.training_size:,} images"
    if run is None:
        st.markdown(what)
        return
    snapshot = snapshot_of(run.run_id)
    if snapshot.status.is_active:
        st.progress(min(1.0, snapshot.position / config.epochs), f"{trial.label}: {snapshot.status} …")
        return
    kept = run_store().get(run.run_id).kept_epoch
    reached = ""
    if kept is not None:
        reached = f": validation accuracy **{percent(kept.val_accuracy)}**, loss {kept.val_loss:.3f}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{what}{reached}, in {run.seconds:.1f} s")
        query = {"run": run.run_id}
        st.page_link("train.py", label="Show the run", icon=":material/arrow_forward:", query_params=query)


def _points(run: Run) -> CurvePoints:
    snapshot = snapshot_of(run.run_id)
    return curve_points(snapshot.epochs, snapshot.live_points)


def _show_curves(run: Run) -> None:
    points = _points(run)
    left, right = st.columns(2)
    epochs = run.config.epochs
    with left:
        show_figure(loss_curves(points, epochs=epochs), key="demo_loss_curve", alt="Loss while it trains")
    with right:
        show_figure(accuracy_curves(points, epochs=epochs), key="demo_accuracy_curve", alt="Accuracy by epoch")


def is_busy(question: Question) -> bool:
    """Whether a run of its trials is under way."""
    runs = [find_run(trial.config) for trial in question.trials]
    return any(run is not None and snapshot_of(run.run_id).status.is_active for run in runs)
