"""The canvas that people draw on: the only import of streamlit_drawable_canvas."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.dataset import DIGIT_NAMES
from core.drawings.pictures import hidden_canvas, read_canvas
from ui.digits.state import CanvasState, Drawing
from ui.live.canvas import CanvasTools, show_tools
from ui.shell.state import page_state

CANVAS_SIDE = 560
"""Pixels that are drawn on, whatever size they are shown at: twenty for each of the network's 28."""

BRUSH_UNITS = 280
"""A brush is this many of these wide: ten for each of the network's pixels."""

BRUSH_WIDTH = 20
"""Two of the network's pixels, as in MNIST."""


def draw_canvas(
    *,
    key: str,
    stroke_width: int = BRUSH_WIDTH,
    what: str = "digit",
    class_names: tuple[str, ...] = DIGIT_NAMES,
) -> NDArray[np.uint8] | None:
    """Show a black canvas with a white brush; above it Undo, Redo and Clear.

    What was drawn survives a change of page and whatever else may happen to the page: the strokes are kept for the
    session and drawn again. Only Clear takes them away, or other classes: a 7 means nothing to a network that
    reads clothes.

    Parameters
    ----------
    stroke_width
        In ``BRUSH_UNITS``.
    what
        What is to be drawn, in a word.
    class_names
        What the network that reads it can tell apart.

    Returns
    -------
    uint8 ink, shape ``(H, W)``, 255 where a stroke is; None where there is nothing to read.

    Raises
    ------
    UploadError
        If what the browser sent is not a drawing.
    """
    # The module looks for a running Streamlit as it is imported.
    from streamlit_drawable_canvas import st_canvas

    drawing = page_state(CanvasState).drawing(key)
    drawing.belong_to(class_names)
    if key not in st.session_state:
        # It is put on the page now, and must begin with what was drawn before. Otherwise its start stays as it is: told
        # another one, it would draw everything again.
        drawing.restart(drawing.strokes)
    above = st.container()
    result = st_canvas(
        stroke_width=stroke_width * CANVAS_SIDE // BRUSH_UNITS,
        stroke_color="#ffffff",
        background_color="#000000",
        height=CANVAS_SIDE,
        width=CANVAS_SIDE,
        initial_drawing={"objects": drawing.start, "number": drawing.number},
        return_image_data=True,
        key=key,
    )
    drawing.hear(result.json_data, _png_of(result))
    with above:
        show_tools(f"Draw one {what} here", key=f"{key}_tools", canvas=key, tools=_tools_of(drawing))
    # Put on the page again, the canvas draws what it is given but sends nothing before the next stroke.
    png = drawing.picture
    if png is None or not drawing.strokes:
        return None
    ink = read_canvas(png, largest_side=CANVAS_SIDE)
    if not ink.any():
        raise hidden_canvas()
    return ink


def _png_of(result: Any) -> bytes | None:
    """What the browser made of the canvas; empty where it gave nothing that is a picture."""
    try:
        png: bytes | None = result.image_bytes
    except ValueError:
        return b""
    return png


def _tools_of(drawing: Drawing) -> CanvasTools:
    return CanvasTools(
        number=drawing.number,
        started_with=len(drawing.start),
        is_whole=drawing.start == drawing.strokes,
        undone=len(drawing.undone),
        answers={
            "undo": drawing.undo,
            "redo": drawing.redo,
            "clear": drawing.clear,
            "restore": lambda: drawing.restart(drawing.strokes),
        },
    )
