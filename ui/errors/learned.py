"""Errors: when each test digit was learned, by the epochs whose weights are kept; a gallery by pattern."""

import hashlib
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.learning_order import LearningOrder, Pattern, read_correctly, read_order, write_order
from core.analysis.paging import page_count, page_slice, page_within
from core.analysis.percent import percent
from core.errors import DigitLabError
from core.figures.names import longest
from ui.digits.gallery import show_gallery
from ui.errors.list import inspect
from ui.results.final import Tested
from ui.shell.page import show_error
from ui.shell.polling import show_polled
from ui.shell.resources import run_store, settings
from ui.shell.series import find_series, start_series, stop_series
from ui.shell.url import bound, check_choice, check_page_param, choice, go_to
from ui.shell.url_table import PARAMETERS
from ui.shell.words import escape_markdown, item, listed, one

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
    epochs = _kept(tested)
    if len(epochs) < 2:
        check_choice(_LEARNED)
        st.caption(_why_not(tested, epochs))
        return
    st.caption(
        f"Every test {what} read by the network after each epoch whose weights are kept: "
        f"{listed([str(epoch) for epoch in epochs])}. What is never learned is often drawn or labelled oddly."
    )
    pattern = Pattern(st.segmented_control("Pattern", required=True, **choice(_LEARNED, on_change=_first_page)))
    order = _result(tested)
    if order is not None:
        # Not in a part that is polled: a click changes what is inspected beside the list.
        _show_order(tested, order, pattern)
        return
    if _LEARNED in st.query_params and find_series(_key(tested)) is None:
        # A link, or a pattern that was chosen, asks for it.
        _start(tested)
    show_polled(_show_state, tested, busy=lambda: _is_running(tested))


def _kept(tested: Tested) -> list[int]:
    return [epoch for epoch, _ in run_store().files.epoch_paths(tested.run.run_id)]


def _why_not(tested: Tested, epochs: list[int]) -> str:
    if len(tested.run.epochs) > 1:
        gone = "only those of the last one are left" if epochs else "none are left"
        return f"An order needs the weights of two epochs: {gone}, the others made room for newer runs."
    if tested.run.epochs:
        return "An order needs two epochs: this run has one."
    return "This network was brought in without the epochs that it was trained for: nobody knows what it learned first."


def _show_state(tested: Tested) -> None:
    """How far it is, or the button that begins it."""
    series = find_series(_key(tested))
    if series is not None and series.is_running:
        place, stop = st.columns([5, 1], vertical_alignment="center")
        place.progress(series.share, f"A worker has every epoch read every image. {series.share:.0%} done.")
        if stop.button(
            "Stop", icon=":material/stop:", key="stop_learned", on_click=_stop, args=(tested,), width="stretch"
        ):
            st.rerun()
        return
    if series is not None and series.error:
        st.error(f"It could not be computed: {escape_markdown(series.error)}")
    # Not in a callback: the page is to be polled from now on.
    if st.button("Find out", icon=":material/play_arrow:", key="start_learned"):
        _start(tested)
        if _is_running(tested):
            st.rerun()


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
    st.caption(f"Those that fewest epochs read correctly come first. Click {one(what)} to inspect it above.")
    if not len(positions):
        return
    _show_page(tested, order, positions)


def _show_page(tested: Tested, order: LearningOrder, positions: NDArray[np.int64]) -> None:
    names, what = tested.run.class_names, item(tested.run.class_names)
    pages = page_count(len(positions), _PAGE_SIZE)
    check_page_param(_PAGE, pages)
    page = page_within(st.session_state.get(_PAGE, 1), len(positions), _PAGE_SIZE)
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
    if st.session_state.get(_PAGE, 1) != page:
        st.session_state[_PAGE] = page
    st.pagination(pages, max_visible_pages=5, **bound(_PAGE))


def _epochs_words(epochs: tuple[int, ...]) -> str:
    if not epochs:
        return "correct after none of the epochs"
    return f"correct after epoch {listed([str(epoch) for epoch in epochs])}"


def _first_page() -> None:
    if st.session_state.get(_PAGE, 1) != 1:
        st.session_state[_PAGE] = 1


def _start(tested: Tested) -> None:
    try:
        models = run_store().epoch_models(tested.run.run_id)
    except DigitLabError as error:
        show_error(error)
        return
    epochs = tuple(epoch for epoch, _ in models)

    def finish(correct: list[NDArray[np.bool_]]) -> LearningOrder:
        return LearningOrder(epochs, np.stack(correct))

    shared = (tested.images.images, tested.predictions.labels)
    start_series(_key(tested), read_correctly, shared, [model for _, model in models], finish)


def _stop(tested: Tested) -> None:
    stop_series(_key(tested))
    # Else the address would ask for it again.
    default = PARAMETERS[_LEARNED].default
    go_to(_LEARNED, default, default)


def _result(tested: Tested) -> LearningOrder | None:
    """What came of it, in this server or an earlier one."""
    series = find_series(_key(tested))
    if series is not None and series.is_done:
        order: LearningOrder = series.result
        if not _path(tested).exists():
            write_order(_path(tested), order)
        return order
    return _read(str(_path(tested)), len(tested.images)) if _path(tested).exists() else None


@st.cache_resource(max_entries=16, show_spinner=False)
def _read(path: str, images: int) -> LearningOrder | None:
    return read_order(Path(path), images)


def _is_running(tested: Tested) -> bool:
    series = find_series(_key(tested))
    return series is not None and series.is_running


def _key(tested: Tested) -> str:
    """Another one for other weights, other images or other kept epochs."""
    return f"learned {tested.key} {tested.run.version} {tested.images.digest} {_kept(tested)}"


def _path(tested: Tested) -> Path:
    return settings().home / "cache" / f"learned-{hashlib.sha256(_key(tested).encode()).hexdigest()[:16]}.safetensors"
