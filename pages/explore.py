"""Explore: images before any network sees them."""

import streamlit as st

from core.analysis.samples import SPLIT_NAMES, TRAINING
from core.errors import DataError
from ui.explore_browse import show_browse
from ui.explore_filters import (
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
from ui.explore_map import LAYOUTS, show_map
from ui.explore_statistics import show_statistics
from ui.page import page_header, show_error
from ui.url import checked_param, one_of

page_header(
    "Explore",
    "70,000 handwritten digits, or images of your own: leaf through them, see what they have in common, find the odd "
    "ones before a network has to.",
)
checked_param(VIEW, one_of(*VIEWS), f"There is no view “{{value}}”; there are {', '.join(VIEWS)}.")
check_images_param()
checked_param(LAYOUT, one_of(*LAYOUTS), f"There is no layout “{{value}}”; there are {', '.join(LAYOUTS)}.")

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

try:
    check_filter_params(dataset, split_name)
    shows = {BROWSE: show_browse, STATISTICS: show_statistics, MAP: show_map}
    shows[view](dataset, split_name)
except DataError as error:
    show_error(error)
