"""One digit, large enough to read its pixels."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import empty_figure, new_figure

INK_SCALE = ((0.0, "#000000"), (1.0, "#ffffff"))
"""White ink on black, in both themes: the picture is what the network sees."""


def digit_heatmap(image: NDArray[np.uint8], *, title: str = "", height: int = 320) -> go.Figure:
    """A digit whose pixel values show on hover.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``.
    height
        Pixels.
    """
    if not image.size:
        return empty_figure(title, "There is no digit to show.", height=height)
    pixels = go.Heatmap(
        z=image,
        zmin=0,
        zmax=255,
        colorscale=INK_SCALE,
        showscale=False,
        hovertemplate="row %{y}, column %{x}<br>value %{z}<extra></extra>",
    )
    return new_figure(
        title,
        [pixels],
        height=height,
        margin={"l": 0, "r": 0, "t": 40 if title else 0, "b": 0},
        xaxis={"visible": False, "constrain": "domain", "fixedrange": True},
        yaxis={
            "visible": False,
            "autorange": "reversed",
            "scaleanchor": "x",
            "constrain": "domain",
            "fixedrange": True,
        },
    )
