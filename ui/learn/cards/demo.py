"""The demo run as cards use it, and the validation images, which it has not learned from."""

import streamlit as st

from core.analysis.predictions import Predictions
from core.data.dataset import ImageDataset
from core.learn.cards.stencil import telling_units
from core.models.numpy_model import NumpyModel
from core.runs.records import DEMO_RUN_ID
from ui.shell.resources import model, run_store, splits

_ENOUGH = 1_000


def demo_network() -> NumpyModel:
    """Its network.

    Raises
    ------
    RunError
        If it, or its weights, are gone.
    """
    return model(DEMO_RUN_ID)


def unseen() -> ImageDataset:
    """MNIST’s validation images: the test images are left alone."""
    return splits().validation


def demo_predictions() -> Predictions:
    """What it makes of the validation images.

    Raises
    ------
    RunError
        As for :func:`demo_network`.
    """
    return _predictions(demo_network(), _version())


def demo_units() -> tuple[int, ...]:
    """Units of its first layer that are worth a look.

    Raises
    ------
    RunError
        As for :func:`demo_network`.
    """
    return _units(demo_network(), _version())


def _version() -> str:
    return run_store().summary(DEMO_RUN_ID).version


# ``version`` is the cache’s key and nothing else.
@st.cache_resource(max_entries=2, show_spinner=False)
def _predictions(_network: NumpyModel, version: str) -> Predictions:  # noqa: ARG001
    images = unseen()
    return Predictions(DEMO_RUN_ID, _network.probabilities(images.images), images.labels, images.class_names)


@st.cache_resource(max_entries=2, show_spinner=False)
def _units(_network: NumpyModel, version: str) -> tuple[int, ...]:  # noqa: ARG001
    images = unseen()
    return telling_units(_network, images.images[:_ENOUGH], images.labels[:_ENOUGH])
