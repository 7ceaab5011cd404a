"""What each kept epoch of a run reads in the test images: asked for once, by a worker, for every page that shows it."""

from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.learning_order import LearningOrder, labels_read, read_order, write_order
from ui.results.final import Tested
from ui.shell.measurement import Kept, Measurement, Prepared, cache_path
from ui.shell.resources import run_store


def kept_epochs(tested: Tested) -> list[int]:
    """The epochs whose weights are kept, in order."""
    return [epoch for epoch, _ in run_store().files.epoch_paths(tested.run.run_id)]


def order_of(tested: Tested) -> Measurement[LearningOrder]:
    """A worker reads every image with every kept epoch; another one for other weights, images or kept epochs."""
    key = f"learned {tested.key} {tested.run.version} {tested.images.digest} {kept_epochs(tested)}"
    labels = tested.predictions.labels

    def prepare() -> Prepared:
        models = run_store().epoch_models(tested.run.run_id)
        epochs = tuple(epoch for epoch, _ in models)

        def finish(read: list[NDArray[np.uint16]]) -> LearningOrder:
            return LearningOrder(epochs, np.stack(read), labels)

        return Prepared(labels_read, (tested.images.images,), [model for _, model in models], finish)

    def read(path: Path) -> LearningOrder | None:
        return _read(str(path), labels) if path.exists() else None

    return Measurement(key, prepare, Kept(cache_path("order", key), read, write_order))


# The run and its images are in the path.
@st.cache_resource(max_entries=16, show_spinner=False)
def _read(path: str, _labels: NDArray[np.int64]) -> LearningOrder | None:
    return read_order(Path(path), _labels)
