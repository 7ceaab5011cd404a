"""Which training image is walked: its digit, its number among those of the digit, or one that the network misreads."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.dataset import DIGIT_NAMES, Normalisation
from core.learn.walk import TwoLayers
from core.learn.walk_others import read
from ui.shell.resources import splits
from ui.shell.url import choice, linked
from ui.shell.url_values import one_of, whole_number

MISREAD = "misread"
"""Of the choice ``walk_images``."""


def choose_image(network: tuple[TwoLayers, Normalisation] | None = None) -> tuple[int, int]:
    """Label, and position among the training images; with a network, those that it misreads can be asked for."""
    label = int(
        st.segmented_control(
            "Digit",
            DIGIT_NAMES,
            required=True,
            **linked("walk_digit", one_of(*DIGIT_NAMES), "5", "Digits are 0 to 9, not “{value}”."),
        )
    )
    positions = (splits().train.labels == label).nonzero()[0]
    if network is not None:
        positions = _of_these(positions, label, *network)
    there_are = f"There are {len(positions):,} of them, no number “{{value}}”."
    number = st.number_input(
        f"Which {label}, of {len(positions):,}",
        1,
        len(positions),
        step=1,
        **linked("number", whole_number(1, len(positions)), 1, there_are),
    )
    return label, int(positions[number - 1])


def _of_these(
    positions: NDArray[np.int64], label: int, weights: TwoLayers, normalisation: Normalisation
) -> NDArray[np.int64]:
    """All images of a digit, or, where somebody asks for them and there are some, those that are misread."""
    which = st.segmented_control(
        "Images",
        required=True,
        help="A trained network has little to learn from what it reads correctly: a misread image shows more.",
        **choice("walk_images"),
    )
    if which != MISREAD:
        return positions
    train = splits().train
    found = read(weights, normalisation, train.images[positions], train.labels[positions])
    misread: NDArray[np.int64] = positions[found.predicted != label]
    if not len(misread):
        st.caption(f"This network misreads no training image labelled {label}: here are all of them.")
        return positions
    return misread
