"""Parts of a page that are drawn again by themselves while something happens elsewhere."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.shell.sentences import pass_refusals_on, run_page_again

POLL_SECONDS = 0.5


def show_polled(
    show: Callable[..., None],
    *arguments: Any,
    busy: Callable[[], bool | tuple[bool, ...]],
    before: bool | tuple[bool, ...] | None = None,
    seconds: float | None = POLL_SECONDS,
) -> None:
    """Draw a part of the page, again and again while it is busy; when that changes, the whole page.

    What lies outside of the part, such as a button that wakes up, and whether the part is polled at all, needs the
    whole page.

    Parameters
    ----------
    busy
        What there is to wait for: looked at before the part is drawn, and after it each time.
    before
        What it was before the page drew what depends on it outside of the part: it may have changed meanwhile.
    seconds
        None where something else has the part drawn again.
    """
    drawn = busy() if before is None else before

    def draw() -> None:
        pass_refusals_on()
        show(*arguments)
        if busy() != drawn:
            run_page_again()

    is_waiting = any(drawn) if isinstance(drawn, tuple) else drawn
    st.fragment(draw, run_every=seconds if is_waiting else None)()
