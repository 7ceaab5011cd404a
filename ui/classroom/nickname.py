"""What somebody is called in an exercise."""

import streamlit as st

from core.classroom.exercise import Exercise
from core.classroom.nickname import LONGEST_NICKNAME
from core.errors import DigitLabError
from ui.classroom.feed import look_again
from ui.shell.browser import browser_id
from ui.shell.resources import run_store
from ui.shell.sentences import refuse_click

_KEY = "class_nickname"


def show_nickname(exercise: Exercise) -> None:
    """A field and a button; a nickname can be changed, for earlier runs too."""
    mine = run_store().members.nickname(exercise.name, browser_id())
    with st.form(f"class_join_{exercise.name}", border=not mine), st.container(
        horizontal=True, vertical_alignment="bottom"
    ):  # fmt: skip
        st.text_input(
            "Your nickname",
            mine,
            max_chars=LONGEST_NICKNAME,
            key=f"{_KEY}_{exercise.name}",
            placeholder="What the others see, not your full name",
            autocomplete="off",
            width=320,
        )
        st.form_submit_button(
            "Change it" if mine else "Join",
            type="secondary" if mine else "primary",
            icon=":material/badge:",
            on_click=_join,
            args=(exercise.name,),
        )


def _join(exercise: str) -> None:
    try:
        run_store().members.join(exercise, browser_id(), st.session_state[f"{_KEY}_{exercise}"])
    except DigitLabError as error:
        refuse_click(error)
    look_again(exercise)
