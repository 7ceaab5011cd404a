"""Robustness: up to three runs beside the one that is chosen, as the URL has them, ``?beside=a,b``."""

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from core.errors import DigitLabError, RunError
from core.runs.records import Run
from ui.choices.run import choose_run, note_choice, offered_runs, run_titles
from ui.jobs.controls import snapshot_of
from ui.robustness.subjects import Subject, subjects_of
from ui.shell.columns import side_by_side
from ui.shell.polling import POLL_SECONDS
from ui.shell.resources import run_store
from ui.shell.url import checked_param, write_param
from ui.shell.url_bindings import goes_through_history
from ui.shell.words import escape_markdown, told_apart

BESIDE: Final = "beside"
_MOST: Final = 3


def choose_subjects() -> tuple[Subject, ...]:
    """The run of the page first, then those beside it: as far as they can be measured."""
    left, right = side_by_side(1, 1, key="robustness_runs")
    with left:
        first = choose_run()
    with right:
        beside = _choose_beside(first)
    runs = (first, *beside)
    names = told_apart(
        {run.run_id: run.name for run in runs}, {run.run_id: run.run_id.rpartition("-")[2] for run in runs}
    )
    active = [run for run in runs if run.status.is_active]
    if active:
        st.fragment(_show_waiting, run_every=POLL_SECONDS)(active, names)
    return subjects_of(runs, tuple(names.values()))


def add_beside(run_id: str) -> None:
    """Show one more run, in the place of the oldest where there is no room; for callbacks."""
    st.session_state[BESIDE] = [*st.session_state.get(BESIDE, []), run_id][-_MOST:]
    note_choice(run_id)
    _write()


def _show_waiting(active: Sequence[Run], names: Mapping[str, str]) -> None:
    # It may have ended since the page was begun: then nothing would change any more.
    if not all(run_store().summary(run.run_id).status.is_active for run in active):
        st.rerun()
    for run in active:
        snapshot = snapshot_of(run.run_id)
        st.progress(
            min(1.0, snapshot.position / run.config.epochs),
            f"{escape_markdown(names[run.run_id])} is {snapshot.status}: it is measured when it has ended.",
        )


def _choose_beside(first: Run) -> list[Run]:
    given = checked_param(BESIDE, _parse, "")
    if given is None and goes_through_history():
        given = []
    if given is not None:
        st.session_state[BESIDE] = given
    kept = [run_id for run_id in st.session_state.get(BESIDE, []) if run_id != first.run_id and _is_there(run_id)]
    st.session_state[BESIDE] = kept
    titles = run_titles([*_under_way(kept), *offered_runs(*kept, key="beside_finder", has_switch=False)])
    titles.pop(first.run_id, None)
    chosen = st.multiselect(
        "Compare with",
        list(titles),
        format_func=titles.__getitem__,
        max_selections=_MOST,
        placeholder="Other runs",
        key=BESIDE,
        persist_state="session",
        on_change=_write,
    )
    _write()
    for run_id in chosen:
        note_choice(run_id)
    return [run_store().get(run_id) for run_id in chosen]


def _parse(text: str) -> list[str]:
    run_ids = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if len(run_ids) > _MOST:
        raise RunError(f"At most {_MOST} runs are shown beside another, not {len(run_ids)}.")
    return [run_store().summary(run_id).run_id for run_id in run_ids]


def _under_way(run_ids: Sequence[str]) -> list[Run]:
    return [run_store().summary(run_id) for run_id in run_ids]


def _is_there(run_id: str) -> bool:
    try:
        run_store().summary(run_id)
    except DigitLabError:
        return False
    return True


def _write() -> None:
    chosen = st.session_state[BESIDE]
    write_param(BESIDE, *([",".join(chosen)] if chosen else []))
