"""Draw: give a network a digit of your own and follow it into the network."""

import numpy as np
import streamlit as st

from core.data.dataset import ImageDataset
from core.errors import DataError, DigitLabError
from core.runs.records import Run
from ui.draw_sources import Ink, check_source_params, choose_source, ink_from
from ui.draw_steps import check_step_params, choose_steps, show_steps, show_what_steps_do
from ui.drawing import read_ink, show_bars, show_prediction
from ui.page import page_header, show_error
from ui.resources import images_to_test, model
from ui.run_picker import choose_run
from ui.words import item

MOST_TEST_IMAGES = 100_000


def main() -> None:
    """Draw the page."""
    page_header("Draw", "Draw, and the network reads it whenever you lift the pen.")
    notes = st.container()
    left, right = st.columns(2)
    with right:
        run = choose_run()
    with notes:
        test, what = test_images(run), item(run.class_names)
        check_source_params(MOST_TEST_IMAGES if test is None else len(test), what)
        check_step_params()
    with left:
        source = choose_source()
    show_reading(run, source, test, what)


def test_images(run: Run) -> ImageDataset | None:
    """What the run was tested on, or None after a sentence on why that is gone; all else on this page works on."""
    try:
        return images_to_test(run.config)
    except DataError as error:
        show_error(error)
        return None


@st.fragment
def show_reading(run: Run, source: str, test: ImageDataset | None, what: str) -> None:
    """Source, answer and steps: all that a stroke changes, so that a stroke redraws nothing else."""
    left, right = st.columns(2)
    with left:
        ink = take_ink(source, test, what)
    network = model(run.run_id)
    st.subheader("On its way to the network", anchor=False)
    st.markdown(
        f"MNIST’s digits were cropped, scaled and centred, and so is your {what}. "
        "Switch a step off to see what it does."
    )
    switches = choose_steps()
    reading = read_ink(ink.pixels, network, crop=switches.crop, scale=switches.scale, centre=switches.centre)
    show_steps(reading.steps, drawn=source == "draw")
    show_what_steps_do(ink.pixels, network)
    with right:
        show_prediction(reading, without_ink=ink.without_ink)
        show_bars(reading, key="draw_bars", true_label=ink.true_label)
        st.caption(
            f"Read by {run.title}. The bars show how it divides its certainty among {len(run.class_names)} classes."
        )


def take_ink(source: str, test: ImageDataset | None, what: str) -> Ink:
    """The ink of the chosen source; none where there is nothing yet, or after a sentence on why it cannot be used."""
    nothing = np.zeros((1, 1), np.uint8)
    try:
        return ink_from(source, test, what) or Ink(nothing)
    except DigitLabError as error:
        show_error(error)
        return Ink(nothing, without_ink="")


main()
