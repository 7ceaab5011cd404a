"""The choice of a run, the same on every page that shows one."""

from collections.abc import Iterable

import streamlit as st

from core.config import TrainConfig
from core.errors import RunError
from core.runs.records import DEMO_RUN_ID, Run, RunStatus
from ui.shell.resources import dataset_title, run_store
from ui.shell.state import app_state
from ui.shell.words import plain, told_apart

_KEY = "run"


def choose_run(*, label: str = "Run") -> Run:
    """A select box that follows and writes ``?run=``; returns the chosen run with its epochs.

    Offers every run with finished epochs, newest first, the demo run last. A ``?run=`` that is no run, or one without
    weights yet, is named in one sentence and another run shown.
    """
    store = run_store()
    runs = {run.run_id: run for run in store.runs() if run.epochs_done > 0}
    _check_url(runs)
    options = list(runs)
    wanted = st.query_params.get(_KEY)
    if wanted in options:
        st.session_state[_KEY] = wanted
    elif app_state().run_id in options:
        st.session_state[_KEY] = app_state().run_id
    elif st.session_state.get(_KEY) not in options:
        st.session_state[_KEY] = options[0]
    chosen = st.selectbox(
        label,
        options,
        format_func=run_titles(runs.values()).__getitem__,
        key=_KEY,
        on_change=_write_url,
        persist_state="session",
    )
    _write_url()
    app_state().run_id = chosen
    return store.get(chosen)


def _write_url() -> None:
    """A bound select box would write the run's title, and read nothing else."""
    if st.query_params.get(_KEY) != st.session_state[_KEY]:
        st.query_params[_KEY] = st.session_state[_KEY]


def run_titles(runs: Iterable[Run]) -> dict[str, str]:
    """Titles by run id, no two alike: where several would be, each gets the last part of its id as well."""
    by_id = {run.run_id: run for run in runs}
    marks = {run_id: run_id.rpartition("-")[2] for run_id in by_id}
    return told_apart({run_id: run_title(run) for run_id, run in by_id.items()}, marks)


def run_title(run: Run) -> str:
    """Name, shape, data set unless it is MNIST, accuracy and, unless it is complete, status."""
    images = "" if run.config.dataset == TrainConfig().dataset else f" · {dataset_title(run.config.dataset)}"
    accuracy = "" if run.val_accuracy is None else f" · {run.val_accuracy:.1%} validation"
    status = "" if run.status is RunStatus.COMPLETED else f" · {run.status}"
    return f"{run.title}{images}{accuracy}{status}"


def _check_url(runs: dict[str, Run]) -> None:
    wanted = st.query_params.get(_KEY)
    if wanted is None or wanted in runs:
        return
    try:
        run = run_store().summary(wanted)
        st.warning(f"Run “{run.run_id}” has no finished epoch to show yet.")
    except RunError as error:
        st.warning(plain(f"{error} Another one is shown instead."))
    del st.query_params[_KEY]
    if st.session_state.get(_KEY) == wanted:
        st.session_state[_KEY] = DEMO_RUN_ID
