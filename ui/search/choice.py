"""The choice of a search, kept in the URL."""

from collections.abc import Sequence

import streamlit as st

from core.search.records import SearchRecord
from ui.jobs.state import JobsState
from ui.search.plan import STUDY
from ui.shell.resources import searches
from ui.shell.state import page_state
from ui.shell.url import linked

_NEW = ""


def choose_search() -> str:
    """A select box over all searches, newest first; empty for a new one."""
    records = searches().book.records()
    if not records and STUDY not in st.query_params:
        st.session_state.pop(STUDY, None)
        return _NEW
    titles = {_NEW: "New search …"} | {record.name: _title(record) for record in records}

    def parse(name: str) -> str:
        if name not in titles:
            searches().book.record(name)
        return name

    link = linked(STUDY, parse, _default(records), "", always=True)
    return str(st.selectbox("Search", list(titles), format_func=titles.__getitem__, **link))


def is_mine(record: SearchRecord) -> bool:
    """Whether this browser began it."""
    return record.owner == page_state(JobsState).session_id


def _default(records: Sequence[SearchRecord]) -> str:
    """What the page opens with: the newest search of this browser, never another person’s."""
    return next((record.name for record in records if is_mine(record)), _NEW)


def _title(record: SearchRecord) -> str:
    """The same for as long as it is there: a select box knows its options by their words."""
    nobodys = record.owner is None
    whose = "yours" if is_mine(record) else "from the command line" if nobodys else "another session’s"
    return f"{record.name} · {record.created:%d %B, %H:%M} UTC · {whose}"
