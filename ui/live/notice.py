"""What a visitor is told whose browser could not load the script that keeps figures live."""

import streamlit as st

from ui.live.state import changes_in_place


def say_if_plain() -> None:
    """One sentence at the top of a page whose charts are plain ones."""
    if not changes_in_place():
        st.info(
            "Your browser could not load the script that updates charts in place, so they are drawn afresh with every "
            "change: reload the page to try again.",
            icon=":material/info:",
        )
