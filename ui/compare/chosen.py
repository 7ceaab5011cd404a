"""Which runs are compared: chosen on the page or by the URL, ``?runs=a,b,…``."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import streamlit as st

from core.errors import RunError
from core.runs.records import Run
from ui.choices.compared import COMPARED, MOST_COMPARED
from ui.choices.run import note_choice, offered_runs, run_titles
from ui.shell.resources import run_store
from ui.shell.url import write_param
from ui.shell.url_bindings import goes_through_history
from ui.shell.words import escape_markdown, told_apart

_KEY = "compared_runs"


@dataclass(frozen=True, eq=False)
class Compared:
    """The chosen runs with their epochs, in the order of the choice."""

    runs: tuple[Run, ...]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Short names, no two alike."""
        names = {run.run_id: run.name for run in self.runs}
        marks = {run_id: run_id.rpartition("-")[2] for run_id in names}
        return tuple(told_apart(names, marks).values())

    def label_of(self, run_id: str) -> str:
        """The short name of one of them."""
        return next(label for run, label in zip(self.runs, self.labels, strict=True) if run.run_id == run_id)


def choose_compared() -> Compared:
    """A choice of up to twelve runs that follows and writes the URL; without any, what to do."""
    _follow_url()
    place = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        titles = run_titles(offered_runs(*st.session_state[_KEY], key="compare_finder"))
    # One of them may have been deleted since it was chosen.
    st.session_state[_KEY] = [run_id for run_id in st.session_state[_KEY] if run_id in titles]
    chosen = place.multiselect(
        "Runs",
        list(titles),
        format_func=titles.__getitem__,
        max_selections=MOST_COMPARED,
        placeholder="Choose runs to compare",
        key=_KEY,
        persist_state="session",
        on_change=_write,
    )
    _write()
    for run_id in chosen:
        note_choice(run_id)
    if len(chosen) < 2:
        more = "Choose at least two runs" if not chosen else "Choose another run to compare it with"
        st.caption(f"{more} here, or select rows in the table of Runs.")
        with st.container(horizontal=True, vertical_alignment="center"):
            latest = [*chosen, *(run_id for run_id in titles if run_id not in chosen)][:2]
            st.button(
                "Compare the latest two" if not chosen else "Compare with the latest",
                icon=":material/compare_arrows:",
                disabled=len(latest) < 2,
                on_click=compare_these,
                args=(latest,),
            )
            st.page_link("runs.py", label="Open Runs", icon=":material/inventory_2:")
    return Compared(tuple(_whole(chosen)))


def compare_these(run_ids: Sequence[str]) -> None:
    """Compare other runs from now on; for callbacks."""
    st.session_state[_KEY] = list(run_ids)[:MOST_COMPARED]
    _write()


def _follow_url() -> None:
    """Take what the URL says, and name what it says that is not a run to compare."""
    given = st.query_params.get(COMPARED)
    if given is None and goes_through_history():
        given = ""
    before = st.session_state.setdefault(_KEY, [])
    if given is None or given == ",".join(before):
        return
    found, complaints = [], []
    for run_id in dict.fromkeys(part.strip() for part in given.split(",") if part.strip()):
        try:
            found.append(run_store().summary(run_id).run_id)
        except RunError as error:
            complaints.append(str(error))
    if len(complaints) > 3:
        complaints = [*complaints[:3], f"{len(complaints) - 3} more are missing."]
    if len(found) > MOST_COMPARED:
        complaints.append(f"At most {MOST_COMPARED} runs are compared: these are the first.")
    if complaints:
        st.warning(escape_markdown(" ".join(complaints)))
    st.session_state[_KEY] = found[:MOST_COMPARED]


def _write() -> None:
    chosen = st.session_state[_KEY]
    write_param(COMPARED, *([",".join(chosen)] if chosen else []))


def _whole(run_ids: Sequence[str]) -> list[Run]:
    runs = []
    for run_id in run_ids:
        try:
            runs.append(run_store().get(run_id))
        except RunError as error:
            st.warning(escape_markdown(str(error)))
    return runs
