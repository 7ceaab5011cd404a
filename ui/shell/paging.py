"""Pages of a long list: which one is shown, also where that is drawn before the control that turns them."""

import streamlit as st

from core.analysis.paging import page_count, page_within
from ui.shell.url import check_page_param, write_param


def page_shown(name: str, items: int, page_size: int, *, turn_to: int | None = None) -> tuple[int, int]:
    """The page to show, and how many there are; the state of the control follows.

    Parameters
    ----------
    name
        The key of the control, and its name in the URL.
    turn_to
        A page that something else has asked for.
    """
    pages = page_count(items, page_size)
    # Where there is nothing, no page of the URL is wrong.
    wanted = check_page_param(name, pages) if items else None
    # A control that has not been drawn yet has yet to take its page from the URL.
    page = page_within(turn_to or st.session_state.get(name) or wanted or 1, items, page_size)
    if st.session_state.get(name) != page:
        st.session_state[name] = page
    if turn_to is not None and wanted not in (None, page):
        # The control would take its page from the URL.
        write_param(name, str(page))
    return page, pages
