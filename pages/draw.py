"""Draw: give a network a digit of your own and follow it into the network."""

import streamlit as st

from ui.choices.run import choose_run
from ui.draw.reading import show_reading, test_images
from ui.draw.sources import check_source_params, choose_source
from ui.draw.steps import check_step_params
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Draw", "Draw, and the network reads it whenever you lift the pen.")
    notes, (left, right) = st.container(), st.columns(2)
    with right:
        run = choose_run()
    test = test_images(run)
    with notes:
        check_source_params(test, run)
        check_step_params()
    with left:
        source = choose_source()
    show_reading(run, source, test)


main()
