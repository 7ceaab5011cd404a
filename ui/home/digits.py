"""Home's digits: a strip of real ones, and a canvas for one's own that the demo run reads."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.percent import percent
from core.analysis.verdict import Verdict
from core.data.mnist import load_mnist
from core.errors import DigitLabError, RunError
from core.runs.records import DEMO_RUN_ID, Run
from ui.digits.canvas import draw_canvas
from ui.digits.places import drawing_places
from ui.digits.reader import reader_of
from ui.digits.reading import read_ink, show_bars, show_prediction
from ui.digits.state import CanvasState, DrawnDigit
from ui.shell.page import show_error
from ui.shell.resources import run_store
from ui.shell.state import page_state
from ui.shell.words import duration

# Two rows keep a digit readable on a phone.
_ROWS, _COLUMNS, _ZOOM = 2, 15, 2
_CANVAS = "home_canvas"
# Title, presets and button above it; no smaller screen than 768 pixels shows it whole.
_ABOVE = 408


def show_strip() -> None:
    """Thirty test digits as one image."""
    st.image(
        _strip(),
        width="stretch",
        caption="Thirty of the 70,000 digits of MNIST, written by some 500 people.",
        alt="Two rows of fifteen handwritten digits, white on black.",
    )


def show_canvas() -> None:
    """A canvas, and what the demo run reads on it."""
    _show_canvas_and_reading()


@st.fragment
def _show_canvas_and_reading() -> None:
    """A stroke redraws only this."""
    try:
        run = run_store().get(DEMO_RUN_ID)
    except RunError as error:
        show_error(error)
        return
    places = drawing_places("home_drawing", canvas=_CANVAS, above=_ABOVE)
    with places.work:
        try:
            ink = draw_canvas(key=_CANVAS)
        except DigitLabError as error:
            show_error(error)
            ink = None
    reading = read_ink(np.zeros((1, 1), np.uint8) if ink is None else ink, reader_of(run))
    if ink is not None and reading.verdict is not Verdict.NO_INK:
        page_state(CanvasState).last = DrawnDigit(reading.steps.digit, run.class_names)
    with places.answer:
        show_prediction(reading)
    with places.rest:
        show_bars(reading, key="home_bars")
        st.caption(_about(run))


def _about(run: Run) -> str:
    tested = "" if run.test_accuracy is None else f", {percent(run.test_accuracy)} of the test images read correctly"
    return (
        f"Read by the demo run, which comes with Digit Lab: {run.epochs_done:g} epochs, trained in "
        f"{duration(run.seconds)} on another machine{tested}."
    )


@st.cache_resource(show_spinner=False)
def _strip() -> NDArray[np.uint8]:
    """The first test digits side by side; the training images, six times as large, are not read for it."""
    images = load_mnist("test").images[: _ROWS * _COLUMNS]
    side = images.shape[1]
    rows = images.reshape(_ROWS, _COLUMNS, side, side).swapaxes(1, 2).reshape(_ROWS * side, _COLUMNS * side)
    return rows.repeat(_ZOOM, axis=0).repeat(_ZOOM, axis=1)
