"""What every page begins with, and how it says that something is wrong."""

import streamlit as st

from core.errors import DigitLabError
from ui.shell.words import escape_markdown


def page_header(title: str, intro: str) -> None:
    """Title and one sentence on what the page is for."""
    st.title(title, anchor=False)
    st.markdown(intro)


def show_error(error: DigitLabError) -> None:
    """An expected failure, in its own words."""
    st.error(escape_markdown(str(error)), icon=":material/error:")
