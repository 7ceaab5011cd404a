"""Widgets of Learn in the URL, whatever their options are called."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.shell.url import checked_param


def linked(key: str, parse: Callable[[str], Any], default: Any, sentence: str) -> dict[str, Any]:
    """Keywords that tie a widget to ``?key=``: its state comes from there, and a change is written there.

    A bound widget would write the titles of its options. The default is left out of the URL.

    Parameters
    ----------
    parse
        Raises ValueError for what the widget could not show.
    sentence
        What to tell the user about a bad value; ``{value}`` stands for it.
    """
    given = checked_param(key, parse, sentence)
    if given is not None:
        st.session_state[key] = given
    try:
        parse(_text(st.session_state.get(key, default)))
        st.session_state.setdefault(key, default)
    except ValueError:
        # Another choice has changed what there is to choose from.
        st.session_state[key] = default
    write_link(key, default)
    return {"key": key, "on_change": write_link, "args": (key, default), "persist_state": "session"}


def write_link(key: str, default: Any) -> None:
    """Bring the URL in line with the state."""
    value = st.session_state[key]
    if value == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != _text(value):
        st.query_params[key] = _text(value)


def go_to(key: str, value: Any, default: Any) -> None:
    """Set a linked widget from a callback."""
    st.session_state[key] = value
    write_link(key, default)


def number_in(*options: float) -> Callable[[str], float]:
    """A parser that takes these numbers only."""

    def parse(text: str) -> float:
        if float(text) not in options:
            raise ValueError(text)
        return float(text)

    return parse


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
