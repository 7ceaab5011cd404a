"""The canvas that people draw on: the only import of streamlit_drawable_canvas."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.pictures import read_canvas

CANVAS_SIDE = 280
"""Pixels; ten for each of the network's, and little enough for a phone 390 px wide."""

BRUSH_WIDTH = 20
"""Pixels: two of the network's 28, as in MNIST."""

# Screens with several device pixels a CSS pixel send larger images.
_MOST_DEVICE_PIXELS = 4


def draw_canvas(*, key: str, size: int = CANVAS_SIDE, stroke_width: int = BRUSH_WIDTH) -> NDArray[np.uint8] | None:
    """Show a black canvas with a white brush and its own buttons for undo, redo and clear.

    What was drawn survives a change of page: the strokes are kept for the session and drawn again.

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

    result = st_canvas(
        stroke_width=stroke_width,
        stroke_color="#ffffff",
        background_color="#000000",
        height=size,
        width=size,
        initial_drawing=_drawing_at_mount(key),
        return_image_data=True,
        key=key,
    )
    if result.image_bytes is None:
        return None
    st.session_state[_strokes_key(key)] = result.json_data
    return read_canvas(result.image_bytes, largest_side=_MOST_DEVICE_PIXELS * size)


def _drawing_at_mount(key: str) -> dict[str, Any] | None:
    """The strokes that the canvas began with when it was put on the page.

    They must stay the same for as long as it is there, or the canvas would be drawn anew after every stroke.
    """
    mounted = f"{key}/mounted"
    if key not in st.session_state:
        st.session_state[mounted] = st.session_state.get(_strokes_key(key))
    drawing: dict[str, Any] | None = st.session_state.get(mounted)
    return drawing


def _strokes_key(key: str) -> str:
    return f"{key}/strokes"
