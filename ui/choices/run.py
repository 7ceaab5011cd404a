"""The choice of a run, the same on every page that shows one."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import streamlit as st

from core.analysis.percent import percent
from core.config import TrainConfig
from core.errors import RunError
from core.runs.query import RunQuery
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.status import RunOrigin, RunStatus
from ui.choices.state import ChoiceState
from ui.shell.browser import browser_id
from ui.shell.resources import dataset_title, run_store
from ui.shell.state import page_state
from ui.shell.url import linked
from ui.shell.words import told_apart

_KEY = "run"
_FOLDED = "with_experiments"
_MOST_BROWSERS = 10_000
_WITH_WEIGHTS = RunQuery(has_weights=True)
MOST_OFFERED = 100
"""Runs in a select box: more take their time to be read, sent and looked through."""


def choose_run(*, label: str = "Run") -> Run:
    """A select box that follows and writes ``?run=``; returns the chosen run with its epochs.

    Offers runs with finished epochs, newest first, the demo run last; those of experiments and searches when they are
    asked for. Where there are more than a select box can hold, a field beside it finds the others. A ``?run=``
    that names no run, or one without weights yet, is named in one sentence and another run shown.
    """
    default = default_run().run_id
    named = st.query_params.get(_KEY)
    if named is None and st.session_state.get(_KEY) == page_state(ChoiceState).opened_with:
        # Nobody asked for that one, and there may be a newer one by now.
        st.session_state[_KEY] = default
    link = linked(_KEY, _run_to_show, default, "", always=True)
    _note(st.session_state[_KEY], named)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.container()
        titles = run_titles(offered_runs(st.session_state[_KEY]))
        link["on_change"] = partial(_take_choice, link["on_change"])
        chosen = place.selectbox(label, list(titles), format_func=titles.__getitem__, **link)
    return run_store().get(chosen)


def offered_runs(*keep: str, key: str = "run_finder", has_switch: bool = True) -> list[Run]:
    """The runs that a select box offers, at most a hundred, with a switch and a field that choose among all.

    Parameters
    ----------
    keep
        Runs that are offered in any case.
    key
        Of the field.
    has_switch
        Whether the switch is drawn; a page's second choice follows that of its first.
    """
    listing = run_store().listing
    folded = show_folded(_WITH_WEIGHTS) if has_switch else are_folded_listed()
    wanted = replace(_WITH_WEIGHTS, folded=folded)
    words = ""
    if listing.count(wanted) > MOST_OFFERED:
        words = st.text_input(
            "Find a run",
            key=key,
            placeholder="Name, tag or note",
            icon=":material/search:",
            width=220,
            persist_state="session",
            help=f"The newest {MOST_OFFERED} runs are listed. Find others by words in their name, tags or notes.",
        )
    found = listing.find(replace(wanted, text=words, limit=MOST_OFFERED))
    if not found:
        st.caption("No run has these words in its name, tags or notes.")
    elif words:
        st.caption(f"{len(found)} found" if len(found) < MOST_OFFERED else f"The newest {MOST_OFFERED} of them")
    offered = {run.run_id: run for run in found}
    for run_id in (*keep, DEMO_RUN_ID):
        with suppress(RunError):
            offered[run_id] = run_store().summary(run_id)
    return sorted(offered.values(), key=lambda run: (run.is_demo, -run.created.timestamp()))


def default_run() -> Run:
    """The run that a page opens with, which has finished an epoch; see :func:`newest_run`.

    Raises
    ------
    RunError
        If there is none.
    """
    run = newest_run()
    if run is None:
        raise RunError("There is no run yet: train one first.")
    return run


def newest_run(*, has_weights: bool = True) -> Run | None:
    """The newest run that this browser trained, else the demo run; None where there is nothing to show.

    Never another person’s where one of these is there, and never one of an experiment, which may be poor on purpose.

    Parameters
    ----------
    has_weights
        Whether it must have finished an epoch.
    """
    listing, wanted = run_store().listing, RunQuery(has_weights=has_weights)
    mine = browser_id()
    own = listing.first(replace(wanted, owner=mine, origin=RunOrigin.TRAINED)) if mine else None
    return own or listing.first(replace(wanted, origin=RunOrigin.DEMO)) or listing.first(wanted)


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


def show_folded(query: RunQuery) -> bool:
    """A switch for the runs of experiments and searches among those that are meant; drawn if there are any."""
    listing = run_store().listing
    counts = [listing.count(replace(query, origin=origin)) for origin in RunOrigin if origin.is_folded]
    if not any(counts):
        return False
    return st.toggle(
        "Experiments and trials" if counts[-1] else "Experiments",
        key=_FOLDED,
        persist_state="session",
        help=f"Also list the runs of experiments and searches: {sum(counts):,} "
        f"{'run' if sum(counts) == 1 else 'runs'}.",
    )


def are_folded_listed() -> bool:
    """Whether that switch is on."""
    return bool(st.session_state.get(_FOLDED))


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


def _run_to_show(run_id: str) -> str:
    try:
        run = run_store().summary(run_id)
    except RunError as error:
        raise RunError(f"{error} Another one is shown instead.") from None
    if run.epochs_done <= 0:
        raise RunError(f"Run “{run_id}” has no finished epoch to show yet.")
    return run_id


def run_titles(runs: Iterable[Run]) -> dict[str, str]:
    """Titles by run id, no two alike: where several would be, each gets the last part of its id as well."""
    by_id = {run.run_id: run for run in runs}
    marks = {run_id: run_id.rpartition("-")[2] for run_id in by_id}
    return told_apart({run_id: run_title(run) for run_id, run in by_id.items()}, marks)


def run_title(run: Run) -> str:
    """Name, shape, dataset unless it is MNIST, accuracy, status unless it is complete, and what else is special."""
    images = "" if run.config.dataset == TrainConfig().dataset else f" · {dataset_title(run.config.dataset)}"
    accuracy = "" if run.val_accuracy is None else f" · {percent(run.val_accuracy)} validation"
    status = "" if run.status is RunStatus.COMPLETED else f" · {run.status}"
    origin = {RunOrigin.EXPERIMENT: " · experiment", RunOrigin.SEARCH: " · trial"}.get(run.origin, "")
    return f"{run.title}{images}{accuracy}{status}{origin}"
