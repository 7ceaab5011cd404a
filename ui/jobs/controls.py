"""What can be done with training runs: which one is watched, start it, stop it, continue it."""

from typing import Final

import streamlit as st

from core.config import TrainConfig, setting_title
from core.engine.job import JobSnapshot
from core.engine.pace import FULL_SPEED, Pace
from core.errors import DigitLabError, EngineError
from core.runs.records import Run
from core.runs.status import RunStatus
from ui.choices.run import existing_run, newest_run, note_training
from ui.jobs.state import JobsState
from ui.settings.url import settings_query
from ui.shell.exercise import current_exercise
from ui.shell.resources import dataset_entry, dataset_title, engine, run_store
from ui.shell.rights import changeable, why_not
from ui.shell.sentences import pass_refusals_on, refuse_click
from ui.shell.state import page_state
from ui.shell.url import checked_param, write_param
from ui.shell.words import escape_markdown

_RUN = "run"
SLOW_MOTION = "slow_motion"
"""Key of the switch on Train."""
NO_RUN: Final = ""
"""The id of the run that Train follows before there is any."""
ELSEWHERE: Final = "Another server, or a command, trains this run: stop it there."
_TRAIN: Final = "train_start"
TRAIN_BUTTON: Final = f".st-key-{_TRAIN} button"
"""Where it is in the page."""


def watched_run(config: TrainConfig) -> str:
    """The run that this page follows: the one in the URL, else this browser’s last, else the demo run, else NO_RUN.

    Parameters
    ----------
    config
        What the sidebar holds: a run that somebody has just chosen is shown beside it until it changes.
    """
    state = page_state(JobsState)
    wanted = checked_param(_RUN, existing_run, "")
    if wanted is not None and wanted != state.watched_run_id:
        state.watched_run_id, state.is_new = wanted, True
    if state.watched_run_id is None or not run_store().exists(state.watched_run_id):
        mine = [job.run_id for job in engine().active_jobs() if job.session == state.session_id]
        newest = newest_run(has_weights=False)
        state.watched_run_id = mine[0] if mine else NO_RUN if newest is None else newest.run_id
        state.chosen_with = None
    if state.is_new:
        state.is_new, state.chosen_with = False, config
    return state.watched_run_id


def belongs_to(config: TrainConfig, snapshot: JobSnapshot) -> bool:
    """Whether the watched run is shown beside these settings, or folded away: others have been set since it ended."""
    return snapshot.status.is_active or config in (snapshot.config, page_state(JobsState).chosen_with)


def watch(run_id: str) -> None:
    """Follow this run, in the URL as well: a reload finds it again."""
    state = page_state(JobsState)
    state.watched_run_id, state.is_new = run_id, True
    write_param(_RUN, run_id)


def snapshot_of(run_id: str, run: Run | None = None) -> JobSnapshot:
    """The live snapshot of a job of this server, or what the store knows of any other run.

    Parameters
    ----------
    run
        The run with its epochs, where it has just been read: to read it takes as long as there are epochs.
    """
    job = engine().job(run_id)
    if job is not None:
        return job.snapshot()
    run = run or run_store().get(run_id)
    return JobSnapshot(
        run.run_id,
        run.config,
        run.status,
        epochs=run.epochs,
        early=run.early,
        error=run.error,
        is_elsewhere=run.status.is_active,
        epochs_done=run.epochs_done,
    )


def run_of(run_id: str) -> Run:
    """A run with its epochs where no job of this server knows them, for :func:`snapshot_of`."""
    return run_store().get(run_id) if engine().job(run_id) is None else run_store().summary(run_id)


def summary_of(run_id: str) -> Run | None:
    """What the store knows of the watched run without its epochs; None for NO_RUN."""
    return None if run_id == NO_RUN else run_store().summary(run_id)


def status_of(run_id: str) -> RunStatus:
    """The status that :func:`snapshot_of` has, without reading any epoch."""
    job = engine().job(run_id)
    return run_store().summary(run_id).status if job is None else job.status


