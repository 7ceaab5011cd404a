"""Train: everything about the run that is watched."""

import streamlit as st

from core.config import TrainConfig
from ui.jobs.controls import run_heading, show_queue, snapshot_of, status_of
from ui.shell.polling import show_polled
from ui.shell.resources import engine, run_store
from ui.shell.words import escape_markdown
from ui.train.progress import show_curves, show_inside, show_probes, show_progress, show_result


def show_watched_run(run_id: str, config: TrainConfig) -> None:
    """The run; polled only while there is something to wait for."""
    show_polled(show_run, run_id, config, busy=lambda: active_runs(run_id))


def active_runs(run_id: str) -> tuple[bool, bool]:
    """Whether the watched run is under way, and whether any run is."""
    return status_of(run_id).is_active, bool(engine().active_jobs())


def show_run(run_id: str, config: TrainConfig) -> None:
    """Everything about the watched run; drawn anew twice a second while anything runs."""
    run = run_store().get(run_id) if engine().job(run_id) is None else run_store().summary(run_id)
    snapshot = snapshot_of(run_id, run)
    st.subheader(run_heading(run), anchor=False, divider="grey")
    if snapshot.config != config:
        st.caption("The sidebar holds other settings than this run: they count for the next one.")
    show_progress(snapshot)
    if snapshot.error:
        st.warning(escape_markdown(snapshot.error))
    show_result(snapshot)
    show_queue()
    show_curves(snapshot)
    show_probes(snapshot)
    show_inside(snapshot)
