"""Sentences that are said once, about a link or a click: they stay when a page runs again without being asked to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

import streamlit as st

from core.errors import DigitLabError
from ui.shell.page import show_error
from ui.shell.state import page_state

_Sayings = list[Callable[[], object]]


@dataclass
class _Said:
    """What the page has said, for the next run if that comes by itself.

    Parameters
    ----------
    sayings
        In the order in which they were said.
    of_clicks
        Those of callbacks, which come before the run that they belong to.
    is_again
        Whether the next run is one that nobody has asked for.
    is_repeating
        Whether this run is one.
    """

    sayings: _Sayings = field(default_factory=list)
    of_clicks: _Sayings = field(default_factory=list)
    is_again: bool = False
    is_repeating: bool = False


def say_once(sentence: str) -> None:
    """Name what cannot be, until somebody does something on the page."""
    page_state(_Said).sayings.append(partial(st.warning, sentence))
    st.warning(sentence)


def refuse_click(error: DigitLabError) -> None:
    """Have the page say above all else why a click has done nothing, until somebody does something else; for callbacks.

    A callback cannot: what it draws while a part of the page runs alone takes the place of the page's first element.
    """
    page_state(_Said).of_clicks.append(partial(show_error, error))


def pass_refusals_on() -> None:
    """In a part of the page that runs alone, after its callbacks: have the page say what they have refused."""
    said = page_state(_Said)
    if said.of_clicks:
        # Somebody has done something: what was said before goes.
        said.sayings.clear()
        run_page_again()


def run_page_again() -> NoReturn:
    """Run the whole page again because something elsewhere has changed: what it has said stays."""
    page_state(_Said).is_again = True
    st.rerun()


def is_repeating() -> bool:
    """Whether the page runs without being asked to, so that what it has said last time has to stay."""
    return page_state(_Said).is_repeating


def repeat_sentences() -> None:
    """Say again what has to stay; call it before anything that says more."""
    said = page_state(_Said)
    said.is_repeating, said.is_again = said.is_again, False
    said.sayings = [*(said.sayings if said.is_repeating else ()), *said.of_clicks]
    said.of_clicks = []
    for say in said.sayings:
        say()
