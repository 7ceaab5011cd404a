"""A network as SVG that stays in the page and changes in place."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st


def show_svg_network(picture: str, *, key: str, alt: str) -> None:
    """Show a network; when the script runs again with the same key it changes where it stands.

    Parameters
    ----------
    picture
        What :func:`core.figures.network.network_picture` gives, as JSON.
    alt
        What a person who does not see it is told; its name for a screen reader.
    """
    _component()(key=key, data={"picture": picture, "alt": alt})


@cache
def _component() -> Callable[..., Any]:
    def text(name: str) -> str:
        return files("ui.live").joinpath(name).read_text(encoding="utf-8")

    component: Callable[..., Any] = st.components.v2.component(
        "digitlab_network",
        html=text("network.html"),
        css=text("network.css"),
        js=text("network.js"),
        isolate_styles=False,
    )
    return component
