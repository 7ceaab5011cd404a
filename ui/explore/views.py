"""Explore: the choice of dataset, view and split, and the chosen view."""

import streamlit as st

from core.data.dataset import SPLIT_NAMES, TRAINING
from core.errors import DataError
from ui.explore.browse import show_browse
from ui.explore.filters import (
    BROWSE,
    IMAGES,
    LAYOUT,
    MAP,
    STATISTICS,
    VIEW,
    VIEWS,
    check_filter_params,
    check_images_param,
    choose_dataset,
    forget_digit,
)
from ui.explore.map import LAYOUTS, show_map
from ui.explore.statistics import show_statistics
from ui.shell.page import show_error
from ui.shell.url import checked_param, one_of


def check_view_params() -> None:
    """Views, splits and layouts of the URL that cannot be are named and left out."""
    checked_param(VIEW, one_of(*VIEWS), f"There is no view “{{value}}”; there are {', '.join(VIEWS)}.")
    check_images_param()
    checked_param(LAYOUT, one_of(*LAYOUTS), f"There is no layout “{{value}}”; there are {', '.join(LAYOUTS)}.")


def choose_view() -> tuple[str, str, str]:
    """Dataset, view and split, side by side."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        dataset = choose_dataset()
        view = st.segmented_control(
            "View", VIEWS, default=BROWSE, required=True, key=VIEW, bind="query-params", persist_state="session"
        )
        split_name = st.segmented_control(
            "Split",
            SPLIT_NAMES,
            default=TRAINING,
            required=True,
            key=IMAGES,
            bind="query-params",
            persist_state="session",
            on_change=forget_digit,
            help="Training images teach a network, validation images choose between networks, test images judge.",
        )
    return dataset, view, split_name


def show_view(dataset: str, view: str, split_name: str) -> None:
    """The chosen view, or why its images cannot be had."""
    shows = {BROWSE: show_browse, STATISTICS: show_statistics, MAP: show_map}
    try:
        check_filter_params(dataset, split_name)
        shows[view](dataset, split_name)
    except DataError as error:
        show_error(error)
