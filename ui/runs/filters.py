"""Which runs the table shows, and in which order; all of it in the URL."""

from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.config import TrainConfig, setting_title
from core.runs.names import tidy
from core.runs.query import ORDERS, RunQuery
from core.runs.status import RunStatus
from ui.choices.run import show_folded
from ui.shell.resources import run_store
from ui.shell.url import bound, checked_param, linked, write_param
from ui.shell.url_values import one_of
from ui.shell.words import escape_markdown

_ORDER_WORDS: Final = {
    "created": "Started",
    "name": "Name",
    "status": "Status",
    "epochs_done": "Epochs done",
    "val_accuracy": "Validation accuracy",
    "seconds": "Training time",
    "test_looks": "Test looks",
    "starred": "Star",
}
_STUDY = "study"


def choose_runs() -> tuple[RunQuery, DeltaGenerator]:
    """What is searched for and how it is sorted, as the controls above the table say; and the place after the last."""
    study = _study_of_link()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Find",
            placeholder="Name, tag, note or id",
            icon=":material/search:",
            width=240,
            **linked("find", tidy, "", "“{value}” cannot be searched for."),
        )
        tag = _choose_tag()
        status = st.selectbox(
            "Status",
            ["", *RunStatus],
            format_func=lambda name: str(name) or "any",
            width=140,
            **linked("status", one_of("", *RunStatus), "", "There is no status “{value}”: choose one below."),
        )
        order = _choose_order()
    place = st.container(horizontal=True, vertical_alignment="center")
    with place:
        ascending = st.toggle("Ascending", help="The smallest, earliest or first comes first.", **bound("ascending"))
        starred = st.toggle("Starred", help="Only runs with a star.", **bound("starred"))
        folded = True if study else show_folded(RunQuery())
    query = RunQuery(
        text=text or "",
        tags=(tag,) if tag else (),
        status=RunStatus(status) if status else None,
        starred=starred,
        folded=folded,
        study=study,
        order=order,
        descending=not ascending,
    )
    return query, place


def _choose_tag() -> str:
    tags = run_store().listing.tags()
    link = linked("tag", one_of("", *tags), "", "No run has the tag “{value}”.")
    if not tags:
        return ""
    return str(st.selectbox("Tag", ["", *tags], format_func=lambda tag: tag or "any", width=160, **link))


def _choose_order() -> str:
    """A column or a setting."""
    orders = {name: _ORDER_WORDS[name] for name in ORDERS} | {
        name: setting_title(name) for name in TrainConfig.model_fields
    }
    link = linked("order_by", one_of(*orders), "created", "Runs cannot be sorted by “{value}”.")
    return str(st.selectbox("Sort by", list(orders), format_func=orders.__getitem__, width=200, **link))


def _study_of_link() -> str:
    """The search whose trials a link asks for."""
    study = checked_param(_STUDY, tidy, "There is no search “{value}”.") or ""
    if study:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Trials of the search **{escape_markdown(study)}**")
            st.button("All runs", icon=":material/close:", on_click=write_param, args=(_STUDY,))
    return study