def why_not_stop(run: Run) -> str:
    """Why this session cannot stop a run that is under way, as a sentence; empty if it can."""
    return why_not(run) or (ELSEWHERE if engine().job(run.run_id) is None else "")


def show_buttons(config: TrainConfig, run_id: str) -> None:
    """Train and Stop, always there, and Continue where it makes sense."""
    run = summary_of(run_id)
    is_active = run is not None and status_of(run_id).is_active
    why_on = why_not_stop(run) if run is not None and is_active else ""
    st.button(
        "Train", type="primary", icon=":material/play_arrow:", key=_TRAIN, on_click=start_training, args=(config,)
    )
    st.button(
        "Stop",
        icon=":material/stop:",
        disabled=not is_active or bool(why_on),
        help=escape_markdown(why_on) or None,
        on_click=stop_training,
        args=(run_id,),
    )
    if run is not None and run.can_continue and not why_not(run):
        st.button(
            "Continue from its last epoch",
            icon=":material/resume:",
            on_click=continue_training,
            args=(run_id,),
        )


def submit(config: TrainConfig, pace: Pace = FULL_SPEED) -> str | None:
    """Queue a run with these settings and follow it; its id, or None after a sentence on why there is none.

    For callbacks.
    """
    try:
        run_id = queue_run(config, pace)
    except DigitLabError as error:
        refuse_click(error)
        return None
    note_training(run_id)
    state = page_state(JobsState)
    state.watched_run_id, state.is_new = run_id, True
    return run_id


def queue_run(config: TrainConfig, pace: Pace = FULL_SPEED) -> str:
    """Queue a run of this browser, of the exercise that holds here and with what that fixes; its id.

    Raises
    ------
    DigitLabError
        If it cannot be queued, its dataset is gone or is not for this browser, or the settings do not go with what is
        fixed.
    """
    exercise = current_exercise()
    obeying = exercise.applied_to(config)
    # A run of somebody else’s may name what nobody but them may use.
    dataset_entry(obeying.dataset)
    if obeying != config:
        changed = (name for name in TrainConfig.model_fields if getattr(obeying, name) != getattr(config, name))
        st.toast(f"Fixed by the exercise: {', '.join(map(setting_title, changed))}.", icon=":material/lock:")
    session = page_state(JobsState).session_id
    return engine().submit(obeying, session=session, pace=pace, exercise=exercise.name or None).run_id


def train_from_another_page(config: TrainConfig) -> None:
    """Queue a run and go to Train, which watches it; call it from a page's script, with the settings already set."""
    run_id = submit(config)
    if run_id is not None:
        st.switch_page("train.py", query_params=settings_query(config) | {_RUN: run_id})
    pass_refusals_on()


def start_training(config: TrainConfig, pace: Pace | None = None) -> None:
    """Queue a run with these settings and follow it, in the URL as well."""
    run_id = submit(config, pace or chosen_pace())
    if run_id is not None:
        write_param(_RUN, run_id)


def chosen_pace() -> Pace:
    """In slow motion, if its switch on Train says so."""
    return Pace(slowly=bool(st.session_state.get(SLOW_MOTION)))


def stop_training(run_id: str) -> None:
    """Ask a run to end where it is, if it is this browser’s and this server has it."""
    job = engine().job(run_id)
    try:
        run = changeable(run_id).summary(run_id)
        if job is not None:
            job.stop()
        elif run.status.is_active:
            raise EngineError(ELSEWHERE)
    except DigitLabError as error:
        refuse_click(error)


def continue_training(run_id: str, pace: Pace | None = None) -> None:
    """Queue an unfinished run again."""
    try:
        changeable(run_id)
        engine().resume(run_id, session=page_state(JobsState).session_id, pace=pace or chosen_pace())
        note_training(run_id)
        watch(run_id)
    except DigitLabError as error:
        refuse_click(error)


def run_heading(run: Run) -> str:
    """Whose results stand below, and how they differ from what the sidebar says."""
    if run.is_demo:
        return "The demo run, which comes with Digit Lab"
    images = "" if run.config.dataset == TrainConfig().dataset else f" · {dataset_title(run.config.dataset)}"
    return f"Run {escape_markdown(run.title + images)}"
