"""Draw: give a network a digit of your own and follow it into the network."""

import streamlit as st

from ui.draw.mine import show_mine
from ui.draw.reading import check_params, show_reading, test_images
from ui.draw.sources import choose_source_and_run
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Draw", "Draw something, and the network reads it whenever you lift the pen.")
    notes = st.container()
    with st.container():
        source, run = choose_source_and_run()
        test = test_images(run)
        with notes:
            check_params(run, test)
        show_reading(run, source, test)
    show_mine(run)


main()
