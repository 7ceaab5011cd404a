"""A teacher’s part: choose what an exercise opens, fixes and hides, and take its link away."""

from types import MappingProxyType
from typing import Final

import streamlit as st

from core.classroom.exercise import ALWAYS_OPEN, LONGEST_NAME, Exercise, exercise_name
from core.config import TrainConfig, setting_title
from core.data.drawn import NOBODY, may_see
from core.errors import ConfigError, DigitLabError
from ui.choices.values import value_words
from ui.live.share import page_link_of, show_link
from ui.settings.url import session_settings
from ui.shell.exercise import exercise_of_server
from ui.shell.menu import titles
from ui.shell.page import show_error
from ui.shell.teacher import has_key, is_teacher
from ui.shell.words import escape_markdown

_SETTINGS: Final = tuple(TrainConfig.model_fields)


def show_maker() -> None:
    """The controls and the link that they make; on a server with a teacher’s key, for the teacher alone."""
    if has_key() and not is_teacher():
        return
    with st.expander("Create an exercise", icon=":material/edit_note:", key="class_maker", on_change="rerun") as box:
        if box.open:
            _show()


def _show() -> None:
    name = st.text_input(
        "Name of the exercise",
        max_chars=LONGEST_NAME,
        key="class_make_name",
        placeholder="wide-or-deep",
        help="It becomes part of the link, so only letters a to z, digits and hyphens: anything else becomes a hyphen.",
    )
    known = titles()
    offered = [address for address in known if address != ALWAYS_OPEN and not exercise_of_server().leaves_out(address)]
    pages = st.multiselect(
        "Open pages",
        offered,
        format_func=known.__getitem__,
        key="class_make_pages",
        placeholder="All pages",
        help="Every other page is hidden, including those that a later version adds. Class is always open.",
    )
    config = session_settings()
    fixed = st.multiselect(
        "Fixed settings",
        _SETTINGS,
        format_func=lambda setting: f"{setting_title(setting)}: {value_words(setting, getattr(config, setting))}",
        key="class_make_fixed",
        placeholder="None",
        help="Fixed at the values that you have set on Train: choose those there first. Settings that would override "
        "a fixed one, such as Widths per layer with Hidden size, stay at their defaults.",
    )
    hidden = st.multiselect(
        "Hidden settings",
        _SETTINGS,
        format_func=setting_title,
        key="class_make_hidden",
        placeholder="None",
        help="Not shown at all. A hidden setting stays at its default or its fixed value.",
    )
    values = MappingProxyType({setting: getattr(config, setting) for setting in fixed})
    if name:
        _show_result(name, Exercise("", frozenset({*pages, ALWAYS_OPEN}) if pages else None, frozenset(hidden), values))


def _show_result(name: str, limits: Exercise) -> None:
    try:
        exercise = Exercise(exercise_name(name), limits.pages, limits.hidden, limits.fixed)
        if not may_see(exercise.value_of("dataset"), NOBODY):
            raise ConfigError(
                "Nobody but you can use your drawings: choose another dataset on Train, or do not fix Dataset."
            )
    except DigitLabError as error:
        show_error(error)
        return
    st.markdown(f"**The link to “{escape_markdown(exercise.name)}”**, for the board, a chat or a poster:")
    show_link(page_link_of(exercise.query()), key="class_made")
    st.page_link("class.py", label="Open it", icon=":material/groups:", query_params=exercise.query())
