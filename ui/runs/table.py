"""The table of runs and what can be done with a chosen one."""

import math
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import DigitLabError
from core.models.shapes import architecture_name
from core.runs.records import Run
from ui.choices.card import origin_words, show_card
from ui.runs.state import RunsState
from ui.settings.url import settings_query
from ui.shell.page import show_error
from ui.shell.resources import dataset_title, run_store
from ui.shell.state import page_state
from ui.shell.words import duration, escape_markdown, megabytes

_TABLE_KEY = "runs_table"
_NAME = "name_"


def show_disk_use(runs: list[Run]) -> None:
    """How much all runs take, and how much earlier epochs may."""
    settings = run_store().settings
    total = sum(run_store().files.usage(run.run_id) for run in runs)
    takes = "1 run takes" if len(runs) == 1 else f"{len(runs)} runs take"
    st.markdown(
        f"**{takes} {megabytes(total)}** on disk. Weights of earlier epochs may take "
        f"{megabytes(settings.run_budget)} in a run and {megabytes(settings.store_budget)} in all: beyond that every "
        "second epoch of a run, and then the oldest runs, lose them. A run’s last weights always stay."
    )


def choose_from_table(runs: list[Run]) -> Run | None:
    """The runs as a table; the one that is selected stays so wherever its row goes."""
    _say_what_is_missing()
    chosen = _follow_selection([run.run_id for run in runs])
    st.dataframe(
        pd.DataFrame([_row(run) for run in runs]),
        key=_TABLE_KEY,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Validation": st.column_config.NumberColumn(format="%.2f%%", help="Accuracy on the validation images"),
            "Test looks": st.column_config.NumberColumn(help="How many sessions have looked at its test results"),
            "Started": st.column_config.DatetimeColumn(format="distance"),
            "Origin": st.column_config.TextColumn(help="Who trained it, and for what"),
        },
        placeholder="–",
        alt="All runs with their shape, status, accuracies, time and disk use",
    )
    return next((run for run in runs if run.run_id == chosen), None)


def show_actions(run: Run) -> None:
    """The card, links, rename and delete for one run."""
    show_card(run, page="runs")
    with st.container(border=True):
        st.markdown(f"**{escape_markdown(run.title)}** · `{run.run_id}` · {run.status}")
        if run.error:
            st.caption(escape_markdown(run.error))
        query = {"run": run.run_id}
        pages = (("train.py", "Curves"), ("evaluate.py", "Evaluate"), ("errors.py", "Errors"), ("draw.py", "Draw"))
        with st.container(horizontal=True):
            for page, label in pages:
                st.page_link(page, label=label, query_params=query)
            st.page_link(
                "train.py",
                label="Train on from it",
                icon=":material/fork_right:",
                query_params=settings_query(run.config.replace(start_from=run.run_id)),
                help="Opens Train with this run’s settings and weights: change the data set, the learning rate or "
                "anything but the layers, and fine-tune it as a run of its own.",
            )
        if run.is_demo:
            st.caption("The demo run belongs to Digit Lab: it cannot be renamed or deleted.")
            return
        name, rename, delete = st.columns([3, 1, 2], vertical_alignment="bottom")
        name.text_input("Name", run.name, max_chars=40, key=f"{_NAME}{run.run_id}")
        rename.button("Rename", key=f"rename_{run.run_id}", on_click=_rename, args=(run.run_id,))
        # Keys of the run's own: what is open for one run must not stay so for the next.
        box = delete.popover(
            "Delete …", key=f"delete_{run.run_id}", disabled=run.status.is_active, icon=":material/delete:"
        )
        with box:
            st.markdown(f"Delete **{escape_markdown(run.name)}** and its weights for good?")
            key = f"delete_for_good_{run.run_id}"
            st.button("Delete for good", key=key, type="primary", on_click=_delete, args=(run.run_id,))


def _say_what_is_missing() -> None:
    store = run_store()
    if store.why_read_only:
        st.warning(store.why_read_only)
    if hidden := len(store.unreadable()):
        was = "1 run was" if hidden == 1 else f"{hidden} runs were"
        st.warning(
            f"{was} written by a newer version of Digit Lab, or damaged: update Digit Lab to see "
            f"{'it' if hidden == 1 else 'them'}."
        )


def _row(run: Run) -> dict[str, Any]:
    return {
        "Name": run.name,
        "Dataset": dataset_title(run.config.dataset),
        "Network": architecture_name(run.config, len(run.class_names)),
        "Status": run.status.value,
        "Epochs": f"{run.epochs_done:.3g} of {run.config.epochs}",
        "Validation": math.nan if run.val_accuracy is None else 100 * run.val_accuracy,
        "Time": duration(run.seconds) if run.seconds else "–",
        "Started": run.created,
        "Origin": origin_words(run),
        "Disk": megabytes(run_store().files.usage(run.run_id)),
        "Test looks": run.test_looks,
    }


def _follow_selection(run_ids: list[str]) -> str | None:
    """The selected run. The table knows row numbers only, and a changed list puts other runs there."""
    listed = page_state(RunsState).listed
    rows = st.session_state[_TABLE_KEY]["selection"]["rows"] if _TABLE_KEY in st.session_state else []
    chosen = listed[rows[0]] if rows and rows[0] < len(listed) else None
    now = [run_ids.index(chosen)] if chosen in run_ids else []
    if list(rows) != now:
        st.session_state[_TABLE_KEY] = {"selection": {"rows": now, "columns": [], "cells": []}}
    page_state(RunsState).listed = tuple(run_ids)
    return chosen if now else None


def _rename(run_id: str) -> None:
    try:
        run_store().rename(run_id, st.session_state[f"{_NAME}{run_id}"])
    except DigitLabError as error:
        show_error(error)


def _delete(run_id: str) -> None:
    try:
        # The second click of a double click finds nothing left to do.
        if run_store().exists(run_id):
            run_store().delete(run_id)
    except DigitLabError as error:
        show_error(error)
