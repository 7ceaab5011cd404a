"""The table of runs: one page of it at a time, and which rows are selected."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.runs.query import RunQuery
from core.runs.records import Run
from ui.runs.columns import CONFIG, choose_columns, row_of
from ui.runs.filters import choose_runs
from ui.runs.state import RunsState
from ui.runs.unreadable import show_unreadable
from ui.shell.paging import page_shown
from ui.shell.resources import run_store
from ui.shell.state import page_state
from ui.shell.terms import explained
from ui.shell.url import bound
from ui.shell.words import megabytes

_TABLE_KEY, _PAGE = "runs_table", "runs_page"
_PAGE_SIZE = 50
_MOST_MEASURED = 500
"""Runs whose folders are looked at for their size without being asked."""


def show_disk_use() -> None:
    """How much all runs take, and how much earlier epochs may."""
    store = run_store()
    count = store.listing.count(RunQuery())
    is_told = count <= _MOST_MEASURED or st.session_state.get("measure_disk", False)
    words = taken_words(count, store.files.total()) if is_told else f"There are {count:,} runs."
    st.markdown(
        f"**{words}** Weights of earlier epochs may take {megabytes(store.settings.run_budget)} in a run and "
        f"{megabytes(store.settings.store_budget)} in all; beyond that, every second epoch of a run and then the "
        "oldest runs lose them. A run’s last weights are always kept.",
        help=explained("Weight", "Checkpoint"),
    )
    if count > _MOST_MEASURED:
        st.button("Measure disk use", key="measure_disk", icon=":material/hard_drive:")


def taken_words(count: int, size: int) -> str:
    """What this many runs take: ``2 runs take 0.4 MB on disk.``."""
    return f"{'1 run takes' if count == 1 else f'{count:,} runs take'} {megabytes(size)} on disk."


def choose_from_table() -> list[Run]:
    """The runs that the controls above ask for, as a table; those that are selected stay so wherever their rows go."""
    if why := run_store().why_read_only:
        st.warning(why)
    show_unreadable()
    query, place = choose_runs()
    with place:
        columns = choose_columns()
    runs, found, pages = _page_of(query)
    if not found:
        st.info("No run matches: change the filters above.", icon=":material/search_off:")
        page_state(RunsState).listed = ()
        return []
    chosen = _follow_selection([run.run_id for run in runs])
    st.dataframe(
        pd.DataFrame([row_of(run, columns) for run in runs]),
        key=_TABLE_KEY,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config=CONFIG,
        placeholder="–",
        alt="Runs with their shape, status, accuracies, time and disk use",
    )
    if pages > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.pagination(pages, max_visible_pages=5, **bound(_PAGE))
            st.caption(f"{found:,} runs; a click on a column header sorts this page, “Sort by” sorts all of them.")
    return [run for run in runs if run.run_id in chosen]


def _page_of(query: RunQuery) -> tuple[list[Run], int, int]:
    """The runs of the chosen page, how many there are in all, and on how many pages."""
    listing = run_store().listing
    found = listing.count(query)
    page, pages = page_shown(_PAGE, found, _PAGE_SIZE)
    return listing.find(_cut(query, page)), found, pages


def _cut(query: RunQuery, page: int) -> RunQuery:
    return replace(query, limit=_PAGE_SIZE, offset=(page - 1) * _PAGE_SIZE)


def _follow_selection(run_ids: Sequence[str]) -> set[str]:
    """The selected runs. The table knows row numbers only, and a changed list puts other runs there."""
    listed = page_state(RunsState).listed
    rows = st.session_state[_TABLE_KEY]["selection"]["rows"] if _TABLE_KEY in st.session_state else []
    chosen = {listed[row] for row in rows if row < len(listed)}
    now = [row for row, run_id in enumerate(run_ids) if run_id in chosen]
    if sorted(rows) != now:
        st.session_state[_TABLE_KEY] = {"selection": {"rows": now, "columns": [], "cells": []}}
    page_state(RunsState).listed = tuple(run_ids)
    return chosen
