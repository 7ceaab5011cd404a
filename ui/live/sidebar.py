"""A button that leads to the sidebar, wherever it is: opens it where it is folded away, and sets the focus in it."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st


def show_sidebar_opener(label: str, *, key: str, focus: str) -> None:
    """Show the button.

    Parameters
    ----------
    focus
        Key of the widget that gets the focus.
    """
    _component()(key=key, data={"label": label, "focus": focus}, width="content", height="content")


@cache
def _component() -> Callable[..., Any]:
    here = files("ui.live")
    component: Callable[..., Any] = st.components.v2.component(
        "digitlab_sidebar_opener",
        html='<button type="button" class="sidebar-opener"></button>',
        css=here.joinpath("sidebar.css").read_text(encoding="utf-8"),
        js=here.joinpath("sidebar.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )
    return component
