"""The one control of a card."""

from typing import Any

import streamlit as st


def choose(label: str, options: Any, default: Any, *, key: str, **more: Any) -> Any:
    """One of a few, in a row; it is kept while other cards are shown."""
    return st.segmented_control(
        label, options, default=default, required=True, key=key, persist_state="session", wrap=True, **more
    )
