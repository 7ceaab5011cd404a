"""Errors: when each test digit was learned, by the epochs whose weights are kept; a gallery by pattern."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.learning_order import LearningOrder, Pattern
from core.analysis.paging import page_slice
from core.analysis.percent import percent
from core.figures.names import longest
from ui.digits.gallery import show_gallery
from ui.errors.list import inspect
from ui.results.final import Tested
from ui.results.order import kept_epochs, order_of
from ui.shell.measurement import Measurement, begin, show_running, show_start
from ui.shell.paging import page_shown
from ui.shell.polling import show_polled
from ui.shell.url import bound, check_choice, choice
from ui.shell.url_table import PARAMETERS
from ui.shell.words import item, listed, one

_LEARNED, _PAGE = "learned", "learned_page"
_PAGE_SIZE, _SHORT = 40, 6
_SAID = {
    Pattern.NEVER: "not read correctly after any of these epochs",
    Pattern.FORGOTTEN: "read correctly after at least one of these epochs, but not after the last",
    Pattern.UNSTEADY: "read correctly after the last epoch, but forgotten on the way",
    Pattern.LATE: "not read correctly at first, but from some epoch on",
    Pattern.EARLY: "read correctly after every one of these epochs",
}


def show_learned(tested: Tested) -> None:
    """When each test digit was learned, or the way to it."""
    what = item(tested.run.class_names)
    st.header(f"When each {what} was learned", anchor=False)
    epochs = kept_epochs(tested)
    if len(epochs) < 2:
        check_choice(_LEARNED)
        st.caption(_why_not(tested, epochs))
        return
    st.caption(
        f"Every test {what}, as read after each epoch whose weights are kept: "
        f"{listed([str(epoch) for epoch in epochs])}. Those never learned are often drawn or labelled oddly."
    )
    pattern = Pattern(st.segmented_control("Pattern", required=True, **choice(_LEARNED, on_change=_first_page)))
    measurement = order_of(tested)
    order = measurement.result()
    if order is not None:
        # Not in a part that is polled: a click changes what is inspected beside the list.
        _show_order(tested, order, pattern)
        return
    if _LEARNED in st.query_params:
        # A link, or a pattern that was chosen, asks for it.
        begin(measurement)
    show_polled(_show_state, measurement, busy=lambda: measurement.is_running)


def _why_not(tested: Tested, epochs: list[int]) -> str:
    if len(tested.run.epochs) > 1:
        gone = "only those of the last one are left" if epochs else "none are left"
        return f"An order needs the weights of two epochs: {gone}, the others were removed to make room for newer runs."
    if tested.run.epochs:
        return "An order needs two epochs: this run has one."
    return "This network was imported without the weights of its epochs: what it learned first is unknown."


def _show_state(measurement: Measurement[LearningOrder]) -> None:
    """How far it is, or the button that begins it."""
    doing = "A worker reads every image with the network of every kept epoch."
    if not show_running(measurement, doing, key="stop_learned", failed="It could not be computed"):
        show_start(measurement, "Find out", key="start_learned")


def _show_order(tested: Tested, order: LearningOrder, pattern: Pattern) -> None:
    """How many digits have each pattern, and those of the chosen one."""
    names, words = tested.run.class_names, PARAMETERS[_LEARNED].words
    what = item(names)
    counts = (f"{words[pattern]} {order.count(pattern):,}" for pattern in Pattern)
    st.markdown(" · ".join(counts))
    positions = order.positions(pattern)
    total = order.correct.shape[1]
    share = percent(len(positions) / max(1, total))
    st.markdown(f"**{len(positions):,} of {total:,} test {what}s ({share})**: {_SAID[pattern]}.")
    st.caption(f"Those read correctly after the fewest epochs come first. Click {one(what)} to inspect it above.")
    if not len(positions):
        return
    _show_page(tested, order, positions)


def _show_page(tested: Tested, order: LearningOrder, positions: NDArray[np.int64]) -> None:
    names, what = tested.run.class_names, item(tested.run.class_names)
    page, pages = page_shown(_PAGE, len(positions), _PAGE_SIZE)
    shown = positions[page_slice(np.arange(len(positions)), page, _PAGE_SIZE)]
    labels = [names[label] for label in tested.predictions.labels[shown]]
    show_gallery(
        tested.images.images[shown],
        [
            f"Test {what} {position}<br>label {label}<br>{_epochs_words(order.epochs_of(int(position)))}"
            for position, label in zip(shown, labels, strict=True)
        ],
        key=f"learned_{tested.key}",
        alt=f"{len(shown)} test {what}s, page {page} of {pages}",
        columns=10 if longest(labels) <= _SHORT else 5,
        captions=labels,
        on_pick=lambda row: inspect(int(shown[row])),
    )
    st.pagination(pages, max_visible_pages=5, **bound(_PAGE))


def _epochs_words(epochs: tuple[int, ...]) -> str:
    if not epochs:
        return "correct after none of the epochs"
    return f"correct after epoch {listed([str(epoch) for epoch in epochs])}"


def _first_page() -> None:
    if st.session_state.get(_PAGE, 1) != 1:
        st.session_state[_PAGE] = 1
