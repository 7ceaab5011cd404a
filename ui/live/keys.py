"""The arrow keys of the keyboard, for pages that step through a list."""

from collections.abc import Callable, Mapping

import streamlit as st

from ui.live.component import component
from ui.live.state import LiveState
from ui.shell.state import page_state


def listen_for_steps(*, key: str, place: int, count: int, on_step: Callable[[int], None]) -> None:
    """Say that Left and Right step through a list, and hear them.

    Parameters
    ----------
    place
        Where the page is in the list; -1 is before its start.
    count
        What the list holds; at least 1.
    on_step
        Called before the page runs again, with the place to go to: of a burst, the last one.
    """
    since, heard = page_state(LiveState).heard.get(key, ("", 0))
    component("keys")(
        key=key,
        data={"place": place, "count": count, "since": since, "heard": heard},
        width="content",
        on_step_change=lambda: _hear(key, on_step),
    )


def _hear(key: str, on_step: Callable[[int], None]) -> None:
    said = st.session_state[key].get("step")
    if isinstance(said, Mapping):
        page_state(LiveState).heard[key] = str(said["since"]), int(said["heard"])
        on_step(int(said["place"]))
