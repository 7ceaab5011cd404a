"""The network with a test digit going through it."""

import numpy as np
import streamlit as st

from core.data.dataset import ImageDataset
from core.explain.ablation import drawing_without, switched_off
from core.explain.units import Unit
from core.runs.records import Run
from ui.digits.network import show_network, show_network_of
from ui.inside.state import DIGIT, choose_digit
from ui.shell.resources import model
from ui.shell.url import bound, checked_param
from ui.shell.url_values import whole_number
from ui.shell.words import escape_markdown, item


def show_lit_network(run: Run, test: ImageDataset | None, off: tuple[Unit, ...], unit: Unit | None) -> int | None:
    """The drawing, lit by the test digit that is chosen; its number, or None where test images are gone.

    Parameters
    ----------
    unit
        The one that is looked at, where there are hidden units.
    """
    st.header("A digit on its way" if item(run.class_names) == "digit" else "An image on its way", anchor=False)
    if test is None:
        show_network_of(run.run_id, key="inside_network")
        return None
    number = _choose_number(test, item(run.class_names))
    _say_label(run, test, number, off)
    drawing = drawing_without(model(run.run_id), off, test.images[number], chosen=unit)
    show_network(drawing, key="inside_network")
    return number


def _choose_number(test: ImageDataset, what: str) -> int:
    last = len(test) - 1
    there = f"There is no test {what} “{{value}}”: it must be a whole number from 0 to {last:,}."
    checked_param(DIGIT, whole_number(0, last), there)
    remembered = st.session_state.get(DIGIT)
    # Other pages number other images under the same name.
    if remembered is not None and not 0 <= remembered <= last:
        st.session_state[DIGIT] = 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = int(st.number_input(f"Test {what}", 0, last, step=1, width=150, **bound(DIGIT)))
        st.button("Any other", icon=":material/shuffle:", on_click=_choose_any, args=(len(test),))
    return number


def _say_label(run: Run, test: ImageDataset, number: int, off: tuple[Unit, ...]) -> None:
    names, network, image = run.class_names, model(run.run_id), test.images[number][None]
    label, read, left = (
        escape_markdown(names[int(found)])
        for found in (
            test.labels[number],
            network.probabilities(image)[0].argmax(),
            switched_off(network, off).probabilities(image)[0].argmax(),
        )
    )
    without = f" Without the units that are switched off, it reads **{left}**." if off else ""
    st.markdown(f"Labelled **{label}**; the whole network reads **{read}**.{without}")


def _choose_any(count: int) -> None:
    choose_digit(int(np.random.default_rng().integers(count)))
