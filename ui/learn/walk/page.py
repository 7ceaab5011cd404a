"""Learn: follow one digit through one training step, forward and back."""

from functools import partial

import numpy as np
import streamlit as st

from core.analysis.network import drawing_of
from core.analysis.verdict import named
from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES
from core.errors import DigitLabError
from core.learn.walk import (
    STEPS,
    ChosenWeight,
    HiddenWeight,
    OutputWeight,
    Walk,
    can_be_walked,
    fresh_weights,
    take_walk,
    telling_weight,
    weights_of,
)
from ui.choices.run import offered_runs, run_titles
from ui.digits.network import show_network
from ui.learn.walk.backward import BACKWARD
from ui.learn.walk.convolutions import show_cnn_walk
from ui.learn.walk.forward import FORWARD
from ui.learn.walk.image import choose_image
from ui.shell.page import show_error
from ui.shell.resources import model, run_store, splits
from ui.shell.url import choice, go_to, linked
from ui.shell.url_values import number_in, one_of, whole_number
from ui.shell.words import escape_markdown

STEP = "step"
FRESH = "fresh"
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
DEFAULT_RATE = RATES[0]
"""Short enough for the slope to tell where the loss goes: see the last step."""
_SEED = TrainConfig().seed


def show_walk() -> None:
    """One training step on one digit: choose, then walk."""
    walked = st.segmented_control("Kind of network", required=True, label_visibility="collapsed", **choice("walked"))
    try:
        if walked == "cnn":
            show_cnn_walk()
        else:
            _show_step()
    except DigitLabError as error:
        show_error(error)


def _show_step() -> None:
    """One hidden layer, one step."""
    st.markdown(
        "One training image, one step of gradient descent, every number real. "
        "Choose the image and a weight, then follow what happens to that weight."
    )
    walk, chosen = choose_walk()
    show_walked_network(walk)
    number = choose_step()
    st.header(f"Step {number} of {len(STEPS)}: {STEPS[number - 1]}", anchor=False)
    (*FORWARD, *BACKWARD)[number - 1](walk, chosen)


def choose_walk() -> tuple[Walk, ChosenWeight]:
    """Image, network, learning rate and weight."""
    with st.expander("Choose the image, the network, the learning rate and the weight", icon=":material/tune:"):
        left, right = st.columns(2)
        with left:
            image = st.container()
            rate = st.select_slider(
                "Learning rate",
                RATES,
                format_func=lambda value: f"{value:g}",
                **linked("rate", number_in(*RATES), DEFAULT_RATE, "The walk has no learning rate “{value}”."),
            )
        with right:
            network = _choose_network()
            weight = st.container()
        data = splits()
        if network == FRESH:
            weights, normalisation = fresh_weights(_SEED), data.normalisation
        else:
            trained = model(network)
            weights, normalisation = weights_of(trained), trained.normalisation
        with image:
            label, position = choose_image((weights, normalisation))
        walk = take_walk(weights, normalisation, data.train.images[position], label, rate)
        with weight:
            chosen = _choose_weight(walk)
    st.caption(
        f"{_network_words(network)} Training image {position:,}, {named(str(label))}. {weight_words(chosen)} "
        "It has a green frame in pictures and charts."
    )
    return walk, chosen


def show_walked_network(walk: Walk) -> None:
    """The network of this step, lit by the image; the numbers of every step are those of its units and lines."""
    with st.expander("The network that the digit goes through", icon=":material/hub:", expanded=True):
        values = [walk.pixels.reshape(-1) / 255, walk.before.hidden, walk.before.probabilities]
        drawing = drawing_of(
            [walk.weights.hidden.astype(np.float32), walk.weights.output.astype(np.float32)],
            [value.astype(np.float32) for value in values],
            DIGIT_NAMES,
            pixels=walk.pixels,
        )
        show_network(drawing, key="walk_network")


def choose_step() -> int:
    """Back, where one is, Next."""
    link = partial(go_to, STEP, default=1)
    # Read first: the buttons stand beside the box that holds the step.
    keywords = linked(STEP, whole_number(1, len(STEPS)), 1, f"The walk has steps 1 to {len(STEPS)}, not “{{value}}”.")
    number = int(st.session_state[STEP])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Back",
            icon=":material/arrow_back:",
            disabled=number == 1,
            on_click=link,
            args=(max(number - 1, 1),),
            key="walk_back",
        )
        st.button(
            "Next",
            icon=":material/arrow_forward:",
            type="primary",
            disabled=number == len(STEPS),
            on_click=link,
            args=(min(number + 1, len(STEPS)),),
            key="walk_next",
        )
        st.selectbox(
            "Step",
            range(1, len(STEPS) + 1),
            format_func=lambda step: f"{step}. {STEPS[step - 1]}",
            label_visibility="collapsed",
            width=260,
            **keywords,
        )
    return number


def weight_words(chosen: ChosenWeight) -> str:
    """Which weight is followed."""
    if isinstance(chosen, HiddenWeight):
        place = f"row {chosen.row}, column {chosen.column}"
        return f"The weight to follow leads from the pixel in {place} to hidden unit {chosen.unit}."
    return f"The weight to follow leads from hidden unit {chosen.unit} to digit {DIGIT_NAMES[chosen.label]}."


def _choose_network() -> str:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.container()
        chosen = st.query_params.get("network") or st.session_state.get("network", "")
        runs = {run.run_id: run for run in offered_runs(chosen, key="walk_finder") if can_be_walked(run)}
    options = [FRESH, *runs]
    titles = {FRESH: "Fresh weights, 784-16-10"} | run_titles(runs.values())
    return str(
        place.selectbox(
            "Network",
            options,
            format_func=titles.__getitem__,
            help="Fresh weights, or a run with one hidden layer, ReLU, biases and cross entropy on MNIST.",
            **linked("network", one_of(*options), FRESH, "The walk cannot follow a run “{value}”."),
        )
    )


def _choose_weight(walk: Walk) -> ChosenWeight:
    kind = st.selectbox("Weight", **choice("weight"))
    steepest = telling_weight(walk)
    if kind == "steepest":
        return steepest
    with st.container(horizontal=True):
        unit = _place("unit", "Hidden unit", len(walk.before.hidden), steepest.unit)
        if kind == "output":
            return OutputWeight(unit, _place("output", "Digit", len(walk.before.logits), walk.label))
        row = _place("row", "Row", 28, steepest.row)
        column = _place("column", "Column", 28, steepest.column)
    return HiddenWeight(unit, 28 * row + column)


def _place(key: str, label: str, count: int, default: int) -> int:
    sentence = f"{label} goes from 0 to {count - 1}, not “{{value}}”."
    keywords = linked(key, whole_number(0, count - 1), default, sentence)
    return int(st.number_input(label, 0, count - 1, step=1, width=120, **keywords))


def _network_words(network: str) -> str:
    if network == FRESH:
        return "A network 784-16-10 with fresh random weights."
    return f"The network of run {escape_markdown(run_store().get(network).title)}."
