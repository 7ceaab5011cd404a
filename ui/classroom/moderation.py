"""What a teacher does about nicknames that should not be on a wall."""

import streamlit as st

from core.classroom.board import Seen
from core.classroom.exercise import Exercise
from core.errors import DigitLabError, NotYoursError
from ui.classroom.feed import look_again
from ui.shell.resources import run_store
from ui.shell.sentences import refuse_click
from ui.shell.teacher import is_teacher

_KEY = "class_removed"


def show_moderation(exercise: Exercise, seen: Seen) -> None:
    """Choose nicknames and remove them; nothing for anybody but the teacher."""
    if not is_teacher() or not seen.nicknames:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        # No two nicknames of an exercise are alike.
        st.multiselect("Nicknames to remove", list(seen.nicknames.values()), key=_KEY, placeholder="None", width=420)
        st.button(
            "Remove",
            icon=":material/person_remove:",
            key="class_remove",
            help="Their runs stay; they can choose another nickname.",
            on_click=_remove,
            args=(exercise.name,),
        )


def _remove(exercise: str) -> None:
    members, chosen = run_store().members, set(st.session_state[_KEY])
    try:
        if not is_teacher():
            raise NotYoursError("Only a teacher can remove nicknames: enter the key below.")
        for owner, nickname in members.of(exercise).items():
            if nickname in chosen:
                members.remove(exercise, owner)
    except DigitLabError as error:
        refuse_click(error)
    st.session_state[_KEY] = []
    look_again(exercise)
