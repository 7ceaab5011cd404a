"""The choice of a run, the same on every page that shows one."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import streamlit as st

from core.config import TrainConfig
from core.errors import RunError
from core.runs.records import Run, RunOrigin, RunStatus
from ui.choices.state import ChoiceState
from ui.shell.browser import browser_id
from ui.shell.resources import dataset_title, run_store
from ui.shell.state import page_state
from ui.shell.url import linked
from ui.shell.words import told_apart

_KEY = "run"
_MOST_BROWSERS = 10_000


def choose_run(*, label: str = "Run") -> Run:
    """A select box that follows and writes ``?run=``; returns the chosen run with its epochs.

    Offers every run with finished epochs, newest first, the demo run last; those of experiments when they are asked
    for. A ``?run=`` that is no run, or one without weights yet, is named in one sentence and another run shown.
    """
    store = run_store()
    runs = {run.run_id: run for run in store.runs() if run.epochs_done > 0}
    default = default_run(list(runs.values())).run_id
    named = st.query_params.get(_KEY)
    if named is None and st.session_state.get(_KEY) == page_state(ChoiceState).opened_with:
        # Nobody asked for that one, and there may be a newer one by now.
        st.session_state[_KEY] = default
    link = linked(_KEY, partial(_run_to_show, list(runs)), default, "", always=True)
    _note(st.session_state[_KEY], named)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.container()
        titles = run_titles(unfolded(list(runs.values()), keep=st.session_state[_KEY]))
        link["on_change"] = partial(_take_choice, link["on_change"])
        chosen = place.selectbox(label, list(titles), format_func=titles.__getitem__, **link)
    return store.get(chosen)


def default_run(runs: Sequence[Run]) -> Run:
    """The run that a page opens with: the newest that this browser trained, else the demo run.

    Never another person’s, and never one of an experiment, which may be poor on purpose.

    Parameters
    ----------
    runs
        Newest first.
    """
    demo = next((run for run in runs if run.is_demo), None)
    return own_last_run(runs) or demo or runs[0]


def own_last_run(runs: Iterable[Run]) -> Run | None:
    """The newest run that this browser trained; ``runs`` are newest first."""
    mine = browser_id()
    return next((run for run in runs if run.owner == mine and run.origin is RunOrigin.TRAINED), None)


def note_choice(run_id: str) -> None:
    """Somebody asked for this run: by a link, in a list, by training it."""
    page_state(ChoiceState).chosen.add(run_id)


def note_training(run_id: str) -> None:
    """Somebody trains this run: it is what pages open with from now on, whatever was chosen before."""
    note_choice(run_id)
    page_state(ChoiceState).opened_with = st.session_state.get(_KEY, "")


def is_chosen(run_id: str) -> bool:
    """Whether anybody asked for this run in this session, or a page just opened with it."""
    return run_id in page_state(ChoiceState).chosen


def unfolded(runs: Sequence[Run], *, keep: str = "") -> list[Run]:
    """The runs that a list shows: those of experiments and searches only when the switch that this draws is on.

    Parameters
    ----------
    keep
        A run that is shown in any case.
    """
    count = sum(run.origin.is_folded for run in runs)
    if not count:
        return list(runs)
    is_on = st.toggle(
        "Experiments",
        key="with_experiments",
        persist_state="session",
        help=f"Also list what experiments and searches have trained: {count} {'run' if count == 1 else 'runs'}.",
    )
    return [run for run in runs if is_on or not run.origin.is_folded or run.run_id == keep]


def existing_run(run_id: str) -> str:
    """The id of a run that is there and can be read.

    Raises
    ------
    RunError
        If there is none of this id, or it cannot be read.
    """
    return run_store().summary(run_id).run_id


def _take_choice(take: Callable[[], None]) -> None:
    take()
    note_choice(st.session_state[_KEY])


def _note(shown: str, named: str | None) -> None:
    """Keep whether the run that is shown was asked for, or is what the page opens with.

    The address then names that as well, and a reload of it is not a choice either.
    """
    state, opened = page_state(ChoiceState), _opened_with()
    if named == shown and shown not in (state.opened_with, opened.get(browser_id())):
        note_choice(shown)
    elif shown not in state.chosen:
        state.opened_with = shown
        opened[browser_id()] = shown
        if len(opened) > _MOST_BROWSERS:
            del opened[next(iter(opened))]


@st.cache_resource(show_spinner=False)
def _opened_with() -> dict[str, str]:
    """The run that a page opened with last, by browser."""
    return {}


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
    """Name, shape, dataset unless it is MNIST, accuracy, status unless it is complete, and what else is special."""
    images = "" if run.config.dataset == TrainConfig().dataset else f" · {dataset_title(run.config.dataset)}"
    accuracy = "" if run.val_accuracy is None else f" · {run.val_accuracy:.1%} validation"
    status = "" if run.status is RunStatus.COMPLETED else f" · {run.status}"
    origin = {RunOrigin.EXPERIMENT: " · experiment", RunOrigin.SEARCH: " · trial"}.get(run.origin, "")
    return f"{run.title}{images}{accuracy}{status}{origin}"
