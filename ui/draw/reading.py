"""Draw: the ink of the chosen source, what a network makes of it, and the steps in between."""

from functools import partial

import numpy as np
import streamlit as st

from core.analysis.network import network_drawing
from core.analysis.verdict import Verdict
from core.config import TrainConfig
from core.data.dataset import ImageDataset
from core.errors import DataError, DigitLabError
from core.exports.browser_json import why_not_in_browsers
from core.runs.class_order import require_own_order
from core.runs.records import Run
from ui.digits.network import show_network, show_network_of
from ui.digits.places import drawing_places
from ui.digits.reader import reader_of
from ui.digits.reading import Reading, show_bars, show_prediction
from ui.digits.state import CanvasState, DrawnDigit
from ui.digits.why import show_why
from ui.draw.card import card_of, show_card, show_task
from ui.draw.correct import show_correction
from ui.draw.many import show_many
from ui.draw.others import show_every_run
from ui.draw.sources import CANVAS, MANY, Ink, check_source_params, ink_from
from ui.draw.steps import check_step_params, show_way
from ui.live.replay import Frames
from ui.results.replay import show_places
from ui.results.through_epochs import answer_frames, place_shown
from ui.shell.page import show_error
from ui.shell.resources import images_to_test, model
from ui.shell.state import page_state
from ui.shell.terms import explained
from ui.shell.words import escape_markdown

# Title, source and run above the canvas, its tools, and a margin below it.
_ABOVE = 360
_HOOKS = " MNIST’s 1 is a plain stroke: one with a long upstroke is often read as a 4."


def check_params(run: Run, test: ImageDataset | None) -> None:
    """Name what cannot be in the URL, and take it out."""
    check_source_params(test, run)
    check_step_params()


def test_images(run: Run) -> ImageDataset | None:
    """What the run was tested on, or None after a sentence on why not; all else on this page works on."""
    try:
        images = images_to_test(run.config)
        require_own_order(run, images.class_names)
    except DataError as error:
        show_error(error)
        return None
    return images


@st.fragment
def show_reading(run: Run, source: str, test: ImageDataset | None) -> None:
    """Source, answer and steps: all that a stroke changes, so that a stroke redraws nothing else."""
    if source == MANY:
        show_many(run)
        return
    places = drawing_places("draw_drawing", canvas=CANVAS, above=_ABOVE)
    with places.work:
        task = st.container()
        ink = take_ink(source, test, run.class_names)
        beginning = st.container()
    card = st.container()
    st.header("On its way to the network", anchor=False, help=explained("Ink", "Normalisation"))
    reading = show_way(ink.pixels, run, drawn=source == "draw")
    if source == "draw" and reading.verdict is not Verdict.NO_INK:
        page_state(CanvasState).last = DrawnDigit(reading.steps.digit, run.class_names)
    if source == "draw":
        # Above the canvas only while it is filled in: the canvas is to be whole on the first screen.
        with task if card_of(run).is_on else beginning:
            show_task(run, reading)
        with card:
            show_card(run)
    show_every_run(reading, run)
    show_lit_network(reading, run)
    image = None if reading.verdict is Verdict.NO_INK else reading.steps.digit
    show_why(run, image, ink.true_label, earlier=partial(place_shown, run, key="draw_place"))
    with places.answer:
        show_prediction(reading, without_ink=ink.without_ink)
    with places.rest:
        if ink.true_label is None:
            show_correction(reading, run)
        show_bars(reading, key="draw_bars", true_label=ink.true_label, frames=_frames(reading, run, ink.true_label))
        show_places(run, "draw")
        st.caption(_about(run))


def _about(run: Run) -> str:
    """Who has read it, what its numbers are, and where else it can be asked."""
    why_not = reader_of(run).judge.why_not
    said = f". {why_not}" if why_not else "; the verdict above them is calibrated."
    alone = f"[in your browser alone](api/v1/try?run={run.run_id}), without a server"
    elsewhere = "Programs" if why_not_in_browsers(run) else f"It also runs {alone}, and programs"
    return (
        f"Read by {escape_markdown(run.title)}. The bars show its own probabilities for {len(run.class_names)} "
        f"classes{said}{_HOOKS if run.config.dataset == TrainConfig().dataset else ''} {elsewhere} can "
        "[call it](api/v1/docs)."
    )


def _frames(reading: Reading, run: Run, true_label: int | None) -> Frames | None:
    """What the network made of this at earlier places of its training."""
    if reading.verdict is Verdict.NO_INK:
        return None
    return answer_frames(run, reading.steps.digit, reading.probabilities, true_label=true_label)


def show_lit_network(reading: Reading, run: Run) -> None:
    """The network, lit by what it was given; dark where there is nothing to read."""
    st.header("Inside the network", anchor=False, help=explained("Hidden layer", "Unit", "Activation"))
    if reading.verdict is Verdict.NO_INK:
        show_network_of(run.run_id, key="draw_network")
    else:
        show_network(network_drawing(model(run.run_id), reading.steps.digit), key="draw_network")


def take_ink(source: str, test: ImageDataset | None, class_names: tuple[str, ...]) -> Ink:
    """The ink of the chosen source; none where there is nothing yet, or after a sentence on why it cannot be used."""
    nothing = np.zeros((1, 1), np.uint8)
    try:
        return ink_from(source, test, class_names) or Ink(nothing)
    except DigitLabError as error:
        show_error(error)
        return Ink(nothing, without_ink="")
