"""The three ways into Learn, and the choice of one."""

import streamlit as st

from ui.learn.parts import PART, QUESTION, show_depth
from ui.learn.progress import read_progress
from ui.shell.url import choice, write_param

WAY = "way"


def choose_way() -> str:
    """A control that follows and writes ``?way=``; a link to a part or a question means In depth without saying so."""
    if WAY not in st.query_params and any(name in st.query_params for name in (PART, QUESTION)):
        st.session_state[WAY] = "depth"
        write_param(WAY, "depth")
    link = choice(WAY, on_change=_leave_others)
    return str(st.segmented_control("Way", required=True, label_visibility="collapsed", **link))


def show_way(way: str) -> None:
    """Draw one way, imported when it is shown."""
    if way == "depth":
        show_depth()
        return
    read_progress()
    if way == "lesson":
        from ui.learn.lesson.page import show_lesson as show
    else:
        from ui.learn.cards.page import show_cards as show
    show()


def _leave_others() -> None:
    """The URL names this way alone: what else it said belonged to the one before."""
    st.query_params.clear()
