"""Draw: give a network a digit of your own and follow it into the network."""

import numpy as np
import streamlit as st

from core.errors import DigitLabError
from core.runs.records import Run
from ui.draw_sources import Ink, check_source_params, choose_source, ink_from
from ui.draw_steps import check_step_params, choose_steps, show_steps, show_what_steps_do
from ui.drawing import read_ink, show_bars, show_prediction
from ui.page import page_header, show_error
from ui.resources import model
from ui.run_picker import choose_run


def main() -> None:
    """Draw the page."""
    page_header("Draw", "Draw a digit: the network reads it whenever you lift the pen.")
    check_source_params()
    check_step_params()
    left, right = st.columns(2)
    with right:
        run = choose_run()
    with left:
        source = choose_source()
    show_reading(run, source)


@st.fragment
def show_reading(run: Run, source: str) -> None:
    """Source, answer and steps: all that a stroke changes, so that a stroke redraws nothing else."""
    left, right = st.columns(2)
    with left:
        ink = take_ink(source) or Ink(np.zeros((1, 1), np.uint8))
    network = model(run.run_id)
    st.subheader("On its way to the network", anchor=False)
    st.markdown(
        "MNIST’s digits were cropped, scaled and centred, and so is yours. Switch a step off to see what it does."
    )
    switches = choose_steps()
    reading = read_ink(ink.pixels, network, crop=switches.crop, scale=switches.scale, centre=switches.centre)
    show_steps(reading.steps, drawn=source == "draw")
    show_what_steps_do(ink.pixels, network)
    with right:
        show_prediction(reading)
        show_bars(reading, key="draw_bars", true_label=ink.true_label)
        st.caption(f"Read by {run.title}. The bars show how it divides its certainty among the ten digits.")


def take_ink(source: str) -> Ink | None:
    """The ink of the chosen source, or a sentence on why it cannot be used."""
    try:
        return ink_from(source)
    except DigitLabError as error:
        show_error(error)
        return None


main()
