"""The canvas that people draw on: the only import of streamlit_drawable_canvas."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.drawings.pictures import read_canvas
from ui.digits.state import CanvasState
from ui.shell.state import page_state

CANVAS_SIDE = 280
"""Pixels; ten for each of the network's, and little enough for a phone 390 px wide."""

BRUSH_WIDTH = 20
"""Pixels: two of the network's 28, as in MNIST."""

# Screens with several device pixels a CSS pixel send larger images.
_MOST_DEVICE_PIXELS = 4


def draw_canvas(
    *, key: str, size: int = CANVAS_SIDE, stroke_width: int = BRUSH_WIDTH, what: str = "digit"
) -> NDArray[np.uint8] | None:
    """Show a black canvas with a white brush, and buttons for undo and clear.

    What was drawn survives a change of page: the strokes are kept for the session and drawn again.

    Parameters
    ----------
    what
        What is to be drawn, in a word.

    Returns
    -------
    uint8 ink, shape ``(H, W)``, 255 where a stroke is; None before the browser has sent anything.

    Raises
    ------
    UploadError
        If what the browser sent is no drawing.
    """
    # The module looks for a running Streamlit as it is imported.
    from streamlit_drawable_canvas import st_canvas

    st.caption(f"Draw one {what} here")
    drawing = page_state(CanvasState).drawing(key)
    result = st_canvas(
        stroke_width=stroke_width,
        stroke_color="#ffffff",
        background_color="#000000",
        height=size,
        width=size,
        initial_drawing=_start(key),
        return_image_data=True,
        key=key,
    )
    if result.image_bytes is not None:
        drawing.strokes = (result.json_data or {}).get("objects", [])
        drawing.picture = result.image_bytes
    _show_buttons(key)
    # Put on the page again, the canvas draws what it is given but sends nothing before the next stroke.
    png = drawing.picture
    return None if png is None else read_canvas(png, largest_side=_MOST_DEVICE_PIXELS * size)


def _show_buttons(key: str) -> None:
    """The component has buttons as well, but they show under a mouse only and are small for a finger."""
    empty = not page_state(CanvasState).drawing(key).strokes
    with st.container(horizontal=True):
        st.button("Undo", key=f"{key}/undo", icon=":material/undo:", disabled=empty, on_click=_undo, args=(key,))
        st.button("Clear", key=f"{key}/clear", icon=":material/delete:", disabled=empty, on_click=_clear, args=(key,))


def _undo(key: str) -> None:
    _restart(key, page_state(CanvasState).drawing(key).strokes[:-1])


def _clear(key: str) -> None:
    _restart(key, [])


def _restart(key: str, strokes: list[dict[str, Any]]) -> None:
    """Have the canvas drawn anew with these strokes.

    The number makes this start differ from the last one: the browser takes an equal one for no change.
    """
    drawing = page_state(CanvasState).drawing(key)
    number = (drawing.start or {}).get("number", 0) + 1
    drawing.start = {"objects": strokes, "number": number}
    drawing.strokes = strokes


def _start(key: str) -> dict[str, Any]:
    """The strokes that the canvas began with when it was put on the page, or after the last undo or clear.

    They must stay the same in between, or the canvas would be drawn anew after every stroke.
    """
    drawing = page_state(CanvasState).drawing(key)
    if key not in st.session_state or drawing.start is None:
        drawing.start = {"objects": drawing.strokes}
    return drawing.start
