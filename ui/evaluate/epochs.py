"""Evaluate: the matrix after earlier epochs, which follows the control of the run's places."""

import streamlit as st

from core.analysis.confusion import MatrixMode, confusion_matrix
from core.analysis.learning_order import LearningOrder
from core.figures.confusion import confusion_frame, unmeasured_frame
from ui.live.replay import Frames
from ui.results.final import Tested
from ui.results.order import find_order, find_reading, is_reading, kept_epochs, show_reading_error, start_reading
from ui.results.order import stop_reading as stop
from ui.results.replay import places_of, show_places
from ui.shell.polling import show_polled

_NOT_KEPT = "Not known: the weights of this place are not kept."


def matrix_frames(tested: Tested, mode: MatrixMode) -> Frames | None:
    """The matrix of the test images at each place; None while no worker has had them read."""
    order = find_order(tested)
    if order is None:
        return None
    places = tuple((place.name, place.epoch) for place in places_of(tested.run))
    return _frames(
        tested.run.run_id, tested.key, tested.run.version, places, mode, order, tested.predictions.class_names
    )


def show_control(tested: Tested) -> None:
    """Below the matrix: the control, and the way to have the matrix follow it as the curves do."""
    show_places(tested.run, "evaluate")
    if find_order(tested) is None and len(kept_epochs(tested)) > 1:
        show_polled(_show_offer, tested, busy=lambda: is_reading(tested))


def _show_offer(tested: Tested) -> None:
    series = find_reading(tested)
    if series is not None and series.is_running:
        place, button = st.columns([4, 1], vertical_alignment="center")
        place.progress(series.share, f"A worker has every epoch read every test image. {series.share:.0%} done.")
        if button.button(
            "Stop", icon=":material/stop:", key="stop_matrix", on_click=stop, args=(tested,), width="stretch"
        ):
            st.rerun()
        return
    show_reading_error(tested)
    with st.container(horizontal=True, vertical_alignment="center"):
        # Not in a callback: the page is to be polled from now on.
        if st.button("Let the matrix follow", icon=":material/play_arrow:", key="start_matrix"):
            start_reading(tested)
            if is_reading(tested):
                st.rerun()
        st.caption("A worker has the network of each kept epoch read the test images, once.")


@st.cache_resource(max_entries=16, show_spinner=False)
def _frames(
    run_id: str,
    key: str,  # noqa: ARG001
    version: str,  # noqa: ARG001
    places: tuple[tuple[str, int | None], ...],
    mode: MatrixMode,
    _order: LearningOrder,
    _class_names: tuple[str, ...],
) -> Frames:
    found = {}
    for name, epoch in places:
        if epoch not in _order.epochs:
            found[name] = unmeasured_frame(_NOT_KEPT)
            continue
        read = _order.predicted[_order.epochs.index(epoch)].astype("int64")
        found[name] = confusion_frame(confusion_matrix(_order.labels, read, len(_class_names)), _class_names, mode=mode)
    return Frames(run_id, found)
