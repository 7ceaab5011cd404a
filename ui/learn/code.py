"""The product's own code on a page."""

import streamlit as st

from core.learn.source import place_of, source_of


def show_code(reference: str) -> None:
    """One object as it is in the source now, and where that is."""
    is_python = ":" in reference or reference.endswith(".py")
    st.code(source_of(reference), language="python" if is_python else None, wrap_lines=True)
    # As code: Markdown would make “__init__” bold.
    st.caption(f"`{place_of(reference)}`")
