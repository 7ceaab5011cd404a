"""Delete runs, and take them back for as long as the session lasts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from core.errors import DigitLabError
from core.runs.records import Run
from core.runs.store import RunStore
from core.runs.whose import Whose
from ui.runs.state import RunsState
from ui.shell.resources import run_store
from ui.shell.rights import changeable
from ui.shell.sentences import refuse_click
from ui.shell.state import page_state
from ui.shell.words import escape_markdown, listed


@dataclass
class _ToEmpty:
    """What goes for good with the session; of a session that its server did not outlive, the next server sees to it."""

    store: RunStore
    run_ids: set[str] = field(default_factory=set)

    def empty(self) -> None:
        self.store.bin.empty(self.run_ids)


def can_be_deleted(run: Run) -> bool:
    """Whether it has ended and is not the demo run."""
    return not run.is_demo and not run.status.is_active


def delete_runs(runs: Sequence[Run | Whose]) -> None:
    """Put runs into the bin together; one that cannot go stays and says why."""
    store, gone = run_store(), {}
    for run in runs:
        try:
            # The second click of a double click finds nothing left to do.
            if store.exists(run.run_id):
                changeable(run.run_id).bin.put(run.run_id)
                gone[run.run_id] = run.name
        except DigitLabError as error:
            refuse_click(error)
    if gone:
        _to_empty().run_ids |= gone.keys()
        page_state(RunsState).deleted.append(gone)


def show_undo() -> None:
    """What was deleted last, with the way back."""
    deleted = page_state(RunsState).deleted
    if not deleted:
        return
    names = list(deleted[-1].values())
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="runs_undo"):
        earlier = f" {len(deleted) - 1} more can be restored after that." if len(deleted) > 1 else ""
        st.markdown(
            f":material/delete: Deleted **{escape_markdown(listed(names, 3))}**, with weights and results; for good "
            f"when this session ends.{earlier}",
            width="stretch",
        )
        st.button("Undo", icon=":material/undo:", key=f"undo_{len(deleted)}", on_click=_take_back)


def _take_back() -> None:
    deleted = page_state(RunsState).deleted
    if not deleted:
        return
    for run_id in deleted.pop():
        try:
            run_store().bin.take_back(run_id)
            _to_empty().run_ids.discard(run_id)
        except DigitLabError as error:
            refuse_click(error)


@st.cache_resource(scope="session", show_spinner=False, on_release=_ToEmpty.empty)
def _to_empty() -> _ToEmpty:
    return _ToEmpty(run_store())
