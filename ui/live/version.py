"""A part of a page that is drawn again when something in it is new and somebody can see it."""

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from ui.live.component import component
from ui.live.state import changes_in_place
from ui.shell.sentences import pass_refusals_on

_PLAIN_SECONDS: Final = 2.0
"""How often such a part is drawn while it changes, where the browser could not load the scripts."""


def show_when_new(show: Callable[..., None], *arguments: Any, channel: str, version: Callable[[], str]) -> None:
    """Draw a part of the page, and again when the news say that there is another version of it.

    Parameters
    ----------
    channel
        As in :attr:`ui.live.feed.News.versions`.
    version
        What is shown: looked at each time before the part is drawn.
    """

    def draw() -> None:
        pass_refusals_on()
        with st.container(key=f"{channel}_part"):
            component("version")(
                key=f"{channel}_shows",
                data={"channel": channel, "shows": version()},
                height="content",
                on_changed_change=lambda: None,
            )
            show(*arguments)

    st.fragment(draw, run_every=None if changes_in_place() else _PLAIN_SECONDS)()
