"""The teacher: anyone who has entered this server’s key, for as long as the session lasts."""

from dataclasses import dataclass

import streamlit as st

from core.classroom.guesses import Guesses
from ui.shell.browser import browser_id
from ui.shell.resources import settings
from ui.shell.state import page_state
from ui.shell.words import duration


@dataclass
class TeacherState:
    """Whether the key was given in this session. The key itself is kept nowhere."""

    is_teacher: bool = False


def has_key() -> bool:
    """Whether this server has a teacher’s key."""
    return settings().teacher_key is not None


def is_teacher() -> bool:
    """Whether this session has given the key."""
    return has_key() and page_state(TeacherState).is_teacher


def give_key(key: str) -> str:
    """Try a key; why it does not open anything, or an empty string."""
    secret, guesses, who = settings().teacher_key, _guesses(), browser_id()
    if secret is None:
        return "This server has no teacher’s key."
    if wait := guesses.seconds_to_wait(who):
        return f"Too many wrong keys: try again in {duration(wait)}."
    if not guesses.is_right(key.strip(), secret.get_secret_value(), who):
        return "That is not the key of this server."
    page_state(TeacherState).is_teacher = True
    return ""


def give_back() -> None:
    """Be a visitor like any other again."""
    page_state(TeacherState).is_teacher = False


@st.cache_resource(show_spinner=False)
def _guesses() -> Guesses:
    return Guesses()
