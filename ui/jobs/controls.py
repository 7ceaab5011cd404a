"""Train's buttons and its queue: which run is watched, what can be done with it."""

import streamlit as st

from core.config import TrainConfig
from core.engine.job import JobSnapshot
from core.errors import DigitLabError
from core.runs.records import DEMO_RUN_ID, Run, RunStatus
from ui.choices.run import existing_run
from ui.jobs.state import JobsState
from ui.shell.page import show_error
from ui.shell.resources import dataset_title, engine, run_store
from ui.shell.state import page_state
from ui.shell.url import checked_param, write_param
from ui.shell.words import escape_markdown

_RUN = "run"


def watched_run() -> str:
    """The run that this page follows: the one in the URL, else this session's last, else the newest there is."""
    state = page_state(JobsState)
    wanted = checked_param(_RUN, existing_run, "")
    if wanted is not None:
        state.watched_run_id = wanted
    if state.watched_run_id is None or not run_store().exists(state.watched_run_id):
        mine = [job.run_id for job in engine().active_jobs() if job.session == state.session_id]
        runs = run_store().runs()
        state.watched_run_id = (mine or [run.run_id for run in runs] or [DEMO_RUN_ID])[0]
    return state.watched_run_id


def watch(run_id: str) -> None:
    """Follow this run, in the URL as well: a reload finds it again."""
    page_state(JobsState).watched_run_id = run_id
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
    return JobSnapshot(run.run_id, run.config, run.status, epochs=run.epochs, early=run.early, error=run.error)


def status_of(run_id: str) -> RunStatus:
    """The status that :func:`snapshot_of` has, without reading any epoch."""
    job = engine().job(run_id)
    return run_store().summary(run_id).status if job is None else job.status


def show_buttons(config: TrainConfig, run_id: str) -> None:
    """Train, Stop and, where it makes sense, Continue."""
    run = run_store().summary(run_id)
    job = engine().job(run_id)
    train, stop, more = st.columns([1, 1, 2])
    with train:
        st.button(
            "Train",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            on_click=start_training,
            args=(config,),
        )
    with stop:
        st.button(
            "Stop",
            icon=":material/stop:",
            width="stretch",
            disabled=job is None or not job.status.is_active,
            on_click=stop_training,
            args=(run_id,),
        )
    with more:
        if run.can_continue:
            st.button(
                "Continue from its last epoch",
                icon=":material/resume:",
                on_click=continue_training,
                args=(run_id,),
            )


def show_queue() -> None:
    """Everything that runs or waits on this server, with a way to watch it."""
    jobs = engine().active_jobs()
    if len(jobs) < 2:
        return
    st.markdown(f"**On the workers: {len(jobs)} runs**")
    mine = page_state(JobsState).session_id
    for job in jobs:
        snapshot = job.snapshot()
        place = f"queued, place {snapshot.queue_place}" if snapshot.queue_place else f"{snapshot.status}"
        whose = "yours" if job.session == mine else "another session’s"
        text, button = st.columns([4, 1], vertical_alignment="center")
        title = escape_markdown(run_store().summary(job.run_id).title)
        text.markdown(f"{title} · {place} · {snapshot.position:.1f} epochs · {whose}")
        if button.button("Watch", key=f"watch_{job.run_id}", on_click=watch, args=(job.run_id,)):
            # The buttons, and which run is followed, lie outside of the fragment that shows this.
            st.rerun()


def start_training(config: TrainConfig) -> None:
    """Queue a run with these settings and follow it."""
    try:
        watch(engine().submit(config, session=page_state(JobsState).session_id).run_id)
    except DigitLabError as error:
        show_error(error)


def stop_training(run_id: str) -> None:
    """Ask a run to end where it is."""
    if (job := engine().job(run_id)) is not None:
        job.stop()


def continue_training(run_id: str) -> None:
    """Queue an unfinished run again."""
    try:
        engine().resume(run_id, session=page_state(JobsState).session_id)
        watch(run_id)
    except DigitLabError as error:
        show_error(error)


def run_heading(run: Run) -> str:
    """Whose results stand below, and how they differ from what the sidebar says."""
    if run.is_demo:
        return "The demo run, which comes with Digit Lab"
    images = "" if run.config.dataset == TrainConfig().dataset else f" · {dataset_title(run.config.dataset)}"
    return f"Run {escape_markdown(run.title + images)}"
