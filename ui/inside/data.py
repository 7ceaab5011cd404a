"""What Inside computes of a run, kept until the run gets other weights."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.dataset import ImageDataset
from core.explain.ablation import Ablation, Held
from core.explain.excitation import Excitation, excite, usual_length
from core.explain.survey import LayerSurvey, affordable, survey
from core.explain.units import Unit
from core.models.shapes import multiplications
from core.runs.records import Run
from ui.shell.resources import images_to_test, images_to_validate, model

_STARTS = 3
# Climbing takes hundreds of passes through the network.
_MOST_CLIMBED = 6_000_000


def surveyed(run: Run) -> tuple[LayerSurvey, ...]:
    """What each hidden unit does over the test images, or over as many as can be looked at while somebody waits.

    Raises
    ------
    RunError
        If the run has no weights.
    DataError
        If its dataset has been deleted.
    """
    images = images_to_test(run.config)
    return _surveyed(run.run_id, run.version, images.images)


def ablated(run: Run, units: Sequence[Unit]) -> Ablation:
    """What the network reads of the validation images with all units, and without these.

    Raises
    ------
    RunError, DataError
        As for :func:`surveyed`.
    """
    images = images_to_validate(run.config)
    return _ablated(run.run_id, run.version, images, tuple(units))


def can_be_excited(run: Run) -> bool:
    """Whether the network is small enough to be climbed while somebody waits."""
    return multiplications(run.config, len(run.class_names)) <= _MOST_CLIMBED


def excited(run: Run, unit: Unit) -> Excitation:
    """The image that excites a unit most, climbed to from the test images that do.

    Raises
    ------
    RunError, DataError
        As for :func:`surveyed`.
    """
    found = surveyed(run)[unit.layer - 1]
    images = images_to_test(run.config).images
    return _excited(run.run_id, run.version, unit, images, found.exciting[unit.number, :_STARTS])


# ``version`` is part of the cache's keys and nothing else; images follow from the run.
@st.cache_resource(max_entries=16, show_spinner="Sending images through the network …")
def _surveyed(run_id: str, version: str, _images: NDArray[np.uint8]) -> tuple[LayerSurvey, ...]:  # noqa: ARG001
    network = model(run_id)
    return survey(network, _images[: affordable(network, len(_images))])


@st.cache_resource(max_entries=4, show_spinner="Sending images through the network …")
def _held(run_id: str, version: str, _images: ImageDataset) -> Held:  # noqa: ARG001
    network = model(run_id)
    return Held.of(network, _images.subset(np.arange(affordable(network, len(_images)))))


@st.cache_resource(max_entries=64, show_spinner=False)
def _ablated(run_id: str, version: str, _images: ImageDataset, units: tuple[Unit, ...]) -> Ablation:
    return Ablation.of(_held(run_id, version, _images), units)


@st.cache_resource(max_entries=256, show_spinner="Searching for the image …")
def _excited(
    run_id: str,
    version: str,  # noqa: ARG001
    unit: Unit,
    _images: NDArray[np.uint8],
    _start: NDArray[np.int64],
) -> Excitation:
    return excite(model(run_id), unit, _images[_start], usual_length(_images))
