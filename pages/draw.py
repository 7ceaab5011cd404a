"""Draw: give a network a digit of your own and follow it into the network."""

import streamlit as st

from ui.choices.run import choose_run
from ui.draw.reading import check_params, show_reading, test_images
from ui.draw.sources import choose_source
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Draw", "Draw, and the network reads it whenever you lift the pen.")
    notes, (left, right) = st.container(), st.columns(2)
    with right:
        run = choose_run()
    test = test_images(run)
    with notes:
        check_params(run, test)
    with left:
        source = choose_source()
    show_reading(run, source, test)


main()
