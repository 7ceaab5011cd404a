"""Correct it: a drawing that was misread becomes one of “My drawings”, under the label that it should have had."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.verdict import Verdict
from core.errors import DigitLabError
from core.runs.records import Run
from ui.digits.reading import Reading
from ui.shell.page import show_error
from ui.shell.resources import drawings_lock, framing_of_run, my_drawings
from ui.shell.words import item

_UNLABELLED = (Verdict.NO_INK, Verdict.SEVERAL_DIGITS)


def show_correction(reading: Reading, run: Run) -> None:
    """What the drawing should have been read as, and the button that keeps it; nothing where there is no one digit."""
    if reading.verdict in _UNLABELLED:
        return
    entry = my_drawings().entry_of(run.class_names)
    # A new box after each drawing: its label is not that of the last one.
    key = f"correct_label_{0 if entry is None else entry.number}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(
            "Misread? It is",
            run.class_names,
            index=None,
            placeholder="Label",
            key=key,
            width=150,
        )
        is_added = st.button(
            "Add to My drawings",
            icon=":material/add_photo_alternate:",
            disabled=label is None,
            help=f"Choose which {item(run.class_names)} it is. It is kept on this server as the network got it, "
            f"28×28 pixels, and shown only in this browser.",
        )
    if is_added and label is not None and _add(reading.steps.digit, run.class_names.index(label), run):
        # “My drawings” lies outside of this fragment.
        st.rerun()


def _add(image: NDArray[np.uint8], label: int, run: Run) -> bool:
    """Keep it; False after a sentence on why it cannot be."""
    try:
        with drawings_lock():
            my_drawings().add([image], [label], run.class_names, framing_of_run(run.config))
    except DigitLabError as error:
        show_error(error)
        return False
    return True
