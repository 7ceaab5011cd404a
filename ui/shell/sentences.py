"""Sentences that are said once, about what a link says: they stay when a page runs again without being asked to."""

from dataclasses import dataclass, field
from typing import NoReturn

import streamlit as st

from ui.shell.state import page_state


@dataclass
class _Said:
    """What the page has said, for the next run if that comes by itself.

    Parameters
    ----------
    sentences
        In the order in which they were said.
    is_again
        Whether the next run is one that nobody has asked for.
    """

    sentences: list[str] = field(default_factory=list)
    is_again: bool = False


def say_once(sentence: str) -> None:
    """Name what cannot be, until somebody does something on the page."""
    page_state(_Said).sentences.append(sentence)
    st.warning(sentence)


def run_page_again() -> NoReturn:
    """Run the whole page again because something elsewhere has changed: what it has said stays."""
    page_state(_Said).is_again = True
    st.rerun()


def repeat_sentences() -> None:
    """Say again what has to stay; call it before anything that says more."""
    said = page_state(_Said)
    if said.is_again:
        for sentence in said.sentences:
            st.warning(sentence)
    else:
        said.sentences.clear()
    said.is_again = False
