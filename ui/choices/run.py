"""The choice of a run, the same on every page that shows one."""

from collections.abc import Iterable, Sequence
from functools import partial

import streamlit as st

from core.config import TrainConfig
from core.errors import RunError
from core.runs.records import Run, RunStatus
from ui.shell.resources import dataset_title, run_store
from ui.shell.url import linked
from ui.shell.words import told_apart

_KEY = "run"


def choose_run(*, label: str = "Run") -> Run:
    """A select box that follows and writes ``?run=``; returns the chosen run with its epochs.

    Offers every run with finished epochs, newest first, the demo run last. A ``?run=`` that is no run, or one without
    weights yet, is named in one sentence and another run shown.
    """
    store = run_store()
    runs = {run.run_id: run for run in store.runs() if run.epochs_done > 0}
    options = list(runs)
    chosen = st.selectbox(
        label,
        options,
        format_func=run_titles(runs.values()).__getitem__,
        **linked(_KEY, partial(_run_to_show, options), options[0], "", always=True),
    )
    return store.get(chosen)


def existing_run(run_id: str) -> str:
    """The id of a run that is there and can be read.

    Raises
    ------
    RunError
        If there is none of this id, or it cannot be read.
    """
    return run_store().summary(run_id).run_id


def _run_to_show(options: Sequence[str], run_id: str) -> str:
    if run_id in options:
        return run_id
    try:
        existing_run(run_id)
    except RunError as error:
        raise RunError(f"{error} Another one is shown instead.") from None
    raise RunError(f"Run “{run_id}” has no finished epoch to show yet.")


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
