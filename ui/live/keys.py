"""The arrow keys of the keyboard, for pages that step through a list."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import streamlit as st

from ui.live.state import LiveState
from ui.shell.state import page_state

_HINT: Final = '<div class="live-keys" title="These keys step through the list"><kbd>←</kbd> <kbd>→</kbd></div>'
_LOOK: Final = """
.live-keys { font-size: 0.875rem; line-height: 2.5rem; white-space: nowrap; color: var(--st-text-color); }
.live-keys kbd {
  font: inherit; padding: 0.1em 0.4em; border: 1px solid var(--st-border-color); border-radius: 4px;
  background: var(--st-secondary-background-color);
}
@media (hover: none) and (pointer: coarse) { .live-keys { display: none; } }
"""


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
    _component()(
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


@cache
def _component() -> Callable[..., Any]:
    script = files("ui.live").joinpath("keys.js").read_text(encoding="utf-8")
    component: Callable[..., Any] = st.components.v2.component(
        "digitlab_keys", html=_HINT, css=_LOOK, js=script, isolate_styles=False
    )
    return component
