"""The product's own code on a page."""

import streamlit as st

from core.learn.source import place_of, source_of


def show_code(reference: str) -> None:
    """One object as it is in the source now, and where that is."""
    st.code(source_of(reference), language=None if ":" not in reference else "python", wrap_lines=True)
    st.caption(place_of(reference))
