"""Corrected labels among the settings: they go with the images for which they were made, and with no others."""

import streamlit as st

from core.data.corrected import check_corrections
from core.errors import DataError
from ui.settings.url import current, fall_back
from ui.shell.resources import catalogue

NAME = "corrections"


def check_corrected() -> None:
    """Forget corrections of another dataset, in a sentence."""
    text = current(NAME)
    if text and (why := _why_not(current("dataset"), text)):
        fall_back(NAME, why, "Here are the labels as published.")


@st.cache_resource(show_spinner=False, max_entries=64)
def _why_not(dataset: str, text: str) -> str:
    try:
        check_corrections(catalogue().load(dataset).train, text)
    except DataError as error:
        return str(error)
    return ""
