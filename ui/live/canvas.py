"""The tools of the drawing canvas, and the script that fits the canvas into the page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from ui.live.component import component


@dataclass(frozen=True)
class CanvasTools:
    """What the script has to know of a drawing.

    Parameters
    ----------
    number
        Which start of the canvas this is.
    started_with
        Strokes that the canvas began with; those it cannot undo by itself.
    is_whole
        Whether the canvas began with all that is drawn by now.
    undone
        Strokes that a redo on the server would bring back.
    answers
        By what the script may ask for: what to do then.
    """

    number: int
    started_with: int
    is_whole: bool
    undone: int
    answers: Mapping[str, Callable[[], None]]


def show_tools(words: str, *, key: str, canvas: str, tools: CanvasTools) -> None:
    """Undo, Redo and Clear for the canvas with the key ``canvas``, which loses its own buttons and fills its place.

    Parameters
    ----------
    words
        What is to be done on the canvas; also its name for a screen reader.
    """
    component("canvas")(
        key=key,
        data={
            "words": words,
            "canvas": canvas,
            "number": tools.number,
            "started_with": tools.started_with,
            "is_whole": tools.is_whole,
            "undone": tools.undone,
        },
        on_ask_change=lambda: _answer(key, tools),
    )


def _answer(key: str, tools: CanvasTools) -> None:
    """Do what the script asks for, unless it asks about a start that is over."""
    said = st.session_state[key].get("ask")
    if isinstance(said, Mapping) and said.get("number") == tools.number and said.get("what") in tools.answers:
        tools.answers[said["what"]]()
