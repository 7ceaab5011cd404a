"""What an exercise asks for, or what this page is for where there is none."""

import streamlit as st

from core.classroom.exercise import Exercise
from core.config import TrainConfig, setting_title
from core.errors import DataError
from core.runs.query import RunQuery
from ui.choices.values import value_words
from ui.shell.exercise import ExerciseState, leave_exercise
from ui.shell.menu import titles
from ui.shell.resources import catalogue, run_store
from ui.shell.state import page_state
from ui.shell.words import escape_markdown, listed

_COLD = (
    "An exercise is a link. It has a name, opens some pages or all, and fixes or hides settings. Everyone who opens "
    "it chooses a nickname, and their runs then appear here with everybody else’s, in a table and as curves. There "
    "is no login: a browser recognises its own runs, and only it can change them.\n\nOpen the link that your "
    "teacher gave you, or create an exercise below."
)


def show_about(exercise: Exercise) -> None:
    """What is open and what is fixed, and the ways to begin and to leave."""
    if not exercise.name:
        st.markdown(_COLD)
    if exercise == Exercise():
        return
    with st.container(border=True, key="class_about"):
        if exercise.name:
            st.markdown(f"## {exercise.name}")
        for words in (_pages(exercise), _fixed(exercise), _hidden(exercise)):
            if words:
                st.markdown(words)
        _show_why_unusable(exercise)
        if exercise.name and _is_unknown(exercise):
            st.caption(
                f":material/help: Nobody has trained for “{exercise.name}” yet. If you expected others here, check the "
                "link: its name may be misspelt."
            )
        with st.container(horizontal=True, vertical_alignment="center"):
            if not exercise.leaves_out("train"):
                query = exercise.query()
                st.page_link("train.py", label="Go to Train", icon=":material/model_training:", query_params=query)
            if page_state(ExerciseState).given.name:
                st.button("Leave the exercise", icon=":material/logout:", on_click=leave_exercise)


def _show_why_unusable(exercise: Exercise) -> None:
    """Say that nobody here can train on the images that it asks for."""
    try:
        catalogue().entry_to_train_on(exercise.value_of("dataset"))
    except DataError as error:
        st.warning(escape_markdown(f"Its dataset cannot be used here. {error}"))


def _is_unknown(exercise: Exercise) -> bool:
    store = run_store()
    return not store.members.of(exercise.name) and not store.listing.count(RunQuery(exercise=exercise.name))


def _pages(exercise: Exercise) -> str:
    names = [title for address, title in titles().items() if not exercise.leaves_out(address)]
    return "" if len(names) == len(titles()) else f"Open pages: **{listed(names, len(names))}**"


def _fixed(exercise: Exercise) -> str:
    values = [
        f"{setting_title(name)} **{escape_markdown(value_words(name, exercise.value_of(name)))}**"
        for name in TrainConfig.model_fields
        if name in exercise.fixed or name in exercise.implied
    ]
    return f"Fixed: {' · '.join(values)}" if values else ""


def _hidden(exercise: Exercise) -> str:
    names = [
        setting_title(name) for name in TrainConfig.model_fields if name in exercise.hidden - exercise.fixed.keys()
    ]
    return f"Left at their defaults, and hidden: {listed(names, len(names))}" if names else ""
