"""What all charts share: no bar of buttons, and a shape that Streamlit's fixed heights cannot keep."""

from typing import Any, Final

import streamlit as st

QUIET: Final[dict[str, Any]] = {"displayModeBar": False, "showSendToCloud": False}
"""Plotly's configuration of a chart that is there to be read, and never sent to plotly's own cloud."""


def keep_shape(key: str, aspect_ratio: str, *, max_height: int | None = None) -> None:
    """Let the element with this key be as wide as its place and as high as its shape then says.

    Streamlit knows fixed heights only; one leaves a gap wherever the place is narrower than planned, as on a phone.

    Parameters
    ----------
    aspect_ratio
        Width by height as CSS has it: ``1``, ``784 / 560``.
    max_height
        In pixels.
    """
    highest = "" if max_height is None else f"max-height: {max_height}px; "
    st.html(
        f"<style>.st-key-{key} {{ aspect-ratio: {aspect_ratio}; {highest}height: auto !important; "
        "flex: none !important; }</style>"
    )
