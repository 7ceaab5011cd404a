"""Evaluate: the matrix after earlier epochs, which follows the control of the run's places."""

import streamlit as st

from core.analysis.confusion import MatrixMode, confusion_matrix
from core.analysis.learning_order import LearningOrder
from core.figures.confusion import confusion_frame, unmeasured_frame
from ui.live.replay import Frames
from ui.results.final import Tested
from ui.results.order import kept_epochs, order_of
from ui.results.replay import places_of, show_places
from ui.shell.measurement import Measurement, show_running, show_start
from ui.shell.polling import show_polled

_NOT_KEPT = "Unknown: the weights at this point were not kept."


def matrix_frames(tested: Tested, mode: MatrixMode) -> Frames | None:
    """The matrix of the test images at each place; None while no worker has had them read."""
    order = order_of(tested).result()
    if order is None:
        return None
    places = tuple((place.name, place.epoch) for place in places_of(tested.run))
    return _frames(
        tested.run.run_id, tested.key, tested.run.version, places, mode, order, tested.predictions.class_names
    )


def show_control(tested: Tested) -> None:
    """Below the matrix: the control, and the way to have the matrix follow it as the curves do."""
    show_places(tested.run, "evaluate")
    if len(places_of(tested.run)) > 1 and len(kept_epochs(tested)) < 2:
        st.caption("The matrix is that of the last epoch: to follow, it needs the weights of two epochs.")
        return
    measurement = order_of(tested)
    if measurement.result() is None and len(kept_epochs(tested)) > 1:
        show_polled(_show_offer, measurement, busy=lambda: measurement.is_running)


def _show_offer(measurement: Measurement[LearningOrder]) -> None:
    doing = "A worker reads every test image with the network of every kept epoch."
    if show_running(measurement, doing, key="stop_matrix", failed="It could not be computed"):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        show_start(measurement, "Make the matrix follow", key="start_matrix")
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
