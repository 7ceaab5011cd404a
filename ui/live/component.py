"""How the components of this folder come into a page: in the page itself, without a frame or a shadow root."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st


@cache
def component(name: str) -> Callable[..., Any]:
    """The component made of ``<name>.html``, ``<name>.css`` and ``<name>.js`` in this folder; call it to show it."""

    def text(kind: str) -> str:
        return files("ui.live").joinpath(f"{name}.{kind}").read_text(encoding="utf-8")

    shown: Callable[..., Any] = st.components.v2.component(
        f"digitlab_{name}", html=text("html"), css=text("css"), js=text("js"), isolate_styles=False
    )
    return shown
