"""Explore: the choice of dataset, view and split, and the chosen view."""

import streamlit as st

from core.errors import DataError
from ui.explore.browse import show_browse
from ui.explore.filters import (
    BROWSE,
    IMAGES,
    LABELLING,
    LAYOUT,
    MAP,
    STATISTICS,
    VIEW,
    check_filter_params,
    check_images_param,
    choose_dataset,
    forget_digit,
)
from ui.explore.labels import CANDIDATES, show_labels
from ui.explore.map import show_map
from ui.explore.statistics import show_statistics
from ui.shell.page import show_error
from ui.shell.url import check_choice, choice
from ui.shell.url_table import PARAMETERS


def check_view_params() -> None:
    """Views, splits and layouts of the URL that cannot be are named and left out."""
    check_choice(VIEW)
    check_images_param()
    check_choice(LAYOUT)
    check_choice(CANDIDATES)


def choose_view() -> tuple[str, str, str]:
    """Dataset, view and split, side by side."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        dataset = choose_dataset()
        view = str(st.segmented_control("View", required=True, **choice(VIEW)))
        images = st.segmented_control(
            "Split",
            required=True,
            help="Training images teach a network, validation images choose between networks, test images judge the "
            "one that was chosen.",
            **choice(IMAGES, on_change=forget_digit),
        )
    return dataset, view, PARAMETERS[IMAGES].words[images]


def show_view(dataset: str, view: str, split_name: str) -> None:
    """The chosen view, or why its images cannot be had."""
    shows = {BROWSE: show_browse, STATISTICS: show_statistics, MAP: show_map, LABELLING: show_labels}
    try:
        check_filter_params(dataset, split_name)
        shows[view](dataset, split_name)
    except DataError as error:
        show_error(error)
