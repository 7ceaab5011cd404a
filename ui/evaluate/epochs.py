"""Evaluate: the matrix after earlier epochs, which follows the control of the run's places."""

import streamlit as st

from core.analysis.confusion import MatrixMode, confusion_matrix
from core.analysis.learning_order import LearningOrder
from core.figures.confusion import confusion_frame, unmeasured_frame
from ui.live.replay import Frames
from ui.results.final import Tested
from ui.results.order import find_order, is_reading, kept_epochs, show_reading, show_start, stop_reading
from ui.results.replay import places_of, show_places
from ui.shell.polling import show_polled

_NOT_KEPT = "Unknown: the weights at this point were not kept."


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
    if show_reading(tested, images="every test image", key="stop_matrix", on_stop=stop_reading):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        show_start(tested, "Make the matrix follow", key="start_matrix")
        st.caption("A worker reads the test images once with the network of each kept epoch.")


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
