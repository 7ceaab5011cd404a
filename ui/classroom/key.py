"""Where a teacher gives the key of the server, once per session."""

import streamlit as st

from core.errors import RunError
from ui.shell.sentences import refuse_click
from ui.shell.teacher import give_back, give_key, has_key, is_teacher

_KEY = "class_key"


def show_key() -> None:
    """A field for the key, or that it has been given; nothing on a server without one."""
    if not has_key():
        return
    if is_teacher():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                ":material/key: You are the teacher in this session: you can change every run and delete every dataset."
            )
            st.button("Lock again", key="class_give_back", on_click=give_back)
        return
    with st.expander("For the teacher", icon=":material/key:"), st.form("class_teacher", clear_on_submit=True):
        # Not a browser’s to keep: the machine may be a pupil’s.
        st.text_input("Teacher’s key", type="password", key=_KEY, autocomplete="off", max_chars=200)
        st.form_submit_button("Unlock", icon=":material/key:", on_click=_take)


def _take() -> None:
    if why := give_key(st.session_state[_KEY]):
        refuse_click(RunError(why))
