"""A part of a page that is drawn again when something in it is new, not each time that another part is polled."""

import hashlib
from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from ui.live.component import component
from ui.live.state import LiveState
from ui.shell.state import page_state

_PLAIN_SECONDS: Final = 2.0
"""How often such a part is drawn while it changes, where the browser could not load the scripts."""


def say_version(channel: str, version: object) -> None:
    """Say, from a part that is polled, what :func:`show_when_new` should show; what counts is how it is written out."""
    component("version")(
        key=f"{channel}_says", data={"channel": channel, "says": _short(version), "shows": None}, height="content"
    )


def show_when_new(show: Callable[..., None], *arguments: Any, channel: str, version: Callable[[], object]) -> None:
    """Draw a part of the page, and again when another version is said on its channel.

    Parameters
    ----------
    version
        What is shown: looked at each time before the part is drawn.
    """

    def draw() -> None:
        component("version")(
            key=f"{channel}_shows",
            data={"channel": channel, "says": None, "shows": _short(version())},
            height="content",
            on_changed_change=lambda: None,
        )
        show(*arguments)

    st.fragment(draw, run_every=_PLAIN_SECONDS if page_state(LiveState).failed else None)()


def _short(version: object) -> str:
    return hashlib.sha256(repr(version).encode()).hexdigest()[:16]
