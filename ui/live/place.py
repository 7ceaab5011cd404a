"""Where the control of a training run rests, for parts of a page that the server has to draw again."""

from collections.abc import Mapping

import streamlit as st

from ui.live.component import component
from ui.live.state import LiveState
from ui.shell.state import page_state


def place_at_rest(run_id: str, *, key: str, start: str) -> str:
    """Name of the place of a run; empty at the newest. What calls this is drawn again once the control rests elsewhere.

    Parameters
    ----------
    start
        What the URL says, until the browser has said anything.
    """
    shows = page_state(LiveState).places.get(run_id, start)
    component("place")(
        key=key, data={"run": run_id, "shows": shows}, height="content", on_place_change=lambda: _hear(key)
    )
    return shows


def _hear(key: str) -> None:
    said = st.session_state[key].get("place")
    if isinstance(said, Mapping):
        page_state(LiveState).places[str(said["run"])] = str(said["name"])
