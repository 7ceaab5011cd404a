"""Everything that runs or waits on this server, with a way to watch it or to cancel one's own."""

import streamlit as st

from core.engine.job import JobSnapshot, TrainingJob
from core.runs.status import RunStatus
from ui.jobs.controls import stop_training, watch
from ui.jobs.state import JobsState
from ui.shell.resources import engine, run_store
from ui.shell.rights import why_not
from ui.shell.state import page_state
from ui.shell.words import duration, escape_markdown


def show_queue() -> None:
    """A row for each run under way, where there are several."""
    jobs = engine().active_jobs()
    if len(jobs) < 2:
        return
    st.markdown(f"**On the workers: {len(jobs)} runs**")
    for job in jobs:
        _show_row(job)


def queue_version() -> tuple[tuple[str, str], ...]:
    """What :func:`show_queue` says: another one where that has changed."""
    jobs = engine().active_jobs()
    return tuple((job.run_id, _place(job.snapshot())) for job in jobs) if len(jobs) > 1 else ()


def place_words(snapshot: JobSnapshot) -> str:
    """Where a run under way is: its place in the queue and how long it still waits, or how far it has come."""
    wait = engine().seconds_to_start(snapshot.run_id) if snapshot.queue_place else None
    return f"{_place(snapshot)}, starts in about {duration(wait)}" if wait else _place(snapshot)


def _show_row(job: TrainingJob) -> None:
    state = page_state(JobsState)
    snapshot, is_mine = job.snapshot(), job.session == state.session_id
    whose = "yours" if is_mine else "another session’s"
    run = run_store().summary(job.run_id)
    title, why = escape_markdown(run.title), why_not(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{title} · {place_words(snapshot)} · {whose}", width="stretch")
        is_watched = job.run_id == state.watched_run_id
        # The buttons, and which run is followed, lie outside of the fragment that shows this.
        if st.button(
            "Watched" if is_watched else "Watch",
            key=f"watch_{job.run_id}",
            disabled=is_watched,
            on_click=watch,
            args=(job.run_id,),
        ):
            st.rerun()
        if st.button(
            "Cancel",
            key=f"cancel_{job.run_id}",
            help=escape_markdown(why) or "Ends this run; what it has learned is kept.",
            disabled=bool(why) or not job.status.is_active,
            on_click=stop_training,
            args=(job.run_id,),
        ):
            st.rerun()


def _place(snapshot: JobSnapshot) -> str:
    if snapshot.queue_place:
        return f"queued, place {snapshot.queue_place}"
    if snapshot.is_elsewhere and snapshot.status is RunStatus.QUEUED:
        return "queued on another server"
    where = " elsewhere" if snapshot.is_elsewhere else ""
    return f"{snapshot.status}{where}, {snapshot.position:.1f} of {snapshot.config.epochs} epochs"
