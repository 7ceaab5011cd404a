"""What runs say about images, their own test images and those of other datasets: computed once for all sessions."""

from typing import TYPE_CHECKING

import streamlit as st

from core.analysis.predictions import Predictions
from core.config import TrainConfig
from core.data.testing import TestImages, images_to_test_on, seen_in_training
from ui.shell.resources import dataset_entry, images_to_test, model, run_store, settings

if TYPE_CHECKING:
    from core.runs.records import Run


def predictions(run: "Run") -> Predictions:
    """Test predictions of a run as it was just read, cached until it gets other weights.

    Raises
    ------
    RunError
        If it has no weights, or they are gone.
    DataError
        If its dataset has been deleted.
    """
    dataset_entry(run.config.dataset)
    return _predictions(run, run.run_id, run.version)


def images_of_other(run: "Run", dataset: str) -> TestImages:
    """The images of a dataset other than its own on which a run is tested; the last few are kept.

    Raises
    ------
    DataError
        If it has been deleted, or has classes that the run does not know.
    """
    dataset_entry(dataset)
    return _images_of_other(run.config.data_only().to_json(), run.class_names, dataset)


def predictions_on(run: "Run", dataset: str) -> Predictions:
    """What a run says about the images of a dataset other than its own.

    Raises
    ------
    RunError
        If it has no weights.
    DataError
        As for :func:`images_of_other`.
    """
    dataset_entry(dataset)
    return _predictions_on(run.run_id, run_store().summary(run.run_id).version, dataset)


def seen_by(run: "Run", dataset: str) -> int:
    """How many images of another dataset are among those that a run, or one that it started from, has learned from."""
    from core.runs.lineage import lineage

    configs = tuple(config.data_only().to_json() for config in lineage(run_store(), run.config))
    return _seen_by(configs, run.class_names, dataset)


# ``version`` is part of the cache's key and nothing else.
@st.cache_resource(max_entries=32, show_spinner=False)
def _predictions(_run: "Run", run_id: str, version: str) -> Predictions:  # noqa: ARG001
    return run_store().predictions(run_id, images_to_test(_run.config))


@st.cache_resource(max_entries=32, show_spinner="Reading the images …")
def _predictions_on(run_id: str, version: str, dataset: str) -> Predictions:  # noqa: ARG001
    images = images_of_other(run_store().summary(run_id), dataset).images
    probabilities = model(run_id).probabilities(images.images)
    return Predictions(run_id, probabilities, images.labels, images.class_names)


@st.cache_resource(max_entries=4, show_spinner="Reading the images …")
def _images_of_other(config: str, class_names: tuple[str, ...], dataset: str) -> TestImages:
    return images_to_test_on(TrainConfig.from_json(config), class_names, dataset, settings().home)


@st.cache_resource(max_entries=32, show_spinner=False)
def _seen_by(configs: tuple[str, ...], class_names: tuple[str, ...], dataset: str) -> int:
    images = _images_of_other(configs[0], class_names, dataset).images
    return seen_in_training([TrainConfig.from_json(config) for config in configs], images, settings().home)
