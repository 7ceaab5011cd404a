"""What each kept epoch of a run reads in the test images: asked for once, by a worker, for every page that shows it."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.learning_order import LearningOrder, labels_read, read_order, write_order
from core.errors import DigitLabError
from ui.results.final import Tested
from ui.shell.page import show_error
from ui.shell.resources import run_store, settings
from ui.shell.series import Series, find_series, start_series, stop_beside_progress, stop_series
from ui.shell.words import escape_markdown


def kept_epochs(tested: Tested) -> list[int]:
    """The epochs whose weights are kept, in order."""
    return [epoch for epoch, _ in run_store().files.epoch_paths(tested.run.run_id)]


def find_order(tested: Tested) -> LearningOrder | None:
    """What came of it, in this server or an earlier one."""
    series, path = find_series(_key(tested)), _path(tested)
    if series is not None and series.is_done:
        order: LearningOrder = series.result
        if not path.exists():
            write_order(path, order)
        return order
    return _read(str(path), tested.predictions.labels) if path.exists() else None


def find_reading(tested: Tested) -> Series | None:
    """The work of a worker, under way or not; None if it was not asked for on this server."""
    return find_series(_key(tested))


def is_reading(tested: Tested) -> bool:
    """Whether a worker is at it."""
    series = find_reading(tested)
    return series is not None and series.is_running


def start_reading(tested: Tested) -> None:
    """Have a worker read every image with every kept epoch; a sentence if the weights cannot be read."""
    try:
        models = run_store().epoch_models(tested.run.run_id)
    except DigitLabError as error:
        show_error(error)
        return
    epochs, labels = tuple(epoch for epoch, _ in models), tested.predictions.labels

    def finish(read: list[NDArray[np.uint16]]) -> LearningOrder:
        return LearningOrder(epochs, np.stack(read), labels)

    start_series(_key(tested), labels_read, (tested.images.images,), [model for _, model in models], finish)


def stop_reading(tested: Tested) -> None:
    """Ask for no further epoch."""
    stop_series(_key(tested))


def show_reading(tested: Tested, *, images: str, key: str, on_stop: Callable[[Tested], None]) -> bool:
    """How far the worker is, with a stop, or a sentence where it could not do it; whether it is at it.

    Parameters
    ----------
    images
        What it reads, in words.
    key
        Of the button.
    """
    series = find_reading(tested)
    if series is not None and series.is_running:
        doing = f"A worker reads {images} with the network of every kept epoch."
        if stop_beside_progress(series, doing, key=key, on_click=on_stop, args=(tested,)):
            st.rerun()
        return True
    if series is not None and series.error:
        st.error(f"It could not be computed: {escape_markdown(series.error)}")
    return False


def show_start(tested: Tested, label: str, *, key: str) -> None:
    """The button that begins it."""
    # Not in a callback: the page is to be polled from now on.
    if st.button(label, icon=":material/play_arrow:", key=key):
        start_reading(tested)
        if is_reading(tested):
            st.rerun()


# The run and its images are in the path.
@st.cache_resource(max_entries=16, show_spinner=False)
def _read(path: str, _labels: NDArray[np.int64]) -> LearningOrder | None:
    return read_order(Path(path), _labels)


def _key(tested: Tested) -> str:
    """Another one for other weights, other images or other kept epochs."""
    return f"learned {tested.key} {tested.run.version} {tested.images.digest} {kept_epochs(tested)}"


def _path(tested: Tested) -> Path:
    return settings().home / "cache" / f"order-{hashlib.sha256(_key(tested).encode()).hexdigest()[:16]}.safetensors"
