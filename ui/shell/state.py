"""What one browser session keeps between reruns: a small dataclass for each page or room, in its folder."""

from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def page_state(kind: type[T]) -> T:
    """The instance of a state dataclass that belongs to this session; made with its defaults when first asked for."""
    key = f"{kind.__module__}.{kind.__qualname__}"
    # Asked hundreds of times in a run of a page.
    try:
        state: T = st.session_state[key]
    except KeyError:
        state = st.session_state[key] = kind()
    return state
