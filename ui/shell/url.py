"""The URL is input like any other: a bad value is named once and taken out before a widget is made."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st
from streamlit.errors import StreamlitAPIException

from core.errors import DigitLabError
from ui.shell.words import plain

T = TypeVar("T")


def checked_param(name: str, parse: Callable[[str], T], sentence: str) -> T | None:
    """The parsed query parameter; None where there is none or where it is bad.

    Parameters
    ----------
    parse
        Raises ValueError for a bad value, or a DigitLabError, whose own words are then shown.
    sentence
        What to tell the user; ``{value}`` stands for what the URL said.
    """
    raw = st.query_params.get(name)
    if raw is None:
        return None
    try:
        return parse(raw)
    except DigitLabError as error:
        complaint = plain(str(error))
    except ValueError:
        complaint = sentence.replace("{value}", plain(raw[:40]))
    if _take_out(name):
        st.warning(complaint)
    return None


def _take_out(name: str) -> bool:
    """Remove a parameter, unless a widget of this page has written it: then no link is to blame for it.

    Its page then brings the widget to what is permitted now, and the URL follows.
    """
    try:
        del st.query_params[name]
    except StreamlitAPIException:
        return False
    return True


def check_page_param(name: str, pages: int) -> int | None:
    """The page that the URL names; None, after one sentence, where it does not exist.

    Parameters
    ----------
    pages
        How many there are; at least 1.
    """
    known = "there is only one" if pages == 1 else f"it must be a whole number from 1 to {pages:,}"
    return checked_param(name, whole_number(1, pages), f"There is no page “{{value}}”: {known}.")


def one_of(*options: str) -> Callable[[str], str]:
    """A parser that takes these words only."""

    def parse(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    return parse


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A parser that takes whole numbers from ``low`` to ``high``."""

    def parse(text: str) -> int:
        if not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return parse
