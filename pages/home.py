"""Home: the first sixty seconds."""

import streamlit as st

from ui.home.start import show_start
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header(
        "Digit Lab",
        "Browse real handwritten digits, train a network that reads them, watch it learn, see what it gets wrong "
        "and draw a digit yourself.",
    )
    with st.container():
        show_start()  # Sent to the browser before anything else is loaded or read.
        from ui.home import digits, latest

        digits.show_canvas()
    digits.show_strip()
    latest.show_latest()


main()
